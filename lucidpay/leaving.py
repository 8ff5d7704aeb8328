"""Workers that were told to stop, so that who is in a long task can bring it to an end.

The pool's processes are not told by themselves: the worker waits for them.
"""

import redis
from django.conf import settings

from lucidpay.api.throttling import redis_client

KEPT_S = 3600


def _key(hostname: str) -> str:
    return f"lucidpay:workers:leaving:{hostname}"


def leave(hostname: str, *, kept_s: int = KEPT_S) -> None:
    """Note that a worker is to stop; for ``kept_s`` seconds, its long tasks begin nothing new.

    By a connection of its own: this runs inside a signal's handler, which may have interrupted
    whoever holds a lock of the shared one.
    """
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT_S) as own:
        own.set(_key(hostname), 1, ex=kept_s)


def stay(hostname: str) -> None:
    """Note that a worker of this name has begun."""
    redis_client().delete(_key(hostname))


def is_leaving(hostname: str) -> bool:
    """Return whether the worker of this name was told to stop."""
    return bool(redis_client().exists(_key(hostname)))
