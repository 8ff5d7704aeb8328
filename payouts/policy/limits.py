"""Limits: read together, decided on facts, reserved in one statement, given back where taken.

A payout counts against calendar hours and days, in UTC, of the moment it was asked for. Windows
are locked last of all, after payouts, and always in one order, so that nobody waits in a circle.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg.errors import CheckViolation

from lucidpay.errors import ensure
from payouts.models import Payout, RouterType
from payouts.models_limits import LimitKind, Period
from payouts.policy.refusals import (
    Room,
    Window,
    exceeded,
    refusal_of,
    tightest,
    tripped,
)

EXCEEDED = "limit_window_not_exceeded"
# Each round that fails without a reason met somebody who gave back at that very moment.
ROUNDS_MAX = 20
Subject = tuple[str, str]  # the kind of a limit, and whose
# The order of locks, by bytes: no collation of a server's may change it.
ORDER = 'kind COLLATE "C", subject COLLATE "C", period COLLATE "C", starts_at'

READ = """
SELECT asked.kind, asked.subject, coalesce(own.id, general.id) IS NOT NULL,
       CASE WHEN own.id IS NULL THEN general.hourly_micro ELSE own.hourly_micro END,
       CASE WHEN own.id IS NULL THEN general.daily_micro ELSE own.daily_micro END,
       coalesce(own.lifts_router, false), coalesce(hour.used_micro, 0), coalesce(day.used_micro, 0),
       asked.kind = 'router' AND EXISTS (
         SELECT FROM payouts_breakertrip AS trip
          WHERE trip.reset_at IS NULL AND trip.router_type IN ('', asked.subject))
  FROM unnest(%(kinds)s::text[], %(subjects)s::text[]) AS asked(kind, subject)
  LEFT JOIN payouts_limit AS own ON own.kind = asked.kind AND own.subject = asked.subject
  LEFT JOIN payouts_limit AS general ON general.kind = asked.kind AND general.subject = ''
  LEFT JOIN payouts_limitwindow AS hour
         ON hour.kind = asked.kind AND hour.subject = asked.subject
        AND hour.period = 'hour' AND hour.starts_at = %(hour)s
  LEFT JOIN payouts_limitwindow AS day
         ON day.kind = asked.kind AND day.subject = asked.subject
        AND day.period = 'day' AND day.starts_at = %(day)s
"""
RESERVE = f"""
INSERT INTO payouts_limitwindow AS kept (kind, subject, period, starts_at, used_micro, limit_micro)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[],
                     %s::bigint[]) AS asked(kind, subject, period, starts_at, used, most)
 ORDER BY {ORDER}
    ON CONFLICT (kind, subject, period, starts_at)
    DO UPDATE SET used_micro = kept.used_micro + excluded.used_micro,
                  limit_micro = excluded.limit_micro
"""  # noqa: S608 (a constant of this module)
GIVE_BACK = f"""
WITH owed AS (
  SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::bigint[])
           AS owed(kind, subject, period, starts_at, units)),
locked AS (
  SELECT id, owed.units FROM payouts_limitwindow JOIN owed USING (kind, subject, period, starts_at)
   ORDER BY {ORDER} FOR UPDATE OF payouts_limitwindow)
UPDATE payouts_limitwindow AS kept SET used_micro = kept.used_micro - locked.units
  FROM locked WHERE kept.id = locked.id
