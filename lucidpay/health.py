"""Whether the platform can do its work, told from what it knows: no node is asked here."""

from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.models import F, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from lucidpay.api.throttling import redis_client
from lucidpay.clock import from_ms, iso, utc_now
from lucidpay.money import tokens_of
from lucidpay.workers import queue_depths, queues_unserved, workers_alive
from payouts.policy.breakers import breaker_status, daily_limit_remaining
from tron.breaker import CLOSED
from tron.cursor import cursor_here
from tron.errors import WrongChain
from tron.models import ChainFlow, Halt, ScanCursor
from tron.networks import network
from tron.nodes_report import nodes_report
from tron.reference import LAG_BLOCKS_MAX
from wallets.models import Reconciliation, Snapshot, Wallet, WalletStatus

SERVICE = "tron-payment-service"
# Not "throttled", which passes by itself, and not "unknown", which nobody has looked at.
NODE_TROUBLE = ("lagging", "alone", "down", "wrong_network")
BOOKS_LATE_S = 600  # what waits longer to be booked or compared needs a person
HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
UNKNOWN = "unknown"  # of a part that cannot be asked, because PostgreSQL or Redis is away


def health_report() -> dict[str, Any]:
    """Return the health body: unhealthy only without PostgreSQL or Redis.

    A node's or a worker's trouble is ``degraded``: payouts are still accepted and wait, so a
    balancer must not take the web tier out for it.
    """
    now = utc_now()
    database, store = database_health(), redis_health()
    has_database, has_store = database["status"] == HEALTHY, store["status"] == HEALTHY
    checks = {
        "tron": tron_health(now) if has_database else _tron_body(UNKNOWN),
        "database": database,
        "redis": store,
        "workers": workers_health() if has_store else _workers_body(UNKNOWN),
        "books": _books(now) if has_database else _books_body(UNKNOWN),
        "circuit_breaker": _breaker(now) if has_database else _breaker_body(UNKNOWN),
    }
    fine = all(check["status"] in (HEALTHY, CLOSED) for check in checks.values())
    up = has_database and has_store
    return {
        "status": UNHEALTHY if not up else HEALTHY if fine else DEGRADED,
        "service": SERVICE,
        "version": settings.VERSION,
        "timestamp": iso(now),
        "checks": checks,
    }


