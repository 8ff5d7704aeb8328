"""What a payer has paid beyond what is kept of it goes back when the payment comes to an end."""

from datetime import datetime

from django.db.models import Sum

from gateway.kinds import RefundCause, RefundSource
from gateway.models import Payment
from gateway.services.refund import refund_back
from gateway.services.watch import counted_units
from gateway.states import RefundStatus


def excess_back(payment: Payment, *, by: str, now: datetime) -> None:
    """Send back what the payer of a locked payment has paid and nobody keeps or sends back yet.

    What a person has to ask for again, as sending it has failed, is not sent by itself.
    """
    excess = counted_units(payment) - payment.accepted_units - _back_units(payment)
    if excess > 0:
        refund_back(
            payment, cause=RefundCause.OVERPAID, units=excess, recipient=payment.payer_address,
            by=by, now=now,
        )  # fmt: skip


def _back_units(payment: Payment) -> int:
    """Return what of the payer's is back or was on its way: not what names whose it was."""
    rows = payment.refunds.filter(source=RefundSource.DEPOSIT, incoming=None)
    told = rows.exclude(status=RefundStatus.FAILED, cause=RefundCause.REQUESTED)
    return int(told.aggregate(units=Sum("units"))["units"] or 0)
