"""Claiming what votes have earned, once in 24 hours."""

from datetime import datetime, timedelta

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict
from staking.under_way import alone
from tron.account import AccountState, account_of
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.stakes import reward_sun
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare

PAUSE = timedelta(days=1)  # java-tron WithdrawBalanceActuator, by the time of the head block


class ClaimedLately(Conflict):
    """Rewards can be claimed once in 24 hours. Details say when again."""


class NothingToClaim(Conflict):
    """This wallet has earned nothing that it has not claimed."""


def claimable_at(account: AccountState) -> datetime | None:
    """Return when rewards can be claimed again, ``None`` for an account that never has."""
    last_ms = account.latest_withdraw_ms
    return from_ms(last_ms) + PAUSE if last_ms is not None else None


def rewards_claim(*, wallet: Wallet) -> Prepared:
    """Return the order to pay out all rewards.

    One is open at a time. Raises ``ClaimedLately``, ``NothingToClaim`` and what
    ``operation_prepare`` raises.
    """
    address = str(wallet.address)

    async def check(node: Node) -> None:
        again_at = claimable_at(await account_of(node, address))
        head = await node.head()
        if again_at is not None and from_ms(head.time_ms) < again_at:
            raise ClaimedLately({"claimable_at": iso(again_at)})
        if not await reward_sun(node, address):
            raise NothingToClaim

    once_key = alone(wallet, TxKind.CLAIM_REWARDS)
    return operation_prepare(wallet, Order(TxKind.CLAIM_REWARDS, address), check, once_key=once_key)
