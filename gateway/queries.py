"""Reading payments."""

from django.db.models import QuerySet

from access.caller import Caller
from gateway.errors import PaymentNotFound
from gateway.models import Payment
from lucidpay.ids import parse_public_id


def payments_visible_to(caller: Caller) -> QuerySet[Payment]:
    """Return the payments that exist for this caller, with what their representation needs."""
    rows = Payment.objects.select_related("deposit", "fee_schedule")
    return rows if caller.sees_all else rows.filter(owner_id=caller.user_id)


def payment_visible_to(caller: Caller, payment_id: str) -> Payment:
    """Return one payment, or raise ``PaymentNotFound``: also for other people's and odd ids."""
    key = parse_public_id("pay", payment_id)
    payment = payments_visible_to(caller).filter(pk=key).first() if key else None
    if payment is None:
        raise PaymentNotFound
    return payment
