"""Staking again what is on its way out."""

from lucidpay.errors import Conflict
from staking.under_way import alone
from tron.account import account_of
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


class NothingUnstaking(Conflict):
    """Nothing is on its way out of a stake of this wallet."""


def unstake_cancel(*, wallet: Wallet) -> Prepared:
    """Return the order to stake again all that is being unstaked; what has matured is paid out.

    One is open at a time. Raises ``NothingUnstaking`` and what ``operation_prepare`` raises.
    """
    address = str(wallet.address)

    async def check(node: Node) -> None:
        if not (await account_of(node, address)).unfreezing:
            raise NothingUnstaking

    once_key = alone(wallet, TxKind.CANCEL_UNSTAKE)
    return operation_prepare(
        wallet, Order(TxKind.CANCEL_UNSTAKE, address), check, once_key=once_key
    )
