"""A dispute that ends with money going back: each sender gets what they have sent."""

from datetime import datetime

from gateway import story
from gateway.kinds import RefundCause
from gateway.models import Incoming, Payment
from gateway.models_back import Dispute, Leg
from gateway.services.accept import QUESTIONED
from gateway.services.held import free_units
from gateway.services.refund import refund_back
from gateway.states import ENDED, PaymentStatus, RefundStatus
from lucidpay.errors import Conflict

OPEN = (RefundStatus.INITIATED, RefundStatus.PROCESSING)


class PayeeIsPaid(Conflict):
    """The payee is paid, or being paid, of this money. Cancel that payout first, if it can be."""


class NothingToGoBack(Conflict):
    """Nothing of what came in is free to go back."""


def dispute_refund(dispute: Dispute, payment: Payment, by: str, note: str, now: datetime) -> None:
    """Send back what is free of a locked payment whose dispute was just closed.

    Of one that had not ended, that is all that came in: it is ``refunded`` when the last refund
    is paid. Of one that had, what strangers and latecomers have sent; it is again what it was.
    Raises ``PayeeIsPaid`` or ``NothingToGoBack``.
    """
    has_ended = dispute.from_status in ENDED or payment.completed_at is not None
    if not has_ended and payment.accepted_units:
        _take_back(payment)
    left, begun = free_units(payment), 0
    for came in _questioned(dispute, payment):
        if units := min(came.units, left - begun):
            _back(payment, units, came.sender, by, now, came)
            begun += units
    if not has_ended and left > begun:
        _back(payment, left - begun, payment.payer_address, by, now, None)
        begun = left
    if not begun:
        raise NothingToGoBack({"status": payment.status})
    _go_on(dispute, payment, by, note, now, has_ended=has_ended)


def _take_back(payment: Payment) -> None:
    """Let what was to be the payee's be free again: nobody is being paid of it."""
    if Leg.objects.filter(payment=payment, failed=False).exists():
        raise PayeeIsPaid({"status": payment.status})
    payment.accepted_units, payment.leg_micro = 0, 0
    payment.save(update_fields=["accepted_units", "leg_micro"])


def _questioned(dispute: Dispute, payment: Payment) -> list[Incoming]:
    """Return what did not come from the payer in time and is not going back; the disputed first."""
    live = set(RefundStatus) - {RefundStatus.FAILED}
    going = Incoming.objects.filter(payment=payment, refunds__status__in=live)
    rows = Incoming.objects.filter(payment=payment, ruling__in=QUESTIONED)
    found = rows.exclude(pk__in=going.values("pk")).order_by("pk")
    return sorted(found, key=lambda came: came.pk != dispute.incoming_id)


def _back(
    payment: Payment, units: int, recipient: str, by: str, now: datetime, came: Incoming | None
) -> None:
    refund_back(
        payment, cause=RefundCause.DISPUTED, units=units, recipient=recipient, incoming=came,
        by=by, now=now,
    )  # fmt: skip


def _go_on(
    dispute: Dispute, payment: Payment, by: str, note: str, now: datetime, *, has_ended: bool
) -> None:
    if payment.status != PaymentStatus.DISPUTED:
        return
    if has_ended:
        is_completed = payment.completed_at is not None
        to = PaymentStatus.COMPLETED if is_completed else PaymentStatus(dispute.from_status)
        story.advance([payment], to=to, by=by, now=now, note=note)
    elif not payment.refunds.filter(status__in=OPEN).exists():
        # So little that sending would have used it up: it has ended already.
        story.advance([payment], to=PaymentStatus.REFUNDED, by=by, now=now, note=note)
