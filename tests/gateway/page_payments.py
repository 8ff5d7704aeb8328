"""Payments as the payer's page meets them, in any state, without the parts that bring them there.

What those would have written is written here: rows of what came in, and moves of the status
through ``gateway.story``. Amounts are base units.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from gateway.kinds import DEPOSITED, Method, Priority, Ruling
from gateway.models import Incoming, Payment
from gateway.models_fees import Rate
from gateway.policy.fees import fee_of, schedule_now
from gateway.states import PaymentStatus
from gateway.story import advance, begin_many
from lucidpay.clock import utc_now
from tests import builders
from tests.builders import USDT
from tests.deposits import deposit_account_create, deposit_address_next
from tron.models import ScanCursor
from tron.networks import network
from wallets.kinds import Asset
from wallets.models_deposit import DepositAccount, DepositAddress
from wallets.services.deposits import seeds_make

S = PaymentStatus
HEAD = 61_000_000
# The statuses a payment goes through on its way to another.
WAYS = {
    S.PENDING: (),
    S.PROCESSING: (S.PROCESSING,),
    S.CONFIRMED: (S.PROCESSING, S.CONFIRMED),
    S.COMPLETED: (S.PROCESSING, S.CONFIRMED, S.COMPLETED),
    S.REFUNDED: (S.CONFIRMED, S.REFUNDED),
    S.FAILED: (S.FAILED,),
    S.CANCELLED: (S.CANCELLED,),
    S.DISPUTED: (S.DISPUTED,),
}


def deposit_address(now: datetime) -> DepositAddress:
    """Return an address that was handed out for a payment."""
    account = DepositAccount.objects.first()
    if account is None:
        account = deposit_account_create(name="page", now=now)
        seeds_make()
    return deposit_address_next(account_id=account.pk, now=now)


def payment(
    *,
    method: Method = Method.GATEWAY,
    status: PaymentStatus = S.PENDING,
    amount_micro: int = 12_500_000,
    ends_in_s: float | None = 3600,
    now: datetime | None = None,
    **fields: Any,
) -> Payment:
    """Return a payment of a new owner in this status; a swap is paid in TRX, at 0.25 USDT each."""
    at = now or utc_now()
    fee = fee_of(amount_micro, Priority.NORMAL, method, schedule_now(now=at))
    is_swap = method == Method.SWAP
    made = Payment(
        owner=builders.user(), method=method, payer_address=builders.address(),
        payee_address=builders.address(), amount_micro=amount_micro, fee_micro=fee.fee_micro,
        net_micro=fee.net_micro, fee_schedule=fee.schedule,
        deposit=deposit_address(at) if method in DEPOSITED else None,
        pay_currency=Asset.TRX if is_swap else Asset.USDT,
        pay_units=amount_micro * 4 if is_swap else amount_micro,
        rate=_rate(at) if is_swap else None,
        expires_at=None if ends_in_s is None else at + timedelta(seconds=ends_in_s),
        body_hash="ab" * 32, request_id=uuid4().hex, created_at=at, updated_at=at,
    )  # fmt: skip
    for name, value in fields.items():
        setattr(made, name, value)
    with transaction.atomic():
        begin_many([made], by="tests", details={})
    for step in WAYS[status]:
        move(made, step)
    return made


def _rate(now: datetime) -> Rate:
    return Rate.objects.create(
        micro_per_trx=USDT // 4, source=Rate.Source.MANUAL, by="tests", at=now,
        expires_at=now + timedelta(days=1),
    )  # fmt: skip


def move(made: Payment, to: PaymentStatus, **changes: Any) -> None:
    """Let a payment take one step, with further fields of its row."""
    with transaction.atomic():
        row = Payment.objects.select_for_update(of=("self",)).get(pk=made.pk)
        for name, value in changes.items():
            setattr(row, name, value)
        advance([row], to=to, by="tests", now=utc_now(), note="tests", changes=tuple(changes))
    made.refresh_from_db()


def came(
    made: Payment,
    units: int,
    ruling: Ruling = Ruling.COUNTED,
    *,
    asset: str = "",
    sender: str = "",
) -> Incoming:
    """Write that money came in for a payment, and what it was taken for."""
    row = Incoming.objects.create(
        payment=made, txid=uuid4().hex * 2, log_index=0, asset=asset or made.pay_currency,
        units=units, sender=sender or made.payer_address, block_number=HEAD,
        block_time_ms=builders.CHAIN_TIME_MS, ruling=ruling, at=utc_now(),
    )  # fmt: skip
    if ruling != Ruling.STRAY:
        Payment.objects.filter(pk=made.pk).update(received_units=made.received_units + units)
        made.refresh_from_db()
    return row


def chain_at(head_number: int) -> None:
    """Write that the scanner has seen this head."""
    ScanCursor.objects.update_or_create(
        genesis_id=network().genesis_id,
        defaults={
            "first_number": 1, "number": head_number - 19, "block_id": "ab" * 32, "time_ms": 1,
            "agreed_number": head_number - 19, "solid_number": head_number - 19,
            "head_number": head_number, "head_time_ms": 1, "node": "tests", "seen_at": utc_now(),
        },
    )  # fmt: skip