def database_health() -> dict[str, Any]:
    """Return whether PostgreSQL answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return {"status": UNHEALTHY}
    return {"status": HEALTHY}


def redis_health() -> dict[str, Any]:
    """Return whether Redis, which is the broker too, answers."""
    try:
        redis_client().ping()
    except redis.RedisError:
        return {"status": UNHEALTHY}
    return {"status": HEALTHY}


def workers_health() -> dict[str, Any]:
    """Return how many workers live and how many tasks wait; unknown while Redis is away.

    Degraded as soon as one queue is served by none of them: what is in it is not done.
    """
    try:
        alive, depth = workers_alive(), sum(queue_depths().values())
    except redis.RedisError:
        return _workers_body(UNKNOWN)
    return _workers_body(DEGRADED if queues_unserved(alive) else HEALTHY, len(alive), depth)


def _workers_body(status: str, alive: object = None, queue_depth: object = None) -> dict[str, Any]:
    return {"status": status, "alive": alive, "queue_depth": queue_depth}


def _breaker(now: datetime) -> dict[str, Any]:
    try:
        return _breaker_body(breaker_status(now), daily_limit_remaining(now))
    except Error:
        return _breaker_body(UNKNOWN)


def _breaker_body(status: str, remaining_micro: int | None = None) -> dict[str, Any]:
    remaining = None if remaining_micro is None else tokens_of(remaining_micro)
    return {"status": status, "daily_limit_remaining": remaining}


def tron_health(now: datetime) -> dict[str, Any]:
    """Return how the chain is followed; unknown while PostgreSQL is away."""
    try:
        cursor = cursor_here()
        facts = {"kill_switch": _kill_switch(), "unhealthy_nodes": unhealthy_nodes()}
    except WrongChain as error:
        return _tron_body(DEGRADED, error=str(error))
    except Error:
        return _tron_body(UNKNOWN)
    if cursor is None:
        return _tron_body(DEGRADED, **facts)
    age = now - from_ms(cursor.head_time_ms)
    silent = now - cursor.seen_at > timedelta(seconds=settings.TRON_SCAN_FRESH_S)
    stands_still = age > timedelta(seconds=settings.TRON_HEAD_AGE_MAX_S)
    lag_blocks = max(0, cursor.solid_number - cursor.number)
    trouble = (
        silent,
        stands_still,
        lag_blocks > LAG_BLOCKS_MAX,
        facts["kill_switch"] == "on",
        facts["unhealthy_nodes"],
    )
    return _tron_body(
        DEGRADED if any(trouble) else HEALTHY,
        latest_block=cursor.head_number,
        solid_block=cursor.solid_number,
        lag_seconds=max(0, int(age.total_seconds())),
        scanner_lag_blocks=lag_blocks,
        **facts,
    )


def _kill_switch() -> str:
    return "on" if Halt.objects.filter(lifted_at=None).exists() else "off"


def unhealthy_nodes() -> list[str]:
    """Return the names of the configured nodes that are in trouble, by what is known here."""
    return [node["name"] for node in nodes_report() if node["status"] in NODE_TROUBLE]


def _tron_body(status: str, **facts: Any) -> dict[str, Any]:
    return {
        "status": status,
        "network": network().name,
        "latest_block": facts.get("latest_block"),
        "solid_block": facts.get("solid_block"),
        "lag_seconds": facts.get("lag_seconds"),
        "scanner_lag_blocks": facts.get("scanner_lag_blocks"),
        "kill_switch": facts.get("kill_switch"),
        "unhealthy_nodes": facts.get("unhealthy_nodes"),
        "error": facts.get("error"),
    }


def _books(now: datetime) -> dict[str, Any]:
    try:
        unbooked_s, waiting_s = unbooked_age_s(), comparison_waits_s(now)
        compared_s = compared_ago_s(now)
    except Error:
        return _books_body(UNKNOWN)
    interval_s = settings.RECONCILE_INTERVAL_S
    late = (
        (unbooked_s or 0) > BOOKS_LATE_S,
        (waiting_s or 0) > BOOKS_LATE_S,
        (compared_s or 0) > BOOKS_LATE_S + 2 * interval_s,
    )
    return _books_body(DEGRADED if any(late) else HEALTHY, unbooked_s, waiting_s, compared_s)


def unbooked_age_s() -> int | None:
    """Return how far, in chain time, the oldest unbooked flow lies behind the scanner."""
    cursor = ScanCursor.objects.first()
    oldest = ChainFlow.objects.filter(booked_at=None).order_by("pk").first()
    if cursor is None or oldest is None:
        return None
    return max(0, cursor.time_ms - oldest.block_time_ms) // 1000


def comparison_waits_s(now: datetime) -> int | None:
    """Return how long the oldest snapshot has been waiting to be compared with the books."""
    oldest = Snapshot.objects.aggregate(at=Min("at"))["at"]
    return None if oldest is None else max(0, int((now - oldest).total_seconds()))


def compared_ago_s(now: datetime) -> int | None:
    """Return how long ago the wallet was compared that has waited longest."""
    last = Reconciliation.objects.filter(wallet=OuterRef("pk")).order_by("-block_number")
    since = Coalesce(Subquery(last.values("at")[:1]), F("created_at"))
    oldest = wallets_compared().annotate(since=since).aggregate(at=Min("since"))["at"]
    return None if oldest is None else max(0, int((now - oldest).total_seconds()))


def wallets_compared() -> QuerySet[Wallet]:
    """Return the wallets whose books are compared with the chain."""
    used = (WalletStatus.ACTIVE, WalletStatus.ARCHIVED)
    return Wallet.objects.with_books().filter(status__in=used)


def _books_body(
    status: str,
    unbooked_s: int | None = None,
    waiting_s: int | None = None,
    compared_s: int | None = None,
) -> dict[str, Any]:
    return {
        "status": status,
        "oldest_unbooked_seconds": unbooked_s,
        "comparison_waits_seconds": waiting_s,
        "compared_seconds_ago": compared_s,
    }
