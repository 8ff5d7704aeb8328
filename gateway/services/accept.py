"""Accepting, by a person, money that came late or from a stranger."""

from datetime import datetime

from django.db.models import Sum

from gateway import story
from gateway.errors import TooLittleToAccept
from gateway.kinds import Ruling
from gateway.models import Incoming, Payment
from gateway.services.confirm import payment_confirm
from gateway.services.held import free_units
from gateway.states import PaymentStatus, RefundStatus

QUESTIONED = (Ruling.LATE, Ruling.STRANGER)


def payment_accept(payment: Payment, *, by: str, note: str, now: datetime) -> None:
    """Let all that came in for a locked payment, and is not on its way back, count as the payment.

    For one that has failed for want of it, or is disputed. Raises ``TooLittleToAccept`` when it
    does not cover what the payment asks for. One whose payee could not be paid gets a new leg; one
    whose payee is paid is completed again.
    """
    if payment.accepted_units:
        _go_on(payment, by=by, note=note, now=now)
        return
    rows = Incoming.objects.filter(payment=payment, ruling__in=(*QUESTIONED, Ruling.COUNTED))
    free = rows.exclude(
        pk__in=Incoming.objects.filter(
            payment=payment, refunds__status__in=set(RefundStatus) - {RefundStatus.FAILED}
        ).values("pk")
    )
    units = free.aggregate(units=Sum("units"))["units"] or 0
    has = min(units, free_units(payment))
    if has < payment.pay_units:
        raise TooLittleToAccept({"received": has, "asked": payment.pay_units})
    counted = list(free.filter(ruling__in=QUESTIONED).values_list("pk", flat=True))
    Incoming.objects.filter(pk__in=counted).update(ruling=Ruling.COUNTED)
    payment_confirm(payment, by=by, note=note, now=now)


def _go_on(payment: Payment, *, by: str, note: str, now: datetime) -> None:
    to = PaymentStatus.COMPLETED if payment.completed_at else PaymentStatus.CONFIRMED
    story.advance([payment], to=to, by=by, now=now, note=note)
