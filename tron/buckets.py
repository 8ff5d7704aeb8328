"""How many requests a second go to a node: one bucket per node and key, shared by all processes.

A bucket is the time at which the next request may go (generic cell rate algorithm). A request
takes its turn at once and then waits for it, so that waiting requests go in order.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import cast

import redis
import structlog
from django.conf import settings

from lucidpay.api.throttling import redis_client

log = structlog.get_logger(__name__)

# TronGrid suspends a key for seconds when it asks more often than 15 times in one.
GATEWAY, GATEWAY_RPS = "trongrid.io", 12
# Without Redis it is not asked again for this long: every request would wait for its time-out.
REDIS_AWAY_S = 5
# A turn further ahead than this is no turn: somebody has set a clock back.
AHEAD_MAX_US = 120_000_000
# Time is Redis's own, so clocks of several machines need not agree.
_TAKE = """
local time = redis.call('TIME')
local now, gap = time[1] * 1000000 + time[2], tonumber(ARGV[1])
local slack, patience = tonumber(ARGV[2]), tonumber(ARGV[3])
local free = tonumber(redis.call('GET', KEYS[1]) or '0')
if free < now or free > now + tonumber(ARGV[4]) then free = now end
local wait = math.max(0, free - slack - now)
if wait > patience then return -wait end
redis.call('SET', KEYS[1], string.format('%.0f', free + gap), 'PX', 180000)
return wait
"""
_local_free_us: dict[str, int] = {}
_redis_away_until = 0.0


@dataclass(frozen=True)
class Bucket:
    """The limit of one key at one node; ``rps`` 0 means none."""

    name: str
    rps: int

    async def take(self, *, patience_s: float) -> float | None:
        """Take the next turn; return the seconds until it, or ``None`` when that is too long.

        What is returned must be waited for; ``None`` takes no turn.
        """
        if not self.rps:
            return 0.0
        wait_us = await asyncio.to_thread(self._take, int(patience_s * 1_000_000))
        return None if wait_us < 0 else wait_us / 1_000_000

    @property
    def _gap_us(self) -> int:
        return 1_000_000 // self.rps

    @property
    def _slack_us(self) -> int:
        # A quarter of a second's requests may go at once: more, and a second could see twice
        # the limit.
        return self._gap_us * max(0, self.rps // 4 - 1)

    def _take(self, patience_us: int) -> int:
        global _redis_away_until
        if time.monotonic() >= _redis_away_until:
            arguments = (self._gap_us, self._slack_us, patience_us, AHEAD_MAX_US)
            try:
                # redis-py types commands for its async client too; this one is synchronous.
                return cast(int, redis_client().eval(_TAKE, 1, self.name, *map(str, arguments)))
            except redis.RedisError:
                log.exception("node_rate_not_shared", bucket=self.name)
                _redis_away_until = time.monotonic() + REDIS_AWAY_S
        return self._take_here(patience_us)

    def _take_here(self, patience_us: int) -> int:
        """Do what the script does with this process's own bucket."""
        now_us = time.monotonic_ns() // 1_000
        free_us = max(_local_free_us.get(self.name, 0), now_us)
        wait_us = max(0, free_us - self._slack_us - now_us)
        if wait_us > patience_us:
            return -wait_us
        _local_free_us[self.name] = free_us + self._gap_us
        return wait_us


def limit_rps(host: str) -> int:
    """Return how many requests a second a node takes for one key, 0 for no limit."""
    is_gateway = host == GATEWAY or host.endswith(f".{GATEWAY}")
    return settings.TRON_RATE_LIMIT_RPS or (GATEWAY_RPS if is_gateway else 0)


def bucket_of(*, node: str, host: str, key: str) -> Bucket:
    """Return the bucket of a key (empty for none) at a node; the key itself is nowhere in it."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return Bucket(f"lucidpay:node-rate:{node}:{digest}", limit_rps(host))


def forget_buckets() -> None:
    """Forget what this process keeps for itself."""
    global _redis_away_until
    _redis_away_until = 0.0
    _local_free_us.clear()
