"""From the payer's solid money to the payee's turn."""

from datetime import datetime

from gateway import story
from gateway.kinds import Ruling
from gateway.models import Incoming, Payment
from gateway.states import PaymentStatus


def payment_confirm(payment: Payment, *, by: str, note: str, now: datetime) -> None:
    """Let a locked payment be the payee's: from here on its money is theirs, less the fee.

    The caller answers for the money: that what came in and is promised to nobody covers it. The
    database refuses it otherwise.
    """
    last = Incoming.objects.filter(payment=payment, ruling=Ruling.COUNTED).order_by("-pk").first()
    payment.paid_txid = last.txid if last else ""
    payment.accepted_units, payment.leg_micro = payment.pay_units, payment.net_micro
    payment.confirmed_at, payment.error_code, payment.error_message = now, "", ""
    if payment.status == PaymentStatus.PENDING:
        story.advance(
            [payment], to=PaymentStatus.PROCESSING, by=by, now=now, note="the money was seen"
        )
    story.advance(
        [payment],
        to=PaymentStatus.CONFIRMED,
        by=by,
        now=now,
        note=note,
        details={payment.pk: {"txid": payment.paid_txid, "leg_micro": payment.leg_micro}},
        changes=(
            "paid_txid", "accepted_units", "leg_micro", "confirmed_at", "error_code",
            "error_message",
        ),
    )  # fmt: skip
