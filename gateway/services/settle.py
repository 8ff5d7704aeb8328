"""Acting on how the payouts of payees ended."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q

from gateway import story
from gateway.kinds import DisputeCause, Method
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Leg
from gateway.services.complete import payment_complete
from gateway.services.dispute import dispute_open
from gateway.services.excess import excess_back
from gateway.states import PaymentStatus
from lucidpay.errors import InvariantBroken
from payouts.models import Payout
from payouts.states import FINAL, Status

log = structlog.get_logger(__name__)

CHUNK = 200
BY = "gateway"


def legs_settle(*, now: datetime) -> int:
    """Act on the next payouts of payees that have ended; return how many were.

    A payout that has ended never leaves its end, so it is read without a lock. One that cannot be
    acted on, which takes a broken invariant, waits for a person and stops no other.
    """
    ended = Q(payout__status__in=FINAL)
    begun = Q(payout__status=Status.PROCESSING, payment__status=PaymentStatus.PENDING)
    due = Leg.objects.filter(ended | begun, ended_at=None).order_by("pk")
    return sum(_settle(key, now) for key in list(due.values_list("pk", flat=True)[:CHUNK]))


def _settle(key: int, now: datetime) -> int:
    try:
        with transaction.atomic():
            payment = payment_locked(_payment_of(key))
            leg = Leg.objects.select_related("payout__transaction").get(pk=key)
            if leg.ended_at is None:
                _act(payment, leg, now)
    except (InvariantBroken, DatabaseError):
        log.critical("leg_cannot_be_settled", leg=key, exc_info=True)
        return 0
    return 1


def _payment_of(key: int) -> UUID:
    return Leg.objects.values_list("payment", flat=True).get(pk=key)


def _act(payment: Payment, leg: Leg, now: datetime) -> None:
    payout = leg.payout
    if payout.status not in FINAL:
        _begun(payment, now)
        return
    leg.ended_at, leg.failed = now, payout.status != Status.CONFIRMED
    leg.save(update_fields=["ended_at", "failed"])
    if payout.status == Status.CONFIRMED:
        _paid(payment, payout, now)
    elif payment.method == Method.ROUTE:
        _route_ended(payment, payout, now)
    else:
        _ask(payment, payout, now)


def _begun(payment: Payment, now: datetime) -> None:
    """Say of a route that its payout is signed: that is all the payer does."""
    if payment.status == PaymentStatus.PENDING:
        note = "the payer's wallet has signed"
        story.advance([payment], to=PaymentStatus.PROCESSING, by=BY, now=now, note=note)


def _paid(payment: Payment, payout: Payout, now: datetime) -> None:
    if payment.method == Method.ROUTE:
        _begun(payment, now)
        payment.confirmed_at = now
        payment.paid_txid = payout.transaction.txid if payout.transaction else ""
        story.advance(
            [payment], to=PaymentStatus.CONFIRMED, by=BY, now=now,
            note="the transfer stands in a solid block", changes=("confirmed_at", "paid_txid"),
        )  # fmt: skip
    payment_complete(payment, by=BY, note="the payee is paid", now=now)
    excess_back(payment, by=BY, now=now)


def _route_ended(payment: Payment, payout: Payout, now: datetime) -> None:
    is_cancelled = payout.status == Status.CANCELLED
    payment.error_code, payment.error_message = payout.error_code, payout.error_message
    story.advance(
        [payment],
        to=PaymentStatus.CANCELLED if is_cancelled else PaymentStatus.FAILED,
        by=BY,
        now=now,
        note=f"its payout has {payout.status}" if not is_cancelled else "its payout was cancelled",
        changes=("error_code", "error_message"),
    )


def _ask(payment: Payment, payout: Payout, now: datetime) -> None:
    """Ask a person what is to become of money whose payee could not be paid."""
    is_failed = payout.status == Status.FAILED
    dispute_open(
        payment,
        cause=DisputeCause.LEG_FAILED if is_failed else DisputeCause.LEG_REJECTED,
        by=BY,
        text=payout.error_message or f"{payout.public_id} was cancelled or rejected.",
        now=now,
    )
