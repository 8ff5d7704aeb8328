"""Letting a spender take USDT from a wallet, and taking that back.

An allowance is as good as a payment, and nobody reviews what a spender takes. So only spenders
that whoever runs the platform has named (``USDT_SPENDERS``) are given one.
"""

from django.conf import settings

from lucidpay.errors import FORBIDDEN, LucidError, ValidationFailed
from tron.contracts import Order
from tron.kinds import TxKind, TxStatus
from tron.networks import network
from wallets.models import Wallet, WalletKind
from wallets.models_operation import Operation, OperationStatus
from wallets.services.operate import OperationUnderWay
from wallets.services.operate_prepare import Prepared, operation_prepare


class SpenderNotAllowed(LucidError):
    """This spender is not among USDT_SPENDERS. Whoever runs the platform can add it there."""

    code = FORBIDDEN
    status_code = 403


class SpenderIsWallet(LucidError):
    """A wallet needs no allowance of its own."""

    code = ValidationFailed.code
    status_code = 400


def usdt_approve(*, wallet: Wallet, spender: str, amount_micro: int) -> Prepared:
    """Return an allowance as it can be asked for; 0 takes it back, from whomever.

    One is given to a spender at a time, and none is taken back while one is on its way: of two the
    network decides which comes last. One that people have not signed yet is not on its way; nobody
    who has to take an allowance back waits for them.

    Raises ``SpenderNotAllowed``, ``SpenderIsWallet``, ``OperationUnderWay`` and what
    ``operation_prepare`` raises.
    """
    if spender == wallet.address:
        raise SpenderIsWallet({"spender": ["It is this wallet."]})
    if amount_micro and spender not in settings.USDT_SPENDERS:
        raise SpenderNotAllowed({"spender": ["Not among USDT_SPENDERS."]})
    order = Order(
        TxKind.APPROVE, str(wallet.address), spender, network().usdt_contract, amount_micro
    )
    if not amount_micro:
        _refuse_overtaken(wallet, spender)
        return operation_prepare(wallet, order)
    once_key = f"{TxKind.APPROVE}/{wallet.pk.hex}/{spender}"
    return operation_prepare(wallet, order, once_key=once_key)


def _refuse_overtaken(wallet: Wallet, spender: str) -> None:
    """Raise ``OperationUnderWay`` while an allowance could still come after it was taken back."""
    given = Operation.objects.filter(
        wallet=wallet,
        kind=TxKind.APPROVE,
        recipient=spender,
        amount_micro__gt=0,
        status=OperationStatus.OPEN,
    )
    if wallet.kind != WalletKind.HOT:
        given = given.filter(transaction__status__in=(TxStatus.SIGNED, TxStatus.SENT))
    if given.exists():
        raise OperationUnderWay
