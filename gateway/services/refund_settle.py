"""Acting on how refunds ended."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q

from gateway import story
from gateway.kinds import RefundCause, RefundSource
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Refund
from gateway.services import book
from gateway.services.excess import excess_back
from gateway.states import PaymentStatus, RefundStatus
from lucidpay.errors import InvariantBroken
from payouts.states import Status
from wallets import ledger
from wallets.kinds import Asset
from wallets.models_operation import OperationStatus

log = structlog.get_logger(__name__)

CHUNK = 200
BY = "gateway"
OPEN = (RefundStatus.INITIATED, RefundStatus.PROCESSING)
# What a payout's or an operation's status says of its refund.
SAYS = {
    Status.PENDING: RefundStatus.INITIATED,
    Status.PROCESSING: RefundStatus.PROCESSING,
    Status.CONFIRMED: RefundStatus.COMPLETED,
    Status.FAILED: RefundStatus.FAILED,
    Status.CANCELLED: RefundStatus.FAILED,
}
OPERATION_SAYS = {
    OperationStatus.OPEN: RefundStatus.PROCESSING,
    OperationStatus.CONFIRMED: RefundStatus.COMPLETED,
    OperationStatus.FAILED: RefundStatus.FAILED,
}
REFUNDABLE = (PaymentStatus.CONFIRMED, PaymentStatus.COMPLETED, PaymentStatus.DISPUTED)


def refunds_settle(*, now: datetime) -> int:
    """Act on the next refunds whose payout or operation has moved; return how many had."""
    moved = Q(status=RefundStatus.INITIATED) & ~Q(payout__status=Status.PENDING)
    moved |= Q(status=RefundStatus.PROCESSING) & ~Q(payout__status=Status.PROCESSING)
    rows = Refund.objects.filter(status__in=OPEN, payout__isnull=False).filter(moved)
    by_operation = Refund.objects.filter(status__in=OPEN, operation__isnull=False).exclude(
        status=RefundStatus.PROCESSING, operation__status=OperationStatus.OPEN
    )
    keys = [*rows.values_list("pk", flat=True)[:CHUNK],
            *by_operation.values_list("pk", flat=True)[:CHUNK]]  # fmt: skip
    return sum(_settle(key, now) for key in sorted(keys))


def _settle(key: UUID, now: datetime) -> int:
    payment_id = Refund.objects.values_list("payment", flat=True).get(pk=key)
    try:
        with transaction.atomic():
            payment = payment_locked(payment_id)
            refund = Refund.objects.select_related("payout", "operation").get(pk=key)
            return _act(payment, refund, now)
    except (InvariantBroken, DatabaseError):
        log.critical("refund_cannot_be_settled", refund=str(key), exc_info=True)
        return 0


def _act(payment: Payment, refund: Refund, now: datetime) -> int:
    says = _says(refund)
    if says in (None, refund.status) or refund.status not in OPEN:
        return 0
    refund.status = says
    if says in OPEN:
        refund.save(update_fields=["status"])
        return 1
    refund.ended_at = now
    if says == RefundStatus.COMPLETED:
        refund.save(update_fields=["status", "ended_at"])
        _completed(payment, refund, now)
    else:
        refund.error_message = _why(refund)
        refund.save(update_fields=["status", "ended_at", "error_message"])
        _failed(payment, refund, now)
    return 1


def _says(refund: Refund) -> RefundStatus | None:
    if refund.payout is not None:
        return SAYS[Status(refund.payout.status)]
    if refund.operation is not None:
        return OPERATION_SAYS[OperationStatus(refund.operation.status)]
    return None


def _why(refund: Refund) -> str:
    by = refund.payout or refund.operation
    return by.error_message or "It was cancelled." if by else ""


def _completed(payment: Payment, refund: Refund, now: datetime) -> None:
    if bookings := book.refunded(refund):
        ledger.book(bookings, at=now)
    note = "a refund was paid"
    if _is_whole(payment):
        # What was paid beyond the amount would else stay: no payee is paid who lets it go.
        excess_back(payment, by=BY, now=now)
    if _is_whole(payment):
        facts = {payment.pk: {"refund_id": refund.public_id}}
        story.advance(
            [payment], to=PaymentStatus.REFUNDED, by=BY, now=now,
            note=f"{note}: all of it is back", details=facts,
        )  # fmt: skip
    else:
        _tell(payment, refund, note, now)


def _is_whole(payment: Payment) -> bool:
    """Return whether all of a payment went back, and nothing is still on its way."""
    if payment.status not in REFUNDABLE or payment.refunds.filter(status__in=OPEN).exists():
        return False
    if payment.refunded_micro == payment.amount_micro:
        # Accepted, and not paid yet: other money than what went back, and the payee's.
        return payment.completed_at is not None or not payment.accepted_units
    is_disputed = payment.status == PaymentStatus.DISPUTED and not payment.accepted_units
    return is_disputed and payment.refunding_units == payment.received_units


def _failed(payment: Payment, refund: Refund, now: datetime) -> None:
    """Give back what the refund had taken: its payer has nothing yet, and a person must look."""
    if refund.source == RefundSource.MERCHANT:
        ledger.book([book.covered(refund, payment.owner_id, back=True)], at=now)
    else:
        payment.refunding_units -= refund.units
    if refund.cause == RefundCause.REQUESTED:
        payment.refunded_micro -= _asked_micro(payment, refund)
    payment.save(update_fields=["refunding_units", "refunded_micro"])
    log.critical("refund_failed", refund=refund.public_id, payment=payment.public_id)
    _tell(payment, refund, f"a refund failed: {refund.error_message}"[:300], now)


def _asked_micro(payment: Payment, refund: Refund) -> int:
    """Return the part of the amount that a refund stood for; a swap's is in TRX, and whole."""
    return refund.units if refund.asset == Asset.USDT else payment.amount_micro


def _tell(payment: Payment, refund: Refund, note: str, now: datetime) -> None:
    facts = {payment.pk: {"refund_id": refund.public_id, "status": refund.status}}
    story.tell([payment], by=BY, now=now, note=note, details=facts)
