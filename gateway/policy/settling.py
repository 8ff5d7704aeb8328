"""When collected fees are settled: at once, or when a slot has come.

Slots: every full hour; every day at ``SETTLEMENT_TIME_UTC``; or every Monday at that time. What was
collected before a slot is settled by it. A slot at which nobody was there is met later, once.
"""

from datetime import datetime, time, timedelta

from django.conf import settings

INSTANT, HOURLY, DAILY, WEEKLY = "instant", "hourly", "daily", "weekly"
STEPS = {HOURLY: timedelta(hours=1), DAILY: timedelta(days=1), WEEKLY: timedelta(days=7)}


def slot_at(frequency: str, now: datetime) -> datetime:
    """Return the newest slot that has come (UTC); ``now`` where every moment is one."""
    if frequency == INSTANT:
        return now
    if frequency == HOURLY:
        return now.replace(minute=0, second=0, microsecond=0)
    at = time.fromisoformat(settings.SETTLEMENT_TIME_UTC)
    slot = now.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    if frequency == WEEKLY:
        slot -= timedelta(days=slot.weekday())  # back to Monday
    return slot if slot <= now else slot - STEPS[frequency]


def next_at(frequency: str, now: datetime) -> datetime:
    """Return the next slot (UTC); ``now`` where every moment is one."""
    return now if frequency == INSTANT else slot_at(frequency, now) + STEPS[frequency]


def is_due(frequency: str, last_at: datetime | None, now: datetime) -> bool:
    """Return whether the newest slot is still to be met; ``last_at``: the last settlement's begin.

    One of the future was begun before the clock was set back, and meets no slot.
    """
    if last_at is None or frequency == INSTANT:
        return True
    return not slot_at(frequency, now) <= last_at <= now


def time_of(frequency: str) -> str | None:
    """Return the time of day of the slots (UTC), ``None`` where they have none."""
    return settings.SETTLEMENT_TIME_UTC if frequency in (DAILY, WEEKLY) else None