"""  # noqa: S608 (a constant of this module)


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
    wanted = sorted(set(subjects))
    kinds, names = [kind for kind, _ in wanted], [name for _, name in wanted]
    known: dict[str, Any] = {
        "kinds": kinds,
        "subjects": names,
        "hour": hour_of(now),
        "day": day_of(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, known)
        return {(kind, name): Fact(*rest) for kind, name, *rest in cursor.fetchall()}


# --- Which windows a payout counts against ------------------------------------------------------


def subjects_of(payout: Payout) -> dict[str, str]:
    """Return every kind of limit that can hold for a payout, with whose it would be."""
    found = {
        LimitKind.ROUTER: payout.router_type,
        LimitKind.CALLER: str(payout.owner_id),
        LimitKind.RECIPIENT: payout.recipient_address,
    }
    if payout.key_origin_id is not None:
        found[LimitKind.API_KEY] = payout.key_origin_id.hex
    if payout.router_type == RouterType.DIRECT:
        found[LimitKind.TRUSTED] = payout.recipient_address
    return {kind.value: subject for kind, subject in found.items()}


def kinds_of(payout: Payout, facts: Facts) -> list[str]:
    """Return the kinds of limits that do hold for a payout.

    Routers and keys are always counted, others only while a limit is set: a window for every
    recipient there ever was would be of no use.
    """
    subjects = subjects_of(payout)
    key = facts.get((LimitKind.API_KEY, subjects.get(LimitKind.API_KEY, "")), Fact())
    found = [LimitKind.LIFTED.value if key.lifts_router else LimitKind.ROUTER.value]
    for kind, subject in subjects.items():
        is_counted = kind == LimitKind.API_KEY or facts[(kind, subject)].is_limited
        if kind != LimitKind.ROUTER and is_counted:
            found.append(kind)
    return sorted(found)


def windows_of(payout: Payout) -> list[Window]:
    """Return the windows in which a payout is, or was, reserved."""
    subjects = subjects_of(payout)
    subjects[LimitKind.LIFTED.value] = payout.router_type
    hour, day = hour_of(payout.created_at), day_of(payout.created_at)
    return [
        Window(kind, subjects[kind], period.value, starts_at)
        for kind in payout.limit_kinds
        for period, starts_at in ((Period.HOUR, hour), (Period.DAY, day))
    ]


def sums_of(payouts: Iterable[Payout]) -> dict[Window, int]:
    """Return what these payouts take, or took, from each window, in micro-USDT."""
    sums: Counter[Window] = Counter()
    for payout in payouts:
        for window in windows_of(payout):
            sums[window] += payout.amount_micro
    return dict(sums)


# --- Asking, reserving, giving back -------------------------------------------------------------


@dataclass(frozen=True)
class Claim:
    """What payouts that are about to be stored ask of the windows, and the room there was."""

    payouts: list[Payout]
    rooms: list[Room]
    tripped: list[str]  # routers that an operator has stopped

    def refuse(self) -> None:
        """Raise ``BreakerOpen`` or ``LimitExceeded`` when these payouts do not fit."""
        if self.tripped:
            raise tripped(self.tripped[0])
        error = refusal_of(self.rooms)
        if error is not None:
            raise error


def claim_for(payouts: list[Payout], *, now: datetime) -> Claim:
    """Return what these payouts ask for; each is told whose limits it counts against.

    ``now`` must be the time at which all of them are asked for, their ``created_at``. One
    statement, however many they are. Nothing is reserved yet.
    """
    ensure(all(payout.created_at == now for payout in payouts), "limits of another moment")
    subjects = {pair for payout in payouts for pair in subjects_of(payout).items()}
    facts = facts_of(subjects, now=now)
    for payout in payouts:
        payout.limit_kinds = kinds_of(payout, facts)
    rooms = [_room(window, asked, facts) for window, asked in sums_of(payouts).items()]
    routers = {payout.router_type for payout in payouts}
    stopped = [name for name in sorted(routers) if facts[(LimitKind.ROUTER, name)].is_tripped]
    return Claim(payouts, rooms, stopped)


def _room(window: Window, asked_micro: int, facts: Facts) -> Room:
    # What is lifted has no facts and no limit: it is only counted.
    fact = facts.get((window.kind, window.subject), Fact())
    if window.period == Period.HOUR:
        return Room(window, fact.hourly_micro, fact.hour_used_micro, asked_micro)
    return Room(window, fact.daily_micro, fact.day_used_micro, asked_micro)


def store_within_limits(claim: Claim, write: Callable[[], None]) -> None:
    """Run ``write`` and reserve what was claimed, in one transaction: both or neither.

    ``write`` stores the payouts; it may run again, after all it did was undone. Raises
    ``BreakerOpen`` or ``LimitExceeded`` when others were faster.
    """
    for _ in range(ROUNDS_MAX):
        try:
            with transaction.atomic():
                write()
                reserve(claim)
            return
        except IntegrityError as error:
            if not is_exceeded(error):
                raise
        # The constraint decided; what is found here only words it.
        claim = claim_for(claim.payouts, now=claim.payouts[0].created_at)
        claim.refuse()
    raise exceeded(tightest(claim.rooms))


def reserve(claim: Claim) -> None:
    """Take what was claimed from all windows, in one statement, in the caller's transaction.

    Last of all: whoever comes next waits for the commit. Raises ``IntegrityError`` (see
    ``is_exceeded``) when it does not fit; the transaction is of no use then.
    """
    ensure(transaction.get_connection().in_atomic_block, "a reservation outside a transaction")
    rooms = claim.rooms
    columns = [
        *_columns([room.window for room in rooms]),
        [room.asked_micro for room in rooms],
        [room.limit_micro for room in rooms],
    ]
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, columns)


def is_exceeded(error: IntegrityError) -> bool:
    """Return whether it was a window's constraint that refused."""
    cause = error.__cause__
    return isinstance(cause, CheckViolation) and cause.diag.constraint_name == EXCEEDED


def give_back(payouts: list[Payout]) -> None:
    """Give what these payouts, which pay nothing any more, took back to where it came from.

    Called by the one function that moves a status (``story.advance``), in its transaction: a
    payout ends once, so it is given back once. A window that was cleared is not missed.
    """
    _give_back(sums_of(payouts))


def windows_locked(payouts: list[Payout]) -> None:
    """Lock all windows that these payouts were reserved in.

    For who gives back in two steps of one transaction: each step locks in order, but both
    together would not.
    """
    _give_back(dict.fromkeys(sums_of(payouts), 0))


def _give_back(owed: dict[Window, int]) -> None:
    if not owed:
        return
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [*_columns(list(owed)), list(owed.values())])


def _columns(windows: list[Window]) -> list[list]:
    return [
        [window.kind for window in windows],
        [window.subject for window in windows],
        [window.period for window in windows],
        [window.starts_at for window in windows],
    ]
