"""Ringing workers. A lost ring delays work until beat's next sweep; it never loses any."""

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


def ring_on_commit(task: Task) -> None:
    """Ring when the present transaction has committed, or at once outside of one."""
    transaction.on_commit(lambda: ring(task))


def ring(task: Task) -> None:
    """Ask for a task to run soon. With the broker away this logs and returns.

    The request whose work is already committed must not fail for a bell: its caller would
    take it for lost.
    """
    try:
        task.apply_async(retry=False)
    except (KombuError, RedisError, OSError) as error:
        log.warning("doorbell_not_rung", task=task.name, error=str(error))
