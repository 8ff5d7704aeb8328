"""Limits: read together, decided on facts, reserved in one statement, given back where taken.

A payout counts against calendar hours and days, in UTC, of the moment it was asked for. Windows
are locked last of all, after payouts, and always in one order, so that nobody waits in a circle.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction

from lucidpay.api.json import dumps
from lucidpay.errors import ensure
from lucidpay.sql import constraint_of
from payouts.models import Origin, Payout, RouterType
from payouts.models_limits import LimitKind, Period
from payouts.policy.refusals import (
    Room,
    Window,
    exceeded,
    refusal_of,
    tightest,
    tripped,
)
from payouts.policy.used import Fact, Facts, Subject, day_of, facts_of, hour_of

EXCEEDED = "limit_window_not_exceeded"
# Each round that fails without a reason met somebody who gave back at that very moment.
ROUNDS_MAX = 20
# What a review asks of a caller's day is read from there as well.
COUNTED = (LimitKind.API_KEY, LimitKind.CALLER)
# The order of locks, by bytes: no collation of a server's may change it.
ORDER = 'kind COLLATE "C", subject COLLATE "C", period COLLATE "C", starts_at'

# {where} keeps it back while what it belongs to is not stored.
RESERVE = f"""
INSERT INTO payouts_limitwindow AS kept (kind, subject, period, starts_at, used_micro, limit_micro)
SELECT asked.*
  FROM json_to_recordset(%(rooms)s::json) AS asked (
         kind text, subject text, period text, starts_at timestamptz, used bigint, most bigint)
       {{where}}
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
    if payout.origin == Origin.TRANSFER:
        found[LimitKind.TRANSFER] = payout.wallet_id.hex
    elif payout.router_type == RouterType.DIRECT:
        found[LimitKind.TRUSTED] = payout.recipient_address
    return {kind.value: subject for kind, subject in found.items()}


def kinds_of(payout: Payout, facts: Facts) -> list[str]:
    """Return the kinds of limits that do hold for a payout.

    Routers, keys and callers are always counted, others only while a limit is set: a window for
    every recipient there ever was would be of no use.
    """
    subjects = subjects_of(payout)
    key = facts.get((LimitKind.API_KEY, subjects.get(LimitKind.API_KEY, "")), Fact())
    found = [LimitKind.LIFTED.value if key.lifts_router else LimitKind.ROUTER.value]
    if key.lifts_router:
        subjects.pop(LimitKind.TRANSFER.value, None)
    for kind, subject in subjects.items():
        is_counted = kind in COUNTED or facts[(kind, subject)].is_limited
        if kind != LimitKind.ROUTER and is_counted:
            found.append(kind)
    return sorted(found)


def windows_of(payout: Payout) -> list[Window]:
    """Return the windows in which a payout is, or was, reserved."""
    hour = hour_of(payout.created_at)
    return [one for kind, subject in _counted(payout) for one in _windows(kind, subject, hour)]


def _counted(payout: Payout) -> list[Subject]:
    subjects = subjects_of(payout)
    subjects[LimitKind.LIFTED.value] = payout.router_type
    return [(kind, subjects[kind]) for kind in payout.limit_kinds]


def _windows(kind: str, subject: str, hour: datetime) -> tuple[Window, Window]:
    return (
        Window(kind, subject, Period.HOUR.value, hour),
        Window(kind, subject, Period.DAY.value, day_of(hour)),
    )


def sums_of(payouts: Iterable[Payout]) -> dict[Window, int]:
    """Return what these payouts take, or took, from each window, in micro-USDT."""
    hours: Counter[tuple[str, str, datetime]] = Counter()
    for payout in payouts:
        hour = hour_of(payout.created_at)
        for kind, subject in _counted(payout):
            hours[(kind, subject, hour)] += payout.amount_micro
    sums: Counter[Window] = Counter()
    for (kind, subject, hour), micro in hours.items():
        for window in _windows(kind, subject, hour):
            sums[window] += micro
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
    subjects = {pair for payout in payouts for pair in subjects_of(payout).items()}
    return claim_of(payouts, facts_of(subjects, now=now), now=now)


def claim_of(payouts: list[Payout], facts: Facts, *, now: datetime) -> Claim:
    """Return what these payouts ask for, as ``claim_for`` does, with the facts known already."""
    ensure(all(payout.created_at == now for payout in payouts), "limits of another moment")
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
    with connection.cursor() as cursor:
        cursor.execute(RESERVE.format(where=""), reserving(claim.rooms))


def reserving(rooms: list[Room]) -> dict[str, Any]:
    """Return the values of ``RESERVE`` for these rooms."""
    told = [
        {
            "kind": room.window.kind,
            "subject": room.window.subject,
            "period": room.window.period,
            "starts_at": room.window.starts_at.isoformat(),
            "used": room.asked_micro,
            "most": room.limit_micro,
        }
        for room in rooms
    ]
    return {"rooms": dumps(told)}


def is_exceeded(error: IntegrityError) -> bool:
    """Return whether it was a window's constraint that refused."""
    return constraint_of(error) == EXCEEDED


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
