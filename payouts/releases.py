"""When payouts that wait for a schedule are released.

Release times are facts of the database: each payout gets its own when it is asked for, and the
signer goes by that alone. Beat's ticks only ring. So a missed tick delays nobody for longer than
the next ring of any kind, and a doubled one changes nothing.

When operators edit a schedule, what still waits gets the next time of the edited schedule
(``services/follow_schedules.py``); what is due already stays due. Switched off, nothing of that
kind is released but by hand.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from celery.schedules import ParseException, crontab

from lucidpay.clock import NEVER
from payouts.models import BatchType
from payouts.models_batch import ReleaseSchedule

# minute hour day month weekday, as people know it from cron; 1 is Monday.
DEFAULTS = {
    BatchType.HOURLY: "0 * * * *",
    BatchType.DAILY: "0 0 * * *",
    BatchType.WEEKLY: "0 0 * * 1",
}
DAYS_MAX = 8 * 366  # a 29 February comes within eight years


class NeverComes(ValueError):
    """This schedule has no next time: there is no such minute, hour, day and month."""


def due_at(batch_type: str, now: datetime) -> datetime:
    """Return when a payout asked for now is released: at once, or at its schedule's next time.

    Shares the schedule's row with other requests until the transaction ends: an edit of the
    schedule waits for it, and then moves this payout as well. ``NEVER`` while it is switched off.
    """
    if batch_type == BatchType.IMMEDIATE:
        return now
    rows = ReleaseSchedule.objects.raw(
        "SELECT * FROM payouts_releaseschedule WHERE batch_type = %s FOR SHARE", [batch_type]
    )
    found = next(iter(rows), None)
    if found is None:
        return next_time(DEFAULTS[BatchType(batch_type)], "UTC", after=now)
    return next_due(found, now)


def next_due(schedule: ReleaseSchedule, now: datetime) -> datetime:
    """Return the schedule's next time after now, ``NEVER`` while it is switched off."""
    if not schedule.enabled:
        return NEVER
    return next_time(schedule.crontab, schedule.timezone, after=now)


def next_time(text: str, timezone: str, *, after: datetime) -> datetime:
    """Return the first time of a crontab (``minute hour day month weekday``) after a moment.

    All five must match, as Celery reads it. A local time that daylight saving leaves out comes
    an hour later; one that it repeats comes once. Raises ``NeverComes``.
    """
    spec, zone = _parsed(text), ZoneInfo(timezone)
    today = after.astimezone(zone).date()
    times = [time(hour, minute) for hour in sorted(spec.hour) for minute in sorted(spec.minute)]
    for day in (today + timedelta(days=number) for number in range(DAYS_MAX)):
        if not _is_day(spec, day):
            continue
        for clock in times:
            moment = datetime.combine(day, clock, zone).astimezone(UTC)
            if moment > after:
                return moment
    raise NeverComes(text)


@cache
def _parsed(text: str) -> Any:
    # Any: Celery's types leave out the sets that it has parsed the fields into.
    try:
        minute, hour, day, month, weekday = text.split(" ")
        return crontab(minute, hour, weekday, day, month)
    except (ValueError, ParseException) as error:
        raise NeverComes(f"{text}: {error}") from error


def _is_day(spec: Any, day: date) -> bool:
    return bool(
        day.month in spec.month_of_year
        and day.day in spec.day_of_month
        and day.isoweekday() % 7 in spec.day_of_week
    )
