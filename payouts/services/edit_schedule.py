"""Editing when a kind of batch is released."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from payouts.releases import next_time
from payouts.services.follow_schedules import FIELDS, schedules_follow, task_name


def release_schedule_edit(
    *, batch_type: str, crontab: str, timezone: str, enabled: bool, now: datetime
) -> None:
    """Release this kind by another crontab (``minute hour day month weekday``), from now on.

    What waits for it gets its next time. Raises ``NeverComes`` when there is none.
    """
    next_time(crontab, timezone, after=now)
    fields = dict(zip(FIELDS, crontab.split(" "), strict=True))
    with transaction.atomic():
        task = PeriodicTask.objects.select_for_update().get(name=task_name(batch_type))
        # A row of its own: other tasks may share the one that it has.
        task.crontab = CrontabSchedule.objects.create(timezone=ZoneInfo(timezone), **fields)
        task.enabled = enabled
        task.save()
        schedules_follow(now=now)
