"""Whether the platform can do its work, told from what it knows: no node is asked here."""

import time
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import Error, connection

from lucidpay.api.throttling import redis_client
from lucidpay.clock import from_ms, iso, utc_now
from tron.cursor import cursor_here
from tron.errors import WrongChain
from tron.networks import network

SERVICE = "tron-payment-service"
WORKERS_KEY = "lucidpay:workers"
WORKER_SILENT_S = 20
HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"
UNKNOWN = "unknown"  # of a part that cannot be asked, because PostgreSQL or Redis is away


def worker_alive(hostname: str) -> None:
    """Note that a worker lives, in Redis; called by its heartbeat."""
    try:
        redis_client().zadd(WORKERS_KEY, {hostname: time.time()})
    except redis.RedisError:
        # The heartbeat itself goes through the same Redis and is reported there.
        return


def health_report() -> dict[str, Any]:
    """Return the health body: unhealthy only without PostgreSQL or Redis.

    A node's or a worker's trouble is ``degraded``: payouts are still accepted and wait, so a
    balancer must not take the web tier out for it.
    """
    now = utc_now()
    database, store = _database(), _redis()
    has_database, has_store = database["status"] == HEALTHY, store["status"] == HEALTHY
    checks = {
        "tron": _tron(now) if has_database else _tron_body(UNKNOWN),
        "database": database,
        "redis": store,
        "workers": _workers() if has_store else _workers_body(UNKNOWN),
    }
    fine = all(check["status"] == HEALTHY for check in checks.values())
    up = has_database and has_store
    return {
        "status": UNHEALTHY if not up else HEALTHY if fine else DEGRADED,
        "service": SERVICE,
        "version": settings.VERSION,
        "timestamp": iso(now),
        "checks": checks,
    }


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return {"status": UNHEALTHY}
    return {"status": HEALTHY}


def _redis() -> dict[str, Any]:
    try:
        redis_client().ping()
    except redis.RedisError:
        return {"status": UNHEALTHY}
    return {"status": HEALTHY}


def _workers() -> dict[str, Any]:
    client, now_s = redis_client(), time.time()
    try:
        client.zremrangebyscore(WORKERS_KEY, "-inf", now_s - WORKER_SILENT_S * 10)
        alive = client.zcount(WORKERS_KEY, now_s - WORKER_SILENT_S, "+inf")
        depth = client.llen(_queue_key())
    except redis.RedisError:
        return _workers_body(UNKNOWN)
    return _workers_body(HEALTHY if alive else DEGRADED, alive, depth)


def _queue_key() -> str:
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    return f"{prefix}{settings.CELERY_TASK_DEFAULT_QUEUE}"


def _workers_body(status: str, alive: object = None, queue_depth: object = None) -> dict[str, Any]:
    return {"status": status, "alive": alive, "queue_depth": queue_depth}


def _tron(now: datetime) -> dict[str, Any]:
    try:
        cursor = cursor_here()
    except WrongChain as error:
        return _tron_body(DEGRADED, error=str(error))
    except Error:
        return _tron_body(UNKNOWN)
    if cursor is None:
        return _tron_body(DEGRADED)
    age = now - from_ms(cursor.head_time_ms)
    silent = now - cursor.seen_at > timedelta(seconds=settings.TRON_SCAN_FRESH_S)
    stands_still = age > timedelta(seconds=settings.TRON_HEAD_AGE_MAX_S)
    return _tron_body(
        DEGRADED if silent or stands_still else HEALTHY,
        latest_block=cursor.head_number,
        solid_block=cursor.solid_number,
        lag_seconds=max(0, int(age.total_seconds())),
    )


def _tron_body(
    status: str,
    *,
    latest_block: int | None = None,
    solid_block: int | None = None,
    lag_seconds: int | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    return {
        "status": status,
        "network": network().name,
        "latest_block": latest_block,
        "solid_block": solid_block,
        "lag_seconds": lag_seconds,
        "error": error,
    }
