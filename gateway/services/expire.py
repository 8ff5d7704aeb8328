"""The end of payments that were not paid in time, as the chain tells the time."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from gateway import story
from gateway.kinds import Method, RefundCause
from gateway.locks import payments_locked
from gateway.models import Payment
from gateway.services.held import counted_units
from gateway.services.place import OPEN, pair_forget
from gateway.services.refund import refund_back
from gateway.states import PaymentStatus
from lucidpay.clock import from_ms
from lucidpay.errors import TRANSACTION_FAILED, InvariantBroken
from lucidpay.money import tokens_of
from tron.cursor import cursor_here
from tron.models import ChainFlow
from wallets.models_deposit import Deposit

log = structlog.get_logger(__name__)

CHUNK = 200
BY = "expiry"


def payments_expire(*, now: datetime) -> int:
    """End the next payments that can no longer be paid in time; return how many were.

    Not by our clock but by the chain's: a solid block from after the expiry was read, and all
    that came until then is acted upon. So nobody is told "expired" who has paid in time. What
    came in short of the amount goes back. One that cannot be ended stops no other.
    """
    cursor = cursor_here()
    if cursor is None:
        return 0
    due = list(_due(from_ms(cursor.time_ms)).values_list("pk", flat=True)[:CHUNK])
    return sum(_expire_alone(key, now) for key in due)


def _expire_alone(key: UUID, now: datetime) -> int:
    try:
        with transaction.atomic():
            payment = payments_locked([key])[key]
            if payment.status not in OPEN:
                return 0
            _expire(payment, now)
    except (InvariantBroken, DatabaseError):
        log.critical("payment_cannot_expire", payment=str(key), exc_info=True)
        return 0
    return 1


def _due(solid_at: datetime) -> QuerySet[Payment]:
    to = Coalesce("deposit__address", "payee_address")
    unread = ChainFlow.objects.filter(recipient=OuterRef("paid_at"), booked_at=None)
    untaken = Deposit.objects.filter(address=OuterRef("deposit"), taken_at=None, is_ours=False)
    rows = Payment.objects.filter(status__in=OPEN, expires_at__lt=solid_at)
    rows = rows.annotate(paid_at=to).filter(~Exists(unread), ~Exists(untaken))
    return rows.order_by("expires_at")


def _expire(payment: Payment, now: datetime) -> None:
    units = counted_units(payment)
    currency = payment.pay_currency
    payment.error_code = TRANSACTION_FAILED
    payment.error_message = (
        f"Expired: {tokens_of(units)} of {tokens_of(payment.pay_units)} {currency} came in time."
    )
    story.advance(
        [payment],
        to=PaymentStatus.FAILED,
        by=BY,
        now=now,
        note="expired",
        changes=("error_code", "error_message"),
    )
    if payment.method == Method.DIRECT:
        pair_forget(payment)
    elif units:
        refund_back(
            payment, cause=RefundCause.UNDERPAID, units=units, recipient=payment.payer_address,
            by=BY, now=now,
        )  # fmt: skip
