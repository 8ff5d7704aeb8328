"""A worker that was told to stop, so that who is in a long task can bring it to an end.

The pool's processes are not told by themselves: the worker waits for them.
"""

import secrets

import redis
from django.conf import settings

from lucidpay.api.throttling import redis_client

KEPT_S = 3600
# Made before the pool is forked, so its processes know it too. A name would not do: a worker may
# start under the name of one that still stops, and must not be taken for it.
_ME = secrets.token_hex(8)


def _key() -> str:
    return f"lucidpay:workers:leaving:{_ME}"


def leave(*, kept_s: int = KEPT_S) -> None:
    """Note that this worker is to stop; for ``kept_s`` seconds, its long tasks begin nothing new.

    By a connection of its own: this runs inside a signal's handler, which may have interrupted
    whoever holds a lock of the shared one. Raises ``redis.RedisError`` while Redis is away.
    """
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT_S) as own:
        own.set(_key(), 1, ex=kept_s)


def is_leaving() -> bool:
    """Return whether the worker that this process belongs to was told to stop."""
    return bool(redis_client().exists(_key()))
