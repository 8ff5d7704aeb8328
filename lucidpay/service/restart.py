"""Restarting a service: other processes in the pools of the workers that serve its queue.

Workers do it by a command of our own (``lucidpay/service/pool.py``): each process ends after the
task it is at, and what one has not begun goes to the next. A worker's main process goes on as it
was: it reads neither code nor settings anew.
"""

from datetime import datetime

from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from lucidpay.celery import app
from lucidpay.clock import utc_now
from lucidpay.errors import NOT_FOUND, Conflict, LucidError
from lucidpay.service.models import ServiceRestart
from lucidpay.services import SERVICES

FIND_S = 1.0  # every worker answers at once, and nobody knows how many there are
ANSWER_S = 5.0
COMMAND = "pool_replace"


class NoSuchService(LucidError):
    """No such service. /status names all six."""

    code = NOT_FOUND
    status_code = 404


class NoWorkerAnswers(Conflict):
    """No worker that serves this service answers. See /status; start a worker, or Redis."""


class NoWorkerRestarts(Conflict):
    """No worker could restart its pool. Details say why; restart the workers themselves."""


def service_restart(*, service: str, by: str, request_id: str, now: datetime) -> ServiceRestart:
    """Ask the workers that serve a service to replace their pools, and return what they said.

    What is asked is written down before, and what was said after it, each for good. Raises
    ``NoSuchService``, ``NoWorkerAnswers`` when nobody serves it or nobody who does answers, or
    ``NoWorkerRestarts`` when all who answer say that they cannot.
    """
    if service not in SERVICES:
        raise NoSuchService
    try:
        asked = _serving(service)
        row = ServiceRestart.objects.create(
            service=service, by=by, request_id=request_id, asked_at=now, asked=asked
        )
        row.said = _restarted(asked) if asked else {}
    except (KombuError, RedisError, OSError) as error:
        raise NoWorkerAnswers from error
    row.ended_at = utc_now()
    row.save(update_fields=["said", "ended_at"])
    words = [word for word in row.said.values() if word]
    if not words:
        raise NoWorkerAnswers
    if not any("ok" in word for word in words):
        raise NoWorkerRestarts({"workers": row.said})
    return row


def _serving(service: str) -> list[str]:
    """Return the names of the workers that take tasks from a service's queue, as they say."""
    found = app.control.inspect(timeout=FIND_S).active_queues() or {}
    return sorted(
        worker for worker, queues in found.items() if service in (one["name"] for one in queues)
    )


def _restarted(workers: list[str]) -> dict[str, dict[str, str] | None]:
    """Return worker → ``ok`` or ``error`` with its text; ``None`` of one that said nothing."""
    answers = app.control.broadcast(
        COMMAND, destination=workers, reply=True, timeout=ANSWER_S, limit=len(workers)
    )
    said: dict[str, dict[str, str] | None] = dict.fromkeys(workers)
    for answer in answers or ():
        said |= answer
    return said
