"""What payouts add up to, hour by hour and day by day, from the sums that the database keeps.

A payout counts in the hour and day (UTC) in which it was asked for.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from payouts.analytics import Sums, quantile
from payouts.states import Status
from payouts.tallies.read import HOUR, tallied_by_day, tallied_by_hour

HOURS, DAYS = 48, 30
DAY = timedelta(days=1)
DAY_HOURS = 24


@dataclass
class Figures:
    """The sums of the page. ``hours`` and ``days`` are in order, the present one last."""

    hours: dict[datetime, Sums]
    days: dict[date, Sums]
    last_day: Sums = field(default_factory=Sums)  # the 24 hours to the end of the present one
    routers: dict[str, Sums] = field(default_factory=lambda: defaultdict(Sums))  # the same hours


def figures_of(now: datetime) -> Figures:
    """Return the sums of the last 48 hours and 30 days, the present ones included.

    Two statements; what they read grows with the hours and not with the payouts.
    """
    end = now.replace(minute=0, second=0, microsecond=0) + HOUR
    first_day = now.date() - (DAYS - 1) * DAY
    told = Figures(
        hours={end - n * HOUR: Sums() for n in range(HOURS, 0, -1)},
        days={first_day + n * DAY: Sums() for n in range(DAYS)},
    )
    for (hour, part), counted in tallied_by_hour(end - HOURS * HOUR, end).items():
        told.hours[hour].add(part, counted)
        if hour >= end - DAY:
            told.last_day.add(part, counted)
            told.routers[part.router_type].add(part, counted)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start = midnight - (DAYS - 1) * DAY
    for (day, part), counted in tallied_by_day(start, midnight + DAY).items():
        told.days[day].add(part, counted)
    return told


def count_of(sums: Sums, *statuses: Status) -> int:
    """Return how many payouts are in these statuses; without any, how many there are."""
    return sum(sums.by_status[one].count for one in statuses or Status if one in sums.by_status)


def confirmed_micro(sums: Sums) -> int:
    """Return how much was paid, in micro-USDT."""
    return sums.by_status[Status.CONFIRMED].total if Status.CONFIRMED in sums.by_status else 0


def success_permille(sums: Sums) -> int | None:
    """Return how many of 1,000 that ended by the chain were paid; ``None`` when none did.

    Rounded down, so that 1,000 means all of them. Those that were cancelled say nothing.
    """
    paid, failed = count_of(sums, Status.CONFIRMED), count_of(sums, Status.FAILED)
    return paid * 1_000 // (paid + failed) if paid + failed else None


def permille_text(permille: int | None) -> str:
    """Return thousandths as percent."""
    return "—" if permille is None else f"{permille // 10}.{permille % 10} %"


def took_ms(sums: Sums, share: float) -> int | None:
    """Return below how many ms this share of the payouts was confirmed, from when it was due.

    Reckoned as if even within a bucket, so it is no exact time; ``None`` of none.
    """
    return round(quantile(sums.buckets, share) * 1_000) if sums.buckets.total() else None


def ms_text(ms: int | None) -> str:
    """Return a time as people say it."""
    if ms is None:
        return "—"
    seconds = ms // 1_000
    if seconds < 1:
        return "< 1 s"
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7_200:
        return f"{seconds // 60} min"
    return f"{seconds // 3_600} h" if seconds < 86_400 else "a day or more"
