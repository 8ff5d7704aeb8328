"""What limits there are, and what the present hour and day have used of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

Subject = tuple[str, str]  # the kind of a limit, and whose

# The limit of one's own goes before the general one, whose subject is empty.
READ = """
SELECT asked.kind, asked.subject, most.id IS NOT NULL AS is_limited,
       hourly_micro, daily_micro, coalesce(lifts_router, false) AS lifts_router,
       coalesce(hour.used_micro, 0) AS hour_used,
       coalesce(day.used_micro, 0) AS day_used,
       asked.kind = 'router' AND EXISTS (
         SELECT FROM payouts_breakertrip
          WHERE reset_at IS NULL AND router_type IN ('', asked.subject)) AS is_tripped
  FROM unnest(%(kinds)s::text[], %(subjects)s::text[]) AS asked(kind, subject)
  LEFT JOIN LATERAL (
         SELECT * FROM payouts_limit AS own
          WHERE own.kind = asked.kind AND own.subject IN (asked.subject, '')
          ORDER BY own.subject DESC LIMIT 1) AS most ON true
  LEFT JOIN payouts_limitwindow AS hour
         ON (hour.kind, hour.subject, hour.period, hour.starts_at)
          = (asked.kind, asked.subject, 'hour', %(hour)s::timestamptz)
  LEFT JOIN payouts_limitwindow AS day
         ON (day.kind, day.subject, day.period, day.starts_at)
          = (asked.kind, asked.subject, 'day', %(day)s::timestamptz)
"""


@dataclass(frozen=True)
class Fact:
    """What is known of one subject: its limits, and what its present hour and day have seen."""

    is_limited: bool = False
    hourly_micro: int | None = None
    daily_micro: int | None = None
    lifts_router: bool = False
    hour_used_micro: int = 0
    day_used_micro: int = 0
    is_tripped: bool = False


Facts = dict[Subject, Fact]


def hour_of(at: datetime) -> datetime:
    """Return the beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    """Return the beginning of the day, in UTC."""
    return hour_of(at).replace(hour=0)


def facts_of(subjects: Iterable[Subject], *, now: datetime) -> Facts:
    """Return what is known of these subjects, in one statement. Nothing is locked."""
    with connection.cursor() as cursor:
        cursor.execute(READ, asking(subjects, now=now))
        return facts_from(cursor.fetchall())


def asking(subjects: Iterable[Subject], *, now: datetime) -> dict[str, Any]:
    """Return the values of ``READ`` for these subjects."""
    wanted = sorted(set(subjects))
    return {
        "kinds": [kind for kind, _ in wanted],
        "subjects": [name for _, name in wanted],
        "hour": hour_of(now),
        "day": day_of(now),
    }


def facts_from(rows: Iterable[Iterable[Any]]) -> Facts:
    """Return what the rows of ``READ`` say."""
    return {(kind, name): Fact(*rest) for kind, name, *rest in rows}
