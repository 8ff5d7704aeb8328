"""Asking again for a refund that failed, by a person."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from gateway.errors import NotRefundable
from gateway.kinds import RefundCause
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Refund
from gateway.services.held import refunds_waiting
from gateway.services.refund import refund_back
from payouts.services.retry import why_safe


def refund_to_repeat(payment: Payment) -> Refund | None:
    """Return the newest refund that has failed and can be asked for again, if there is one."""
    return next(iter(refunds_waiting(payment)), None)


def refund_again(*, payment_id: UUID, by: str, reason: str, now: datetime) -> Refund:
    """Ask again for the newest refund of a payment that has failed and was not asked for again.

    Raises ``NotRefundable`` when there is none, and ``NotSafe`` unless every attempt is proven to
    have paid nothing.
    """
    with transaction.atomic():
        payment = payment_locked(payment_id)
        failed = refund_to_repeat(payment)
        if failed is None:
            raise NotRefundable({"status": payment.status})
        if failed.payout is not None:
            why_safe(failed.payout, now=now)
        refund = refund_back(
            payment, cause=RefundCause(failed.cause), units=failed.units,
            recipient=failed.recipient, incoming=failed.incoming, reason=failed.reason,
            by=f"{by}: {reason}", now=now, repeats=failed,
        )  # fmt: skip
        if failed.cause == RefundCause.REQUESTED:
            payment.refunded_micro += min(
                failed.units if failed.asset == "USDT" else payment.amount_micro,
                payment.amount_micro - payment.refunded_micro,
            )
            payment.save(update_fields=["refunded_micro"])
    return refund
