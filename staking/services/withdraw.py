"""Withdrawing TRX whose unstaking is over."""

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict
from staking.under_way import alone
from tron.account import account_of
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.stakes import withdrawable_sun
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


class NothingToWithdraw(Conflict):
    """No unstaking of this wallet is over yet. Details say when the next one is."""


def unstaked_withdraw(*, wallet: Wallet) -> Prepared:
    """Return the order to pay out all that was unstaked long enough ago.

    One is open at a time. Raises ``NothingToWithdraw`` and what ``operation_prepare`` raises.
    """
    address = str(wallet.address)

    async def check(node: Node) -> None:
        head = await node.head()
        if not await withdrawable_sun(node, address, head.time_ms):
            expiries = [one.expires_ms for one in (await account_of(node, address)).unfreezing]
            next_at = iso(from_ms(min(expiries))) if expiries else None
            raise NothingToWithdraw({"withdrawable_at": next_at})

    once_key = alone(wallet, TxKind.WITHDRAW)
    return operation_prepare(wallet, Order(TxKind.WITHDRAW, address), check, once_key=once_key)
