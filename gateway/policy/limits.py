"""Limits of the gateway: looked at without locks, reserved in one statement, given back by the day.

A payment counts in the calendar day and minute (UTC) in which it was asked for. Windows are locked
last of all, after payments, and always in one order, so that nobody waits in a circle.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from gateway.models import Payment
from gateway.models_limits import GatewayWindow, WindowKind
from gateway.states import PaymentStatus
from lucidpay.api.json import dumps
from lucidpay.clock import iso
from lucidpay.errors import ensure
from lucidpay.money import UNITS_PER_TOKEN, tokens_of
from payouts.policy.refusals import LimitExceeded

EVERYBODY = ""
NAMES = {WindowKind.DAY: "payments_daily", WindowKind.MINUTE: "payments_per_minute"}
WORDS = {WindowKind.DAY: "daily limit", WindowKind.MINUTE: "limit of payments per minute"}
# They have been given up: what they took of their day is free again.
GIVEN_UP = (PaymentStatus.FAILED.value, PaymentStatus.CANCELLED.value)
# The order of locks, by bytes: no collation of a server's may change it.
ORDER = 'kind COLLATE "C", subject COLLATE "C", starts_at'

# What does not fit is left out, and stays locked: what is read of it afterwards is what refused.
RESERVE = f"""
INSERT INTO gateway_gatewaywindow AS kept (kind, subject, starts_at, used, most)
SELECT asked.*
  FROM json_to_recordset(%s::json) AS asked (
         kind text, subject text, starts_at timestamptz, used bigint, most bigint)
 WHERE asked.most IS NULL OR asked.used <= asked.most
 ORDER BY {ORDER}
    ON CONFLICT (starts_at, kind, subject)
    DO UPDATE SET used = kept.used + excluded.used, most = excluded.most
        WHERE excluded.most IS NULL OR kept.used + excluded.used <= excluded.most
RETURNING kind, subject, used
"""  # noqa: S608 (a constant of this module)
# Of a payment that was given up before, and taken up again, nothing is left to give back. A window
# that was cleared away is not missed.
GIVE_BACK = f"""
WITH owed AS (
  SELECT date_trunc('day', created_at, 'UTC') AS starts_at, sum(amount_micro)::bigint AS units
    FROM gateway_payment
   WHERE id = ANY(%(keys)s) AND 1 = (
         SELECT count(*) FROM gateway_paymentevent AS event
          WHERE event.payment_id = gateway_payment.id
            AND event.from_status <> '' AND event.to_status = ANY(%(given_up)s))
   GROUP BY 1),
locked AS (
  SELECT id, owed.units FROM gateway_gatewaywindow JOIN owed USING (starts_at)
   WHERE kind = 'day' ORDER BY {ORDER} FOR UPDATE OF gateway_gatewaywindow)
UPDATE gateway_gatewaywindow AS kept SET used = greatest(0, kept.used - locked.units)
  FROM locked WHERE kept.id = locked.id
