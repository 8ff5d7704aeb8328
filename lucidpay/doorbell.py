"""Ringing workers. A lost ring delays work until beat's next sweep; it never loses any."""

import threading
import time
from contextvars import Context, copy_context

import structlog
from celery import Task
from django.db import transaction
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# A worker that was just rung for finds all that is due: of a burst of requests one ring is enough.
GAP_S = 0.25


def ring_on_commit(task: Task) -> None:
    """Ring soon after the present transaction has committed, or soon outside of one.

    The request goes on: it neither pays for the ring nor waits for a broker that is away.
    """
    transaction.on_commit(lambda: _bell.ask(task))


def ring(task: Task) -> None:
    """Ask for a task to run soon, and return when that was said.

    With the broker away this logs and returns: what is already committed must not fail for a
    bell, or its caller would take it for lost.
    """
    try:
        task.apply_async(retry=False)
    except (KombuError, RedisError, OSError) as error:
        log.warning("doorbell_not_rung", task=task.name, error=str(error))


class _Bell:
    """Rings on a thread of its own, for each task once, however often it was asked to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_wanted = threading.Event()
        self._wanted: dict[str, tuple[Task, Context]] = {}
        self._thread: threading.Thread | None = None

    def ask(self, task: Task) -> None:
        with self._lock:
            # With who asks: the task tells in its log and in the audit trail which request rang.
            self._wanted[task.name] = task, copy_context()
            self._start(task)
        self._is_wanted.set()

    def _start(self, task: Task) -> None:
        # Also after a fork, which no thread survives.
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(target=self._ring, name="doorbell", daemon=True)
        try:
            self._thread.start()
        except RuntimeError as error:  # this machine has no thread left for us; the next may do
            log.warning("doorbell_not_rung", task=task.name, error=str(error))

    def _ring(self) -> None:
        while True:
            self._is_wanted.wait()
            self._is_wanted.clear()
            with self._lock:
                tasks, self._wanted = self._wanted, {}
            for task, asked in tasks.values():
                asked.run(ring, task)
            time.sleep(GAP_S)


_bell = _Bell()
