"""Rate limits: one atomic counter a minute, per caller and endpoint.

One script call a request, which brings the epoch of everybody's rights along: so a caller who was
verified before can be believed without asking anybody else (``access/remembered.py``). DRF's own
throttle rewrites the list of all timestamps of the window on every request, which grows with the
limit and loses counts in a race.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry
from rest_framework.throttling import BaseThrottle

if TYPE_CHECKING:  # DRF's views import this module while they are imported themselves
    from django.http import HttpRequest
    from rest_framework.request import Request
    from rest_framework.views import APIView

log = structlog.get_logger(__name__)

WINDOW_S = 60
# Redis flushed, or begun anew: another epoch than any that was ever seen.
_COUNT = """
local used = redis.call('INCR', KEYS[1])
if used == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[2]
  redis.call('SET', KEYS[2], epoch)
end
return {used, epoch}
"""
EPOCH_KEY = "lucidpay:rights:epoch"
_COUNTED = "_lucidpay_counted"
_ADDRESS = "lucidpay.address"  # no header can be named so: theirs begin with HTTP_


class Throttled(Protocol):
    """What a throttle needs to know of ``request.auth``."""

    throttle_identity: str
    rate_limits: dict[str, int]


@cache
def redis_client() -> redis.Redis:
    """Return this process's Redis client; it reconnects by itself."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=settings.REDIS_TIMEOUT_S,
        socket_connect_timeout=settings.REDIS_TIMEOUT_S,
        # Once more at once, for a connection that had died. redis-py's own back-off would make
        # every request wait for seconds while Redis is away.
        retry=Retry(NoBackoff(), retries=1),
    )


def address_of(request: Request | HttpRequest) -> str:
    """Return the address a request comes from, as far as proxies are believed (NUM_PROXIES)."""
    known: str | None = request.META.get(_ADDRESS)
    if known is None:
        known = request.META[_ADDRESS] = BaseThrottle().get_ident(cast("Request", request))
    return known


def must_wait(request: Request, limit: int, wait_s: int) -> None:
    """Let the answer to this request say that its caller must wait, as every 429 does."""
    request._request.rate_limit_headers = {  # type: ignore[attr-defined]
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(time.time()) + wait_s),
        "Retry-After": str(wait_s),
        "X-RateLimit-Retry-After": str(wait_s),
    }


@dataclass(frozen=True, slots=True)
class Count:
    """What Redis said of a call; without an answer nothing was counted, and no epoch is known."""

    identity: str
    used: int = 0
    epoch: bytes | None = None
    now_s: int = 0
    reset_s: int = 0


class _Seen:
    """The epoch this process saw last. Whoever is verified after that may be kept under it."""

    epoch: bytes | None = None


def epoch_seen() -> bytes | None:
    """Return an epoch of before this moment, ``None`` when none was seen yet."""
    return _Seen.epoch


def count_of(request: Request, name: str, identity: str) -> Count:
    """Count a call under an endpoint's name, once however often this is asked."""
    known = getattr(request._request, _COUNTED, None)
    if known is None or known.identity != identity:
        known = _count(name, identity)
        setattr(request._request, _COUNTED, known)
    return known


def _count(name: str, identity: str) -> Count:
    now_s = int(time.time())
    reset_s = now_s - now_s % WINDOW_S + WINDOW_S
    key = f"lucidpay:rate:{name}:{identity}:{reset_s}"
    arguments = (str(WINDOW_S * 2), secrets.token_hex(16))
    try:
        # redis-py types commands for its async client too; this one is synchronous.
        answer = redis_client().eval(_COUNT, 2, key, EPOCH_KEY, *arguments)
        used, epoch = cast("tuple[int, bytes]", answer)
    except redis.RedisError:
        log.exception("rate_limit_not_counted", endpoint=name)
        return Count(identity)
    _Seen.epoch = epoch
    return Count(identity, used, epoch, now_s, reset_s)


def throttle_name_of(request: Request, view: object) -> str | None:
    """Return the name under which a view counts a call, ``None`` when it does not."""
    name_of = getattr(view, "throttle_name", None)
    return None if name_of is None else cast("str | None", name_of(request.method))


class WindowThrottle(BaseThrottle):
    """Counts calls in calendar minutes under the view's ``throttle_name``."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count this call and say whether it is within the limit.

        With Redis away nothing can be counted and calls pass: limits on money are kept by
        PostgreSQL, and health answers 503 so that a balancer looks elsewhere.
        """
        name = throttle_name_of(request, view)
        if name is None:
            return True
        identity, limit = self._identity_and_limit(request, name)
        count = count_of(request, name, identity)
        if count.epoch is None:
            return True
        self._remember(request, limit, limit - count.used, count.reset_s, count.now_s)
        return count.used <= limit

    def _identity_and_limit(self, request: Request, name: str) -> tuple[str, int]:
        limit = settings.RATE_LIMITS[name]
        if request.auth is None:
            return f"ip:{address_of(request)}", limit
        caller = cast(Throttled, request.auth)
        return caller.throttle_identity, caller.rate_limits.get(
            name, caller.rate_limits.get("*", limit)
        )

    def _remember(
        self, request: Request, limit: int, remaining: int, reset_s: int, now_s: int
    ) -> None:
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, remaining)),
            "X-RateLimit-Reset": str(reset_s),
        }
        if remaining < 0:
            wait = str(max(1, reset_s - now_s))
            headers |= {"Retry-After": wait, "X-RateLimit-Retry-After": wait}
        request._request.rate_limit_headers = headers  # type: ignore[attr-defined]

    def wait(self) -> float | None:
        """Leave ``Retry-After`` to the headers that were counted."""
        return None