"""  # noqa: S608 (a constant of this module)


# --- Looking ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Room:
    """What one window may hold, and what it holds."""

    kind: WindowKind
    limit: int
    used: int
    ends_at: datetime

    @property
    def left(self) -> int:
        """Return what can still be asked for, never below 0."""
        return max(0, self.limit - self.used)

    def refusal(self) -> LimitExceeded:
        """Return the error of a payment that does not fit."""
        facts = {
            "limit_name": NAMES[self.kind],
            "subject": "payments",
            "limit": self._told(self.limit),
            "used": self._told(self.used),
            "remaining": self._told(self.left),
            "resets_at": iso(self.ends_at),
        }
        return LimitExceeded(WORDS[self.kind], facts)

    def _told(self, units: int) -> Any:
        return tokens_of(units) if self.kind == WindowKind.DAY else units


def room_for(amounts: list[int], *, now: datetime) -> list[LimitExceeded | None]:
    """Return for each amount (micro-USDT), in order, why it does not fit; ``None`` if it does.

    One that does not fit takes nothing, so smaller ones after it may. Nothing is locked: what fits
    here can be refused by ``check_and_reserve`` when others were faster.
    """
    day, minute = _rooms(now)
    found: list[LimitExceeded | None] = []
    for amount_micro in amounts:
        refusal = _refusal(amount_micro, day, minute)
        found.append(refusal)
        if refusal is None:
            day = replace(day, used=day.used + amount_micro)
            minute = replace(minute, used=minute.used + 1)
    return found


def fits(amounts: list[int], *, now: datetime) -> list[bool]:
    """Return for each amount whether it fits, as ``room_for`` does."""
    return [refusal is None for refusal in room_for(amounts, now=now)]


def _rooms(now: datetime) -> tuple[Room, Room]:
    day, minute = day_of(now), minute_of(now)
    rows = GatewayWindow.objects.filter(subject=EVERYBODY, starts_at__in={day, minute})
    used = {(kind, at): count for kind, at, count in rows.values_list("kind", "starts_at", "used")}
    return (
        Room(
            WindowKind.DAY,
            settings.PAYMENTS_DAILY_MAX_USDT * UNITS_PER_TOKEN,
            used.get((WindowKind.DAY, day), 0),
            day + timedelta(days=1),
        ),
        Room(
            WindowKind.MINUTE,
            settings.PAYMENTS_PER_MINUTE_MAX,
            used.get((WindowKind.MINUTE, minute), 0),
            minute + timedelta(minutes=1),
        ),
    )


def _refusal(amount_micro: int, day: Room, minute: Room) -> LimitExceeded | None:
    """Return the refusal of one payment, the one first that waiting helps least."""
    if amount_micro > settings.PAYMENT_AMOUNT_MAX_USDT * UNITS_PER_TOKEN:
        return payment_exceeded(amount_micro)
    if amount_micro > day.left:
        return day.refusal()
    return None if minute.left else minute.refusal()


def payment_exceeded(amount_micro: int) -> LimitExceeded:
    """Return the error of a payment that is too large by itself; no waiting helps."""
    most = tokens_of(settings.PAYMENT_AMOUNT_MAX_USDT * UNITS_PER_TOKEN)
    facts = {
        "limit_name": "payment",
        "subject": "payment",
        "limit": most,
        "used": tokens_of(0),
        "asked": tokens_of(amount_micro),
        "remaining": most,
        "resets_at": None,
    }
    return LimitExceeded("payment limit", facts)


# --- Reserving, giving back ---------------------------------------------------------------------


def check_and_reserve(payments: list[Payment], *, now: datetime) -> dict[UUID, str]:
    """Reserve all of these in the caller's transaction, or raise ``LimitExceeded``: then nothing
    of that transaction is kept.

    Returns by key why people must agree before a payee is paid, for those of which it is so. Last
    of all: whoever comes next waits for the commit. ``now`` must be the payments' ``created_at``.
    """
    ensure(transaction.get_connection().in_atomic_block, "a reservation outside a transaction")
    ensure(all(one.created_at == now for one in payments), "limits of another moment")
    for payment in payments:
        if payment.amount_micro > settings.PAYMENT_AMOUNT_MAX_USDT * UNITS_PER_TOKEN:
            raise _undone(payment_exceeded(payment.amount_micro))
    return _reasons(payments, reserve(payments, now=now)) if payments else {}


def reserve(payments: list[Payment], *, now: datetime) -> dict[str, int]:
    """Take what these payments ask of all windows, in one statement, in the caller's transaction.

    Returns how many each payer has asked for in this minute, these included. Raises
    ``LimitExceeded``; the caller's transaction is rolled back then, whatever it does.
    """
    with connection.cursor() as cursor:
        cursor.execute(RESERVE, [dumps(_asked(payments, now))])
        kept = {(kind, subject): used for kind, subject, used in cursor.fetchall()}
    refused = [kind for kind in NAMES if (kind, EVERYBODY) not in kept]
    if refused:
        raise _undone(next(room for room in _rooms(now) if room.kind == refused[0]).refusal())
    return {payer: used for (kind, payer), used in kept.items() if kind == WindowKind.PAYER}


def _asked(payments: list[Payment], now: datetime) -> list[dict[str, Any]]:
    total_micro = sum(payment.amount_micro for payment in payments)
    day_max = settings.PAYMENTS_DAILY_MAX_USDT * UNITS_PER_TOKEN
    minute_max = settings.PAYMENTS_PER_MINUTE_MAX
    payers = Counter(payment.payer_address for payment in payments)
    minute = minute_of(now)
    return [
        _row(WindowKind.DAY, EVERYBODY, day_of(now), total_micro, day_max),
        _row(WindowKind.MINUTE, EVERYBODY, minute, len(payments), minute_max),
        *(_row(WindowKind.PAYER, payer, minute, count, None) for payer, count in payers.items()),
    ]


def _row(
    kind: WindowKind, subject: str, starts_at: datetime, used: int, most: int | None
) -> dict[str, Any]:
    at = starts_at.isoformat()
    return {"kind": kind.value, "subject": subject, "starts_at": at, "used": used, "most": most}


def _undone(refusal: LimitExceeded) -> LimitExceeded:
    """Let nothing of the transaction be kept, also when somebody catches the refusal in it."""
    transaction.set_rollback(True)
    return refusal


def give_back(payments: list[Payment]) -> None:
    """Give back what these, which have just failed or been cancelled, took of their day.

    After ``story.advance``, in its transaction, once and with all of them: it goes by their story,
    so one that is given up a second time gives nothing back again.
    """
    ensure(all(one.status in GIVEN_UP for one in payments), "a payment that may still be paid")
    if not payments:
        return
    values: dict[str, Any] = {"keys": [one.pk for one in payments], "given_up": list(GIVEN_UP)}
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, values)


# --- What people must look at -------------------------------------------------------------------


def _reasons(payments: list[Payment], asked_by: dict[str, int]) -> dict[UUID, str]:
    """Return the reasons by key; of a payer's payments in one call, the last are the too many."""
    coming = Counter(payment.payer_address for payment in payments)
    found = {}
    for payment in payments:
        number = asked_by[payment.payer_address] - coming[payment.payer_address] + 1
        coming[payment.payer_address] -= 1
        reasons = [*_of_amount(payment.amount_micro), *_of_payer(number)]
        if reasons:
            found[payment.pk] = "; ".join(reasons)
    return found


def _of_amount(amount_micro: int) -> list[str]:
    most = settings.PAYMENT_REVIEW_ABOVE_USDT
    return [f"more than {most:,} USDT"] if amount_micro > most * UNITS_PER_TOKEN else []


def _of_payer(number: int) -> list[str]:
    most = settings.PAYER_PER_MINUTE_MAX
    return [f"more than {most} payments from this payer in a minute"] if number > most else []


def minute_of(at: datetime) -> datetime:
    """Return the beginning of the minute, in UTC."""
    return at.astimezone(UTC).replace(second=0, microsecond=0)


def day_of(at: datetime) -> datetime:
    """Return the beginning of the day, in UTC."""
    return minute_of(at).replace(hour=0, minute=0)
