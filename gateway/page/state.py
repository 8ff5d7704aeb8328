"""The one state that a payer sees a payment in, and what is still to be sent."""

from datetime import datetime
from enum import StrEnum

from gateway.kinds import Method
from gateway.models import Payment
from gateway.page.look import Look
from gateway.states import PaymentStatus


class Seen(StrEnum):
    """What a payer is told; finer than a payment's status where a payer must act otherwise."""

    WAITING = "waiting"
    ROUTED = "routed"
    UNDERPAID = "underpaid"
    SEEN = "seen"
    CONFIRMED = "confirmed"
    COMPLETED = "completed"
    EXPIRED = "expired"
    LATE = "late"
    DISPUTED = "disputed"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    FAILED = "failed"


# The payer may send money. In all others an address would only invite to pay twice, or in vain.
PAYABLE = (Seen.WAITING, Seen.UNDERPAID)
# Statuses that are told as they are.
_TOLD = {
    PaymentStatus.PROCESSING: Seen.SEEN,
    PaymentStatus.CONFIRMED: Seen.CONFIRMED,
    PaymentStatus.COMPLETED: Seen.COMPLETED,
    PaymentStatus.DISPUTED: Seen.DISPUTED,
    PaymentStatus.REFUNDED: Seen.REFUNDED,
}


def state_of(look: Look, *, now: datetime) -> Seen:
    """Return the state a payer is told. A payment that can be paid no more has expired at once,
    before the sweep that ends it.
    """
    payment, came = look.payment, look.came
    if told := _TOLD.get(PaymentStatus(payment.status)):
        return told
    if came.late_units:
        return Seen.LATE
    if payment.status == PaymentStatus.CANCELLED:
        return Seen.CANCELLED
    has_failed = payment.status == PaymentStatus.FAILED
    if is_over(payment, now=payment.updated_at if has_failed else now):
        return Seen.EXPIRED
    return Seen.FAILED if has_failed else _while_pending(look)


def is_over(payment: Payment, *, now: datetime) -> bool:
    """Return whether the time to pay is up."""
    return payment.expires_at is not None and now >= payment.expires_at


def remaining_units(look: Look) -> int:
    """Return what is missing of what the payer owes, of what is solid."""
    return look.payment.pay_units - look.came.counted_units


def _while_pending(look: Look) -> Seen:
    if look.payment.method == Method.ROUTE:
        return Seen.ROUTED
    if remaining_units(look) == 0:
        return Seen.SEEN  # all is there; its status moves with the next sweep
    return Seen.UNDERPAID if look.came.counted_units else Seen.WAITING
