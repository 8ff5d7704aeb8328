"""The network breaker: opens when nodes cannot be asked, and tells people so.

It watches and stops nothing: reading goes on, so that the first answer is noticed at once, and
payouts are accepted and wait. Its state is in Redis, one for all processes.
"""

from contextlib import suppress
from functools import lru_cache
from typing import cast

import redis
import structlog
from pybreaker import STATE_CLOSED, CircuitBreaker, CircuitBreakerError, CircuitRedisStorage

from lucidpay.api.throttling import redis_client
from tron.errors import NodeError, OutcomeUnknown, Unreachable

log = structlog.get_logger(__name__)

FAILURES_MAX, OPEN_S = 5, 60
NAMESPACE = "lucidpay:network"
CLOSED, HALF_OPEN, OPEN = "closed", "half_open", "open"
UNKNOWN = "unknown"  # while Redis is away
# A node that asks for a pause is there, one that refuses has answered, and one that contradicts
# the chain pulls the kill switch.
FAILURES = (Unreachable, OutcomeUnknown)


def note_answer() -> None:
    """Keep that the network answered; when it was open for its time, it closes."""
    _feed(None)


def note_failure(error: NodeError) -> None:
    """Keep that no node answered; the fifth time in a row opens it for a minute."""
    if isinstance(error, FAILURES):
        _feed(error)


def network_breaker_status() -> str:
    """Return ``closed``, ``half_open`` or ``open``; ``unknown`` while Redis is away."""
    try:
        return _breaker(redis_client()).current_state.replace("-", "_")
    except redis.RedisError:
        return UNKNOWN


def network_breaker_trip() -> None:
    """Open it by hand. It closes by itself with the first answer after a minute.

    Raises ``RedisError`` while Redis is away.
    """
    _breaker(redis_client()).open()


def network_breaker_reset() -> None:
    """Close it by hand. Raises ``RedisError`` while Redis is away."""
    _breaker(redis_client()).close()


class _Storage(CircuitRedisStorage):
    """Keeps the state in Redis and says so when it cannot.

    pybreaker's own answers ``closed`` while Redis is away, and takes what it is told by a person
    without storing it.
    """

    @property
    def state(self) -> str:
        """Return the state. Raises ``RedisError`` while Redis is away."""
        found = cast(bytes | None, self._redis.get(self._namespace("state")))
        return self._initial_state if found is None else found.decode()

    @state.setter
    def state(self, state: str) -> None:
        self._redis.set(self._namespace("state"), state)


@lru_cache(maxsize=1)
def _breaker(client: redis.Redis) -> CircuitBreaker:
    return CircuitBreaker(
        fail_max=FAILURES_MAX,
        reset_timeout=OPEN_S,
        state_storage=_Storage(STATE_CLOSED, client, namespace=NAMESPACE),
        name="network",
    )


def _feed(error: NodeError | None) -> None:
    def outcome() -> None:
        if error is not None:
            raise error

    try:
        breaker = _breaker(redis_client())
        before = breaker.current_state
        # It raises what it was told; while it is open it counts nothing.
        with suppress(CircuitBreakerError, NodeError):
            breaker.call(outcome)
        after = breaker.current_state
    except redis.RedisError:
        log.warning("network_breaker_not_told", exc_info=True)
        return
    if after != before:
        log.warning("network_breaker", before=before, after=after, error=str(error or ""))
