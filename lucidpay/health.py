"""Whether the platform can do its work, told from what it knows: no node is asked here."""

import time
from datetime import datetime, timedelta
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection

from lucidpay.api.throttling import redis_client
from lucidpay.clock import from_ms, utc_now
from tron.cursor import cursor_here
from tron.errors import WrongChain
from tron.networks import network

SERVICE = "tron-payment-service"
WORKERS_KEY = "lucidpay:workers"
WORKER_SILENT_S = 20
QUEUE_KEY = "lucidpay:lucidpay"  # kombu's key prefix and the queue's name
HEALTHY, DEGRADED, UNHEALTHY = "healthy", "degraded", "unhealthy"


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
    checks = {"database": _database(), "redis": _redis()}
    up = all(check["status"] == HEALTHY for check in checks.values())
    if checks["redis"]["status"] == HEALTHY:
        checks["workers"] = _workers()
    if checks["database"]["status"] == HEALTHY:
        checks["tron"] = _tron(now)
    fine = all(check["status"] == HEALTHY for check in checks.values())
    return {
        "status": UNHEALTHY if not up else HEALTHY if fine else DEGRADED,
        "service": SERVICE,
        "version": settings.VERSION,
        "timestamp": now.isoformat().replace("+00:00", "Z"),
        "checks": checks,
    }


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
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
    client.zremrangebyscore(WORKERS_KEY, "-inf", now_s - WORKER_SILENT_S * 10)
    alive = client.zcount(WORKERS_KEY, now_s - WORKER_SILENT_S, "+inf")
    depth = client.llen(QUEUE_KEY)
    return {"status": HEALTHY if alive else DEGRADED, "alive": alive, "queue_depth": depth}


def _tron(now: datetime) -> dict[str, Any]:
    name = network().name
    try:
        cursor = cursor_here()
    except WrongChain as error:
        return {"status": DEGRADED, "network": name, "error": str(error)}
    if cursor is None:
        return {"status": DEGRADED, "network": name, "latest_block": None, "solid_block": None,
                "lag_seconds": None}  # fmt: skip
    silent = now - cursor.seen_at > timedelta(seconds=settings.TRON_SCAN_FRESH_S)
    age = now - from_ms(cursor.head_time_ms)
    return {
        "status": DEGRADED if silent else HEALTHY,
        "network": name,
        "latest_block": cursor.head_number,
        "solid_block": cursor.solid_number,
        "lag_seconds": max(0, int(age.total_seconds())),
    }
