"""Which workers live, what each serves, whether beat lives, and how many tasks wait: in Redis.

Each function raises ``redis.RedisError`` while Redis is away.
"""

import time
from collections.abc import Iterable, Mapping
from typing import cast

from django.conf import settings

from lucidpay.api.throttling import redis_client
from lucidpay.services import QUEUES

WORKERS_KEY = "lucidpay:workers"
SERVED_KEY = "lucidpay:workers:queues"
BEAT_KEY = "lucidpay:beat"
WORKER_SILENT_S = 20
FORGOTTEN_AFTER_S = 10 * WORKER_SILENT_S


def worker_alive(hostname: str, queues: Iterable[str]) -> None:
    """Note that a worker lives and serves these queues; called by its heartbeat."""
    together = redis_client().pipeline(transaction=False)
    together.zadd(WORKERS_KEY, {hostname: time.time()})
    together.hset(SERVED_KEY, hostname, ",".join(queues))
    together.execute()


def beat_alive() -> None:
    """Note that beat lives; called by itself every few seconds."""
    redis_client().set(BEAT_KEY, time.time())


def beat_silent_s() -> float | None:
    """Return how long ago beat gave a sign of life, ``None`` when none is known."""
    told = cast("bytes | None", redis_client().get(BEAT_KEY))
    return None if told is None else max(0.0, time.time() - float(told))


def workers_alive() -> dict[str, frozenset[str]]:
    """Return the workers that gave a sign of life lately, each with the queues it serves."""
    client, now_s = redis_client(), time.time()
    gone = _names(client.zrangebyscore(WORKERS_KEY, "-inf", now_s - FORGOTTEN_AFTER_S))
    if gone:
        client.zrem(WORKERS_KEY, *gone)
        client.hdel(SERVED_KEY, *gone)
    alive = _names(client.zrangebyscore(WORKERS_KEY, now_s - WORKER_SILENT_S, "+inf"))
    served = cast("list[bytes | None]", client.hmget(SERVED_KEY, alive)) if alive else []
    return {
        name: frozenset((queues or b"").decode().split(",")) - {""}
        for name, queues in zip(alive, served, strict=True)
    }


def _names(found: object) -> list[str]:
    # redis-py types commands for its async client too; this one is synchronous.
    return sorted(name.decode() for name in cast("list[bytes]", found))


def queue_depths() -> dict[str, int]:
    """Return how many tasks wait in each queue."""
    prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"]
    together = redis_client().pipeline(transaction=False)
    for queue in QUEUES:
        together.llen(f"{prefix}{queue}")
    return dict(zip(QUEUES, map(int, together.execute()), strict=True))


def queues_unserved(alive: Mapping[str, frozenset[str]]) -> list[str]:
    """Return the queues that none of these workers serves: what is in them is not done."""
    served = frozenset[str]().union(*alive.values())
    return [queue for queue in QUEUES if queue not in served]
