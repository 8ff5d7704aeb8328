"""Beat: the doorbells of ``lucidpay/celery.py``, and the releases that operators schedule.

The doorbells stay in memory: nobody can edit or switch off what keeps payouts moving, and beat
rings them whether PostgreSQL is there or not. Only releases are rows of django-celery-beat.
"""

import time
from typing import Any

import structlog
from celery.beat import ScheduleEntry
from django.db.utils import DatabaseError, InterfaceError
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

log = structlog.get_logger(__name__)

LOOK_S = 5  # how often beat asks the database whether a schedule was edited


class Scheduler(DatabaseScheduler):
    """Rings both kinds. A tick that is lost or doubled changes nothing: the database decides."""

    max_interval = LOOK_S

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._releases: dict[str, ModelEntry] = {}
        self._looked_at = 0.0
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
