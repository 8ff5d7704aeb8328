"""Redis, and who works for it: workers, their queues, beat."""

from collections.abc import Iterator
from typing import Any

import redis

from lucidpay.api.throttling import redis_client
from lucidpay.doctor.line import OK, WARNING, WRONG, Line, error_text
from lucidpay.workers import beat_silent_s, queue_depths, queues_unserved, workers_alive

REDIS, WORKERS = "redis", "workers"
VERSION_MIN = (6, 2)  # the oldest that its makers still answer for
KEEPS_ALL = "noeviction"
BEAT_SILENT_MAX_S = 30
QUEUE_DEPTH_MAX = 500


def broker_lines() -> Iterator[Line]:
    """Yield how Redis is, and when it answers who works for it."""
    try:
        info = redis_client().info()
        lines = [*_redis_lines(info), *_worker_lines(), *_beat_lines()]
    except redis.RedisError as error:
        todo = "start it, correct REDIS_URL, or open the way to it"
        yield Line(REDIS, WRONG, error_text(error), todo)
        return
    yield from lines


def _redis_lines(info: dict[str, Any]) -> Iterator[Line]:
    version = str(info["redis_version"])
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {version}"
    if tuple(map(int, version.split(".")[:2])) < VERSION_MIN:
        yield Line(REDIS, WARNING, f"answers, {name}", "upgrade it")
    else:
        yield Line(REDIS, OK, f"answers, {name}")
    policy = info.get("maxmemory_policy", KEEPS_ALL)
    if policy == KEEPS_ALL:
        yield Line(REDIS, OK, "it forgets nothing when its memory is full")
    else:
        what = f"maxmemory-policy is {policy}: rings, rate limits and pauses may vanish"
        yield Line(REDIS, WRONG, what, f"set maxmemory-policy {KEEPS_ALL}")
    if info.get("rdb_last_bgsave_status", "ok") != "ok":
        todo = "make room on its disk, or switch saving off: nothing in it must outlive it"
        yield Line(REDIS, WRONG, "its last save failed; soon it refuses to write", todo)


def _worker_lines() -> Iterator[Line]:
    alive, depths = workers_alive(), queue_depths()
    if not alive:
        yield Line(WORKERS, WRONG, "no worker lives", "start one; the log says why it ended")
        return
    yield Line(WORKERS, OK, f"{len(alive)} live: {', '.join(sorted(alive))}")
    unserved = queues_unserved(alive)
    for name in unserved:
        what = f"the queue {name} is served by nobody; {depths[name]:,} tasks wait in it"
        yield Line(WORKERS, WRONG, what, f"start a worker with -Q {name}, or without -Q and -X")
    if not unserved:
        yield Line(WORKERS, OK, f"every queue is served; {sum(depths.values()):,} tasks wait")
    if sum(depths.values()) > QUEUE_DEPTH_MAX:
        what = f"{sum(depths.values()):,} tasks wait"
        yield Line(WORKERS, WARNING, what, "start more workers, or give them more processes")


def _beat_lines() -> Iterator[Line]:
    silent_s = beat_silent_s()
    if silent_s is None or silent_s > BEAT_SILENT_MAX_S:
        since = "at all" if silent_s is None else f"for {silent_s:,.0f} s"
        yield Line(WORKERS, WRONG, f"beat gave no sign of life {since}", "start beat, one")
    else:
        yield Line(WORKERS, OK, "beat lives")
