"""The one door through which a payment's status moves, and the story it leaves behind."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from gateway.models import Payment, PaymentEvent
from gateway.policy.limits import GIVEN_UP, give_back
from gateway.representation import payment_bodies
from gateway.states import PAYMENT_ARROWS, PaymentStatus
from lucidpay.errors import InvariantBroken, ensure
from lucidpay.rows import insert, rows_insert, rows_update
from webhooks import outbox
from webhooks.outbox import Fact

CREATED = "payment.created"
# What others are told. A return to pending is our affair. One that is cancelled has failed, to
# whoever waits for it; its body says which.
ANNOUNCED = {
    PaymentStatus.PROCESSING: "payment.started",
    PaymentStatus.CONFIRMED: "payment.confirmed",
    PaymentStatus.COMPLETED: "payment.completed",
    PaymentStatus.FAILED: "payment.failed",
    PaymentStatus.CANCELLED: "payment.failed",
    PaymentStatus.REFUNDED: "payment.refunded",
    PaymentStatus.DISPUTED: "payment.disputed",
}
ASKED_FOR = "asked for"


def begin_many(payments: list[Payment], *, by: str, details: dict[UUID, dict[str, Any]]) -> None:
    """Store new payments, asked for at one moment, each with its first event and announcement."""
    ensure(transaction.get_connection().in_atomic_block, "a payment begins in a transaction")
    ensure(all(one.status == PaymentStatus.PENDING for one in payments), "one begins as pending")
    if not payments:
        return
    now = payments[0].created_at
    # Two requests that share some references would else wait for each other in a circle.
    ordered: list[Payment] = sorted(payments, key=lambda one: one.reference_id or "")
    rows_insert(ordered)
    insert(PaymentEvent, _events(payments, by=by, now=now, note=ASKED_FOR, details=details))
    outbox.record(CREATED, _facts(payments), at=now)


def advance(
    payments: list[Payment],
    *,
    to: PaymentStatus,
    by: str,
    now: datetime,
    note: str,
    details: dict[UUID, dict[str, Any]] | None = None,
    changes: tuple[str, ...] = (),
) -> None:
    """Move payments, locked by the caller, to a status; write an event and an announcement of each.

    ``changes`` names further fields the caller has set on the rows, saved with the status;
    ``details`` gives facts for the event by payment key. Raises ``InvariantBroken`` for an arrow
    that does not exist, and changes nothing then.
    """
    ensure(transaction.get_connection().in_atomic_block, "status change outside a transaction")
    starts = {payment.pk: payment.status for payment in payments}
    for payment in payments:
        if (payment.status, to) not in PAYMENT_ARROWS:
            raise InvariantBroken(f"{payment}: {payment.status} → {to} is no arrow")
    for payment in payments:
        payment.status, payment.updated_at = to, now
    rows_update(payments, ["status", "updated_at", *changes])
    tell(payments, by=by, now=now, note=note, starts=starts, details=details)
    if to in ANNOUNCED:
        outbox.record(ANNOUNCED[to], _facts(payments), at=now)
    if to in GIVEN_UP:
        give_back(payments)


def tell(
    payments: list[Payment],
    *,
    by: str,
    now: datetime,
    note: str,
    starts: dict[UUID, str] | None = None,
    details: dict[UUID, dict[str, Any]] | None = None,
) -> None:
    """Write one event of each payment's story; without ``starts`` its status did not move."""
    told = _events(payments, by=by, now=now, note=note, starts=starts, details=details)
    insert(PaymentEvent, told)


def _facts(payments: list[Payment]) -> list[Fact]:
    bodies = payment_bodies(payments)
    return [Fact(one.pk, one.owner_id, bodies[one.pk]) for one in payments]


def _events(
    payments: list[Payment],
    *,
    by: str,
    now: datetime,
    note: str,
    starts: dict[UUID, str] | None = None,
    details: dict[UUID, dict[str, Any]] | None = None,
) -> list[dict[str, Any]]:
    return [
        {
            "payment_id": payment.pk,
            "from_status": (starts or {}).get(payment.pk, ""),
            "to_status": payment.status,
            "by": by,
            "note": note,
            "details": (details or {}).get(payment.pk),
            "request_id": payment.request_id,
            "at": now,
        }
        for payment in payments
    ]
