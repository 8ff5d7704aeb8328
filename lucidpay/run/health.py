"""Whether the process beside this one does its work: what a container's health check runs.

A web that answers is alive even when PostgreSQL is away: to end it would help nobody.
"""

import os
import socket
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

import redis

from lucidpay.run.roles import HOOKS, PAY, port
from lucidpay.settings import env

ANSWERS_WITHIN_S = 5
BEAT_SILENT_MAX_S = 60


def _web() -> str:
    """Return what is wrong with the web of this machine, or nothing."""
    hosts = [host.lstrip(".") for host in env.words("ALLOWED_HOSTS")] or ["localhost"]
    connection = HTTPConnection("127.0.0.1", port(), timeout=ANSWERS_WITHIN_S)
    try:
        connection.request("GET", "/health/live", headers={"Host": hosts[0]})
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return f"The web does not answer: {error}"
    finally:
        connection.close()
    return "" if status == 200 else f"The web answers with {status}."


def _celery_worker(name: str) -> str:
    """Return what is wrong with the worker of this machine, or nothing.

    Nothing can be said while Redis is away. That is not the worker's fault, so it is left alone.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucidpay.settings.production")
    from lucidpay.workers import workers_alive  # reads the settings

    try:
        alive = workers_alive()
    except redis.RedisError:
        return ""
    here = f"{name}@{socket.gethostname()}"
    return "" if here in alive else f"{here} has given no sign of life."


def _beat() -> str:
    """Return what is wrong with beat, or nothing. There is one, so whose sign it was is no matter.

    Nothing can be said while Redis is away, or has forgotten.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lucidpay.settings.production")
    from lucidpay.workers import beat_silent_s  # reads the settings

    try:
        silent_s = beat_silent_s()
    except redis.RedisError:
        return ""
    is_silent = silent_s is not None and silent_s > BEAT_SILENT_MAX_S
    return f"beat has given no sign of life for {silent_s:,.0f} s." if is_silent else ""


HEALTHS: dict[str, Callable[[], str]] = {
    "web": _web,
    "worker": lambda: _celery_worker(PAY),
    "sender": lambda: _celery_worker(HOOKS),
    "beat": _beat,
}
