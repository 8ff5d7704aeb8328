"""Payments as limits see them: asked for at a moment, by a payer, of an amount."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from access.models import User
from gateway.kinds import Method
from gateway.models import Payment
from gateway.policy.fees import schedule_now
from gateway.policy.limits import check_and_reserve
from gateway.states import PaymentStatus
from gateway.story import advance, begin_many
from tests import builders


def payment(now: datetime, amount_micro: int = builders.USDT, **fields: Any) -> Payment:
    """Return a direct payment that is not stored; ``fields`` as on the row."""
    given: dict[str, Any] = {
        "method": Method.DIRECT,
        "payer_address": builders.address(),
        "payee_address": builders.address(),
        "fee_micro": 0,
        "net_micro": amount_micro,
        "pay_units": amount_micro,
        "body_hash": "0" * 64,
        "request_id": uuid4().hex,
        "updated_at": now,
    }
    return Payment(amount_micro=amount_micro, created_at=now, **{**given, **fields})


def asked_for(owner: User, *payments: Payment) -> list[Payment]:
    """Store payments of one moment and reserve them, in one transaction as ``create`` does."""
    now = payments[0].created_at
    for one in payments:
        one.owner, one.fee_schedule = owner, schedule_now(now=now)
    with transaction.atomic():
        begin_many(list(payments), by="tests", details={})
        check_and_reserve(list(payments), now=now)
    return list(payments)


def move(*payments: Payment, to: PaymentStatus) -> None:
    """Move payments as the gateway does; those that are given up give back what they took."""
    with transaction.atomic():
        advance(list(payments), to=to, by="tests", now=payments[0].created_at, note="")
