"""Sending TRX from a wallet."""

from lucidpay.errors import LucidError, ValidationFailed
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.resources import is_contract
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


class ToItself(LucidError):
    """This is the wallet's own address. Name another one."""

    code = ValidationFailed.code
    status_code = 400


class ToContract(LucidError):
    """This address is a contract, to which the network forbids plain transfers of TRX."""

    code = ValidationFailed.code
    status_code = 400


def trx_transfer(*, wallet: Wallet, recipient: str, amount_sun: int) -> Prepared:
    """Return a transfer of TRX (sun, above 0) as it can be asked for.

    Raises ``ToItself``, ``ToContract`` and what ``operation_prepare`` raises.
    """
    if recipient == wallet.address:
        raise ToItself({"to_address": ["It is this wallet."]})

    async def check(node: Node) -> None:
        if await is_contract(node, recipient):
            raise ToContract({"to_address": ["It is a contract."]})

    order = Order(TxKind.TRANSFER_TRX, str(wallet.address), recipient, amount=amount_sun)
    return operation_prepare(wallet, order, check)
