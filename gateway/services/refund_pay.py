"""Paying refunds: USDT by a payout, TRX by an operation, each refund once."""

from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction

from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Refund
from gateway.services.pay import details_of, leg_payout
from gateway.states import RefundStatus
from lucidpay.errors import LucidError
from payouts.models import Origin, RouterType
from payouts.services.request import paying_wallet
from payouts.story import begin
from tron.contracts import Order
from tron.models import TxKind
from wallets.kinds import Asset
from wallets.services.operate import BACK, Asker, Cost, operation_request

log = structlog.get_logger(__name__)

CHUNK = 200
BY = "gateway"
# A transfer of TRX burns its bytes at 1,000 sun each, and 1.1 TRX when it makes the account
# (java-tron: getTransactionFee, getCreateNewAccountFeeInSystemContract, getCreateAccountFee).
TRX_COST = Cost(burn_max_sun=1_400_000)


def refunds_pay(*, now: datetime) -> int:
    """Ask for the payouts and operations of refunds that have none; return how many were.

    Written with the refund's row in one transaction, under its payment's lock: whoever looks, and
    whenever a worker dies, there is one of each or none.
    """
    rows = Refund.objects.filter(status=RefundStatus.INITIATED, payout=None, operation=None)
    # Each for itself: refunds in TRX that wait for TRX hold up nobody else.
    due = [rows.filter(asset=asset).order_by("pk")[:CHUNK] for asset in Asset.values]
    keys = [key for one in due for key in one.values_list("pk", flat=True)]
    return sum(_pay(key, now) for key in keys)


def _pay(key: UUID, now: datetime) -> int:
    payment_id = Refund.objects.values_list("payment", flat=True).get(pk=key)
    try:
        with transaction.atomic():
            payment = payment_locked(payment_id)
            refund = Refund.objects.select_for_update().get(pk=key)
            if refund.payout_id or refund.operation_id or refund.status != RefundStatus.INITIATED:
                return 0
            if refund.asset == Asset.TRX:
                _operate(refund, now)
            else:
                _payout(payment, refund, now)
            refund.save(update_fields=["payout", "operation"])
    except LucidError as error:
        log.warning("refund_waits", refund=str(key), error=str(error))
        return 0
    return 1


def _payout(payment: Payment, refund: Refund, now: datetime) -> None:
    payout = leg_payout(payment, Origin.REFUND, refund.recipient, refund.paid_units, now)
    details = {**details_of(payment, payout), "refund_id": refund.public_id}
    begin(payout, by=BY, details=details)
    refund.payout = payout


def _operate(refund: Refund, now: datetime) -> None:
    wallet = paying_wallet(RouterType.GATEWAY)
    refund.operation = operation_request(
        wallet_id=wallet.pk,
        order=Order(
            kind=TxKind.TRANSFER_TRX,
            sender=str(wallet.address),
            recipient=refund.recipient,
            amount=refund.paid_units,
        ),
        cost=TRX_COST,
        asker=Asker(BY, request_id=refund.request_id),
        now=now,
        once_key=f"{BACK}{refund.pk.hex}",
    )
