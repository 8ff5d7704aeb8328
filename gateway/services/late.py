"""Late money goes back by itself, when operators had their time to accept it."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from gateway.errors import NotAcceptable
from gateway.kinds import RefundCause, Ruling
from gateway.locks import payment_locked
from gateway.models import Incoming, Payment
from gateway.services.accept import payment_accept
from gateway.services.refund import refund_back
from gateway.states import ENDED, PaymentStatus
from lucidpay.errors import InvariantBroken

log = structlog.get_logger(__name__)

CHUNK = 200
BY = "late"


def late_refund(*, now: datetime) -> int:
    """Send late money back that nobody has accepted in time; return how many payments' it was.

    One that could not be sent back waits for a person: it is not tried for ever.
    """
    before = now - timedelta(minutes=settings.LATE_REFUND_AFTER_MINUTES)
    rows = Incoming.objects.filter(
        ruling=Ruling.LATE, at__lte=before, refunds=None, payment__status__in=ENDED
    )
    keys = list(rows.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return sum(_refund(key, now) for key in keys)


def _refund(key: int, now: datetime) -> int:
    found = Incoming.objects.values_list("payment", flat=True).get(pk=key)
    try:
        with transaction.atomic():
            return _send_back(payment_locked(found), Incoming.objects.get(pk=key), now)
    except (InvariantBroken, DatabaseError):
        log.critical("late_money_cannot_go_back", payment=str(found), exc_info=True)
        return 0


def _send_back(payment: Payment, came: Incoming, now: datetime) -> int:
    # Accepted, disputed or refunded meanwhile.
    is_open = came.ruling == Ruling.LATE and not came.refunds.exists()
    if not is_open or payment.status not in ENDED:
        return 0
    refund_back(
        payment, cause=RefundCause.LATE, units=came.units, recipient=came.sender, incoming=came,
        by=BY, now=now,
    )  # fmt: skip
    return 1


def late_accept(*, payment_id: UUID, by: str, reason: str, now: datetime) -> None:
    """Let late money of a payment that has failed count as the payment; the payee will be paid.

    Raises ``TooLittleToAccept``, or ``NotAcceptable`` when it has not failed, or no money of it
    waits.
    """
    with transaction.atomic():
        payment = payment_locked(payment_id)
        waits = Incoming.objects.filter(payment=payment, ruling=Ruling.LATE, refunds=None)
        if payment.status != PaymentStatus.FAILED or not waits.exists():
            raise NotAcceptable({"status": payment.status})
        payment_accept(payment, by=by, note=f"late money was accepted: {reason}"[:300], now=now)
