"""Beat: the doorbells of ``lucidpay/celery.py``, and the releases that operators schedule.

The doorbells stay in memory: nobody can edit or switch off what keeps payouts moving, and beat
rings them whether PostgreSQL is there or not. Only releases are rows of django-celery-beat.
"""

import time
from typing import Any

import redis
import structlog
from celery.beat import ScheduleEntry
from django.db.utils import DatabaseError, InterfaceError
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from lucidpay.services import HOUSEKEEPING_QUEUE, service_of
from lucidpay.workers import beat_alive, queue_depths

log = structlog.get_logger(__name__)

LOOK_S = 5  # how often beat asks whether a schedule was edited, and how much waits
# So many rings that nobody has heard are enough: Redis keeps them until a worker throws away what
# has expired, and would be full of them one day.
RINGS_MAX = 1000


class Scheduler(DatabaseScheduler):
    """Rings both kinds. A tick that is lost or doubled changes nothing: the database decides."""

    max_interval = LOOK_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._releases: dict[str, ModelEntry] = {}
        self._looked_at = 0.0
        self._full: frozenset[str] = frozenset()
        self._counted_at = -float(LOOK_S)
        super().__init__(*args, **kwargs)

    def setup_schedule(self) -> None:
        """Make the doorbells; none of them becomes a row."""
        self._doorbells = {
            name: ScheduleEntry(name=name, app=self.app, **fields)
            for name, fields in self.app.conf.beat_schedule.items()
        }

    def all_as_schedule(self) -> dict[str, ScheduleEntry]:
        """Return all entries; with the database away, the releases as they were read last."""
        try:
            self._releases = super().all_as_schedule()
        except (DatabaseError, InterfaceError):
            log.exception("release_schedules_not_read")
        return {**self._releases, **self._doorbells}

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Ring, but for a doorbell whose queue is full of rings: nobody serves it."""
        queue = service_of(entry.task) or HOUSEKEEPING_QUEUE
        if isinstance(entry, ModelEntry) or queue not in self._full_queues():
            super().apply_entry(entry, producer=producer)

    def _full_queues(self) -> frozenset[str]:
        """Return the queues that were full some seconds ago; none while Redis is away."""
        if time.monotonic() - self._counted_at >= LOOK_S:
            self._counted_at = time.monotonic()
            try:
                beat_alive()
                depths = queue_depths()
            except redis.RedisError:
                depths = {}  # the ring itself meets it, and says so
            self._full = frozenset(name for name, depth in depths.items() if depth >= RINGS_MAX)
            for name in sorted(self._full):
                log.error("queue_not_served", queue=name, depth=depths[name])
        return self._full

    def schedule_changed(self) -> bool:
        """Ask the database at times only; Celery asks before each ring."""
        if time.monotonic() - self._looked_at < LOOK_S:
            return False
        self._looked_at = time.monotonic()
        return bool(super().schedule_changed())

    def reserve(self, entry: ScheduleEntry) -> ScheduleEntry:
        """Note the ring; that of a doorbell is not written to the database."""
        if isinstance(entry, ModelEntry):
            return super().reserve(entry)
        self._doorbells[entry.name] = rung = next(entry)
        return rung
