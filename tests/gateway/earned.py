"""Payments that are completed, as the gateway leaves them behind: for tests of what follows."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.test import override_settings

from access.models import User
from gateway.kinds import DisputeCause, Method
from gateway.locks import payment_locked
from gateway.models import Payment, PaymentBatch
from gateway.policy.fees import schedule_now
from gateway.services.complete import payment_complete
from gateway.services.dispute import dispute_open
from gateway.services.reconcile import CheckAsked, reconcile_ask
from gateway.services.settle_fees import settlement_make
from gateway.states import PaymentStatus
from gateway.story import advance, begin_many
from lucidpay.clock import utc_now
from lucidpay.ids import new_id
from tests import builders
from wallets.models_deposit import DepositAccount, DepositAddress

FEE = 1_000_000


def payment(owner: User, *, fee_micro: int = FEE, now: datetime | None = None,
            **fields: Any) -> Payment:  # fmt: skip
    """Return a pending payment to a deposit address of its own; ``fields`` of its row."""
    at = now or utc_now()
    method = fields.get("method", Method.GATEWAY)
    amount = fields.pop("amount_micro", 1_000 * builders.USDT)
    is_direct = method == Method.DIRECT
    made = Payment(
        **{
            "id": new_id(at), "owner": owner, "payer_address": builders.address(),
            "payee_address": builders.address(), "amount_micro": amount, "fee_micro": fee_micro,
            "net_micro": amount if is_direct else amount - fee_micro, "pay_units": amount,
            "fee_schedule": schedule_now(now=at), "request_id": uuid4().hex, "created_at": at,
            "updated_at": at, "expires_at": at + timedelta(hours=1),
            "deposit": deposit_address(at) if method == Method.GATEWAY else None,
        }
        | fields
    )  # fmt: skip
    with transaction.atomic():
        begin_many([made], by="tests", details={})
    return Payment.objects.select_related("deposit", "fee_schedule").get(pk=made.pk)


def deposit_address(now: datetime) -> DepositAddress:
    """Return a fresh address at which payers pay."""
    account, _ = DepositAccount.objects.get_or_create(
        name="tests", defaults={"network": "sandbox", "created_at": now}
    )
    index = account.next_index + DepositAddress.objects.count()
    return DepositAddress.objects.create(
        account=account, index=index, address=builders.address(), created_at=now
    )


def completed(owner: User, *, now: datetime | None = None, **fields: Any) -> Payment:
    """Return a payment whose payee is paid, its fee booked. Nothing of it was on a chain."""
    at = now or utc_now()
    made = payment(owner, now=at, **fields)
    with transaction.atomic():
        advance([made], to=PaymentStatus.CONFIRMED, by="tests", now=at, note="tests")
        payment_complete(made, by="tests", note="tests", now=at)
    return made


def what_follows(owner: User) -> dict[str, Any]:
    """Return a row of each model of what follows payments, by ``app_model``."""
    now = utc_now()
    made = completed(owner, now=now - timedelta(hours=1))
    with override_settings(SETTLEMENT_ADDRESS=builders.address()):
        settlement = settlement_make(now=now, only_if_due=False).settlement
    with transaction.atomic():
        dispute = dispute_open(
            payment_locked(made.pk), cause=DisputeCause.RAISED, by="tests", text="odd", now=now
        )
    check = reconcile_ask(CheckAsked(made.pk, owner.pk, "", "month-end", "r", now))
    batch = PaymentBatch.objects.create(
        owner=owner, reference="chairs", total=2, accepted=1, request_id="r", created_at=now
    )
    return {
        "gateway_payment": made,
        "gateway_paymentbatch": batch,
        "gateway_settlement": settlement,
        "gateway_dispute": dispute,
        "gateway_reconciliation": check,
    }
