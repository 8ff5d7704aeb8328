"""Taking over the release schedules that operators have edited."""

from datetime import datetime

import structlog
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from payouts.models import BatchType, Payout
from payouts.models_batch import Batch, ReleaseSchedule
from payouts.releases import DEFAULTS, NeverComes, next_due
from payouts.services.move_due import due_move

log = structlog.get_logger(__name__)

BY = "release schedule"
NOTE = "its release schedule was edited"
# Of a crontab, in the order of cron.
FIELDS = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
FACTS = ("crontab", "timezone", "enabled")


def task_name(batch_type: str) -> str:
    """Return the name of beat's task that rings for this kind."""
    return f"release {batch_type}"


def schedules_follow(*, now: datetime) -> list[str]:
    """Take over what was edited, and return the kinds that were.

    What waits for such a schedule gets its next time; what is due already stays due. Whoever is
    asking for a payout at this moment is waited for, so none is left with a time of the old one.
    A schedule that never comes is not taken over.
    """
    wanted = {task.name: task for task in PeriodicTask.objects.select_related("crontab")}
    changed = []
    for batch_type in DEFAULTS:
        task = wanted.get(task_name(batch_type))
        if task is not None and task.crontab is not None and _follow(batch_type, task, now):
            changed.append(str(batch_type))
    return changed


def _follow(batch_type: BatchType, task: PeriodicTask, now: datetime) -> bool:
    facts = {
        "crontab": crontab_text(task.crontab),
        "timezone": str(task.crontab.timezone),
        "enabled": task.enabled,
    }
    known = ReleaseSchedule.objects.filter(pk=batch_type).first()
    if known is not None and all(getattr(known, name) == facts[name] for name in FACTS):
        return False
    try:
        _take_over(ReleaseSchedule(batch_type=batch_type, changed_at=now, **facts), now)
    except NeverComes:
        log.error("release_schedule_never_comes", batch_type=batch_type, crontab=facts["crontab"])
        return False
    return True


def _take_over(schedule: ReleaseSchedule, now: datetime) -> None:
    due = next_due(schedule, now)
    with transaction.atomic():
        schedule.save()
        batches = Batch.objects.filter(
            batch_type=schedule.batch_type, due_at__gt=now, completed_at=None
        )
        keys = list(batches.select_for_update().order_by("pk").values_list("pk", flat=True))
        Batch.objects.filter(pk__in=keys).update(due_at=due)
        rows = Payout.objects.filter(batch_type=schedule.batch_type)
        due_move(rows, to=due, by=BY, now=now, note=NOTE)


def crontab_text(crontab: CrontabSchedule) -> str:
    """Return the five fields in cron's order."""
    return " ".join(str(getattr(crontab, name)).replace(" ", "") for name in FIELDS)
