"""Payments in any status, as they would stand there; their status moves as everybody's does.

Nothing is paid and nothing booked: for tests of what is read of payments.
"""

from datetime import datetime, timedelta
from itertools import count
from uuid import uuid4

from django.db import transaction

from access.models import User
from gateway.kinds import DEPOSITED, Method, Priority
from gateway.models import Payment
from gateway.policy.fees import fee_of, schedule_now
from gateway.states import PaymentStatus
from gateway.story import advance, begin_many
from lucidpay.clock import utc_now
from lucidpay.ids import new_id
from tests import builders
from tests.builders import USDT
from wallets.models_deposit import DepositAccount, DepositAddress

P = PaymentStatus
# How a payment comes to each status.
WAYS: dict[str, tuple[P, ...]] = {
    P.PENDING: (),
    P.PROCESSING: (P.PROCESSING,),
    P.CONFIRMED: (P.CONFIRMED,),
    P.COMPLETED: (P.CONFIRMED, P.COMPLETED),
    P.FAILED: (P.FAILED,),
    P.CANCELLED: (P.CANCELLED,),
    P.REFUNDED: (P.CONFIRMED, P.COMPLETED, P.REFUNDED),
    P.DISPUTED: (P.DISPUTED,),
}
TOOK = timedelta(seconds=70)  # from creation to completion
_indexes = count(1)


def payment(
    owner: User,
    *,
    status: str = P.PENDING,
    at: datetime | None = None,
    amount_micro: int = 25 * USDT,
    method: str = Method.DIRECT,
    reference_id: str | None = None,
    description: str = "",
    took: timedelta = TOOK,
) -> Payment:
    """Return a payment of this owner that was created then and has come to this status."""
    created_at = at or utc_now()
    schedule = schedule_now(now=utc_now())
    fee = fee_of(amount_micro, Priority.NORMAL, method, schedule)
    made = Payment(
        id=new_id(created_at), owner=owner, method=method, payer_address=builders.address(),
        payee_address=builders.address(), amount_micro=amount_micro, fee_micro=fee.fee_micro,
        net_micro=fee.net_micro, fee_schedule=schedule, reference_id=reference_id,
        description=description, deposit=_deposit(created_at) if method in DEPOSITED else None,
        pay_units=amount_micro, body_hash="ab" * 32, request_id=uuid4().hex,
        created_at=created_at, updated_at=created_at,
    )  # fmt: skip
    with transaction.atomic():
        begin_many([made], by=f"user {owner.pk}", details={})
    for step in WAYS[status]:
        move(made, step, at=created_at + took)
    return made


def move(made: Payment, to: P, *, at: datetime) -> None:
    """Move a payment to its next status, with what belongs to it there."""
    changes: tuple[str, ...] = ()
    if to == P.CONFIRMED:
        made.received_units = made.accepted_units = made.pay_units
        made.leg_micro, made.confirmed_at, made.paid_txid = made.net_micro, at, uuid4().hex * 2
        changes = ("received_units", "accepted_units", "leg_micro", "confirmed_at", "paid_txid")
    elif to == P.COMPLETED:
        made.completed_at, changes = at, ("completed_at",)
    elif to == P.REFUNDED:
        made.refunded_micro, changes = made.amount_micro, ("refunded_micro",)
    with transaction.atomic():
        advance([made], to=to, by="tests", now=at, note="tests", changes=changes)


def _deposit(at: datetime) -> DepositAddress:
    account, _ = DepositAccount.objects.get_or_create(
        name="payments of tests", defaults={"network": "sandbox", "created_at": at}
    )
    return DepositAddress.objects.create(
        account=account, index=next(_indexes), address=builders.address(), created_at=at
    )
