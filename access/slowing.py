"""Guessing is slowed down: growing pauses after wrong passwords and wrong tokens.

An attempt is counted before it is looked at, so a hundred at once are a hundred; a right one is
taken back. Passwords are counted per user name and address together, and per address and per user
name in all. Who has logged in from an address before meets the first count only: neither a
colleague behind the same router nor a stranger elsewhere can lock them out there. User names that
nobody has are counted as any other.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import redis
import structlog
from django.conf import settings

from access.networks import site_of
from lucidpay.api.throttling import redis_client
from lucidpay.errors import RATE_LIMITED, LucidError

log = structlog.get_logger(__name__)

PREFIX = "lucidpay:slow:"
KNOWN_S = 30 * 86_400
NOTHING_KEY = f"{PREFIX}nothing"  # never set: what is taken back begins with a key to forget
# Returns the milliseconds that are left of the longest pause, or counts and returns 0.
_ATTEMPT = """
local now, forget_s, longest = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local wait = 0
for _, key in ipairs(KEYS) do
  local till = tonumber(redis.call('HGET', key, 'till') or '0')
  wait = math.max(wait, till - now)
end
if wait > 0 then return wait end
for index, key in ipairs(KEYS) do
  local over = redis.call('HINCRBY', key, 'n', 1) - tonumber(ARGV[3 + index])
  if over >= 0 then
    local pause = math.min(longest, 1000 * 2 ^ math.min(over, 30))
    redis.call('HSET', key, 'till', string.format('%.0f', now + pause))
  end
  redis.call('EXPIRE', key, forget_s)
end
return 0
"""
# The first key is forgotten, the others lose this one attempt and the pause it began.
_TAKE_BACK = """
redis.call('DEL', KEYS[1])
for index = 2, #KEYS do
  if redis.call('HINCRBY', KEYS[index], 'n', -1) < 1 then
    redis.call('DEL', KEYS[index])
  else
    redis.call('HDEL', KEYS[index], 'till')
  end
end
return 0
"""


class TooManyFailures(LucidError):
    """Rate limit exceeded"""

    code = RATE_LIMITED
    status_code = 429

    def __init__(self, *, limit: int, wait_s: int) -> None:
        super().__init__()
        self.limit, self.wait_s = limit, wait_s


@dataclass(frozen=True)
class Attempt:
    """A password that is being looked at."""

    keys: tuple[str, ...]
    known_key: str = ""

    def was_right(self) -> None:
        """Take the attempt back, and remember that this user comes from this address."""
        try:
            redis_client().eval(_TAKE_BACK, len(self.keys), *self.keys)
            if self.known_key:
                redis_client().set(self.known_key, 1, ex=KNOWN_S)
        except redis.RedisError:
            log.exception("login_not_counted")


def password_attempt(user_name: str, address: str) -> Attempt:
    """Count an attempt to log in, before the password is looked at.

    Raises ``TooManyFailures`` during a pause; then nothing is counted and nothing may be looked
    at. With Redis away nothing can be counted and people are let try, as with all rate limits.
    """
    site = site_of(address)
    pair, known = _key("pair", user_name, site), _key("known", user_name, site)
    total = settings.LOGIN_FAILURES_FREE_TOTAL
    counted = {pair: settings.LOGIN_FAILURES_FREE}
    try:
        if not redis_client().exists(known):
            counted |= {_key("address", site): total, _key("user", user_name): total}
        _count(counted)
    except redis.RedisError:
        log.exception("login_not_counted")
    return Attempt(tuple(counted), known)


def keystore_attempt(user_id: int) -> Attempt:
    """Count a caller's attempt to open a keystore, before its password is looked at.

    Slowed as logins are, whichever keystores they are: guessing goes through many. What was right
    takes back itself and no other: anybody has a keystore whose password they know. Raises
    ``TooManyFailures`` during a pause.
    """
    return _attempt_of("keystore", user_id)


def code_attempt(user_id: int) -> Attempt:
    """Count a code of somebody's second factor, before it is looked at.

    Counted for the person wherever they are: whoever gets here knows the password. What was right
    takes back itself and no other. Raises ``TooManyFailures`` during a pause.
    """
    return _attempt_of("code", user_id)


def _attempt_of(kind: str, user_id: int) -> Attempt:
    key = _key(kind, str(user_id))
    try:
        _count({key: settings.LOGIN_FAILURES_FREE})
    except redis.RedisError:
        log.exception("login_not_counted")
    return Attempt((NOTHING_KEY, key))


def token_failed(address: str) -> None:
    """Count a wrong token; raises ``TooManyFailures`` during a pause of its address."""
    limit = settings.LOGIN_FAILURES_FREE_TOTAL
    try:
        _count({_key("token", site_of(address)): limit})
    except redis.RedisError:
        log.exception("login_not_counted")


def _count(limits: dict[str, int]) -> None:
    arguments: Sequence[int] = (
        int(time.time() * 1000),
        settings.LOGIN_FORGET_S,
        settings.LOGIN_PAUSE_MAX_S * 1000,
        *limits.values(),
    )
    # redis-py types commands for its async client too; this one is synchronous.
    wait_ms = cast(int, redis_client().eval(_ATTEMPT, len(limits), *limits, *map(str, arguments)))
    if wait_ms > 0:
        raise TooManyFailures(limit=min(limits.values()), wait_s=-(-wait_ms // 1000))


def _key(kind: str, *parts: str) -> str:
    # Hashed: people type passwords into the field of the user name.
    digest = hashlib.sha256("\n".join(parts).lower().encode()).hexdigest()
    return f"{PREFIX}{kind}:{digest[:32]}"
