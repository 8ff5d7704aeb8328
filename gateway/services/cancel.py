"""Cancelling a payment that nobody has paid anything for."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from gateway import story
from gateway.errors import NotCancellablePayment
from gateway.kinds import Method
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.services.place import pair_forget
from gateway.services.refund_request import leg_take_back
from gateway.states import PaymentStatus


def payment_cancel(*, payment_id: UUID, by: str, reason: str, now: datetime) -> Payment:
    """Cancel a pending payment, or raise ``NotCancellablePayment`` with its present status.

    Money that comes all the same is late, and goes back. Of a route, the payout is cancelled with
    it, unless that is signed.
    """
    with transaction.atomic():
        payment = payment_locked(payment_id)
        if payment.status != PaymentStatus.PENDING or payment.received_units:
            raise NotCancellablePayment({"status": payment.status})
        leg_take_back(payment, by=by, now=now)
        note = f"cancelled: {reason}" if reason else "cancelled"
        story.advance([payment], to=PaymentStatus.CANCELLED, by=by, now=now, note=note[:300])
        if payment.method == Method.DIRECT:
            pair_forget(payment)
    return payment
