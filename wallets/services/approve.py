"""Letting a spender take USDT from a wallet, and taking that back.

An allowance is as good as a payment, and nobody reviews what a spender takes. So only spenders
that whoever runs the platform has named (``USDT_SPENDERS``) are given one.
"""

from django.conf import settings

from lucidpay.errors import FORBIDDEN, LucidError, ValidationFailed
from tron.contracts import Order
from tron.kinds import TxKind
from tron.networks import network
from wallets.models import Wallet
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

    Raises ``SpenderNotAllowed``, ``SpenderIsWallet`` and what ``operation_prepare`` raises.
    """
    if spender == wallet.address:
        raise SpenderIsWallet({"spender": ["It is this wallet."]})
    if amount_micro and spender not in settings.USDT_SPENDERS:
        raise SpenderNotAllowed({"spender": ["Not among USDT_SPENDERS."]})
    order = Order(
        TxKind.APPROVE, str(wallet.address), spender, network().usdt_contract, amount_micro
    )
    return operation_prepare(wallet, order)
