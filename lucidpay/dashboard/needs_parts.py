"""Parts of the platform that do not do their work: workers, queues, the scanner, nodes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from redis.exceptions import RedisError

from lucidpay.dashboard.need import SOON, URGENT, Found, Need, Viewer, listed, named
from lucidpay.health import DEGRADED, tron_health
from lucidpay.workers import queue_depths, queues_unserved, workers_alive
from tron.reference import LAG_BLOCKS_MAX


def part_needs(_: Viewer, now: datetime) -> Iterator[Need]:
    """Yield parts in trouble, by what is known here: no node is asked."""
    try:
        yield from _workers()
    except RedisError:
        what = "Redis does not answer: nothing is known of workers and queues"
        yield Need("redis", URGENT, what, _nodes())
    yield from _chain(now)


def _workers() -> Iterator[Need]:
    alive, depths = workers_alive(), queue_depths()
    waiting = f"{sum(depths.values()):,} tasks wait."
    if not alive:
        what = "No worker lives: nothing is signed, sent or confirmed"
        yield Need("workers", URGENT, what, _nodes(), note=waiting)
    elif unserved := queues_unserved(alive):
        texts = [f"{queue} ({depths[queue]:,} tasks wait)" for queue in unserved]
        what = "Queues that no worker serves"
        yield Need("queues", URGENT, what, _nodes(), Found(len(unserved)), named(texts))


def _chain(now: datetime) -> Iterator[Need]:
    told = tron_health(now)
    if told["error"]:
        yield Need("chain", URGENT, "Another network's database", _scanner(), note=told["error"])
        return
    if told["latest_block"] is None:
        yield Need("scanner", URGENT, "The scanner has not looked at the chain yet", _scanner())
        return
    troubles = list(_scan_troubles(told, now))
    yield from troubles
    if nodes := told["unhealthy_nodes"]:
        yield Need("nodes", SOON, "Nodes are in trouble", _nodes(), Found(len(nodes)), named(nodes))
    # All that health can complain of besides: nobody has asked a node for a while.
    if told["status"] == DEGRADED and told["kill_switch"] == "off" and not (troubles or nodes):
        what = "The scanner was not at the chain lately, so nothing is signed"
        yield Need("scanner", URGENT, what, _scanner())


def _scan_troubles(told: dict[str, Any], now: datetime) -> Iterator[Need]:
    if told["scanner_lag_blocks"] > LAG_BLOCKS_MAX:
        note = f"{told['scanner_lag_blocks']:,} solid blocks are not read yet."
        what = "The scanner is behind: nothing is confirmed"
        yield Need("scanner", URGENT, what, _scanner(), note=note)
    if told["lag_seconds"] > settings.TRON_HEAD_AGE_MAX_S:
        since = Found(1, now - timedelta(seconds=told["lag_seconds"]))
        what = "No new block was seen: the scanner or the nodes stand still"
        yield Need("head", URGENT, what, _scanner(), since)


def _nodes() -> str:
    return listed("tron_nodestate")


def _scanner() -> str:
    return listed("tron_scancursor")
