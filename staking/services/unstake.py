"""Taking TRX out of a stake, which takes the network two weeks."""

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict
from lucidpay.money import tokens_of
from staking.terms import amount_check
from staking.under_way import UnderWay, under_way
from tron.account import AccountState, Resource, account_of
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.stakes import available_unfreezes
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


class NotStaked(Conflict):
    """Less than this is staked and not lent to others. Take back what is delegated first."""


class TooManyUnstakings(Conflict):
    """As many amounts are on their way out as the network allows. Withdraw, or cancel them."""


def trx_unstake(*, wallet: Wallet, amount_sun: int, resource: Resource) -> Prepared:
    """Return an unstaking (sun) as it can be asked for.

    What our own operations under way take of the same stake is not there any more. Raises
    ``NotStaked``, ``TooManyUnstakings``, ``ValidationFailed`` and what ``operation_prepare``
    raises.
    """
    amount_check(amount_sun, least_sun=1)
    waiting, address = under_way(wallet), str(wallet.address)

    async def check(node: Node) -> None:
        account = await account_of(node, address)
        _refuse_more_than_staked(account, waiting, amount_sun, resource)
        if await available_unfreezes(node, address) <= waiting.count(TxKind.UNSTAKE):
            expiries = [one.expires_ms for one in account.unfreezing]
            next_at = iso(from_ms(min(expiries))) if expiries else None
            raise TooManyUnstakings({"withdrawable_at": next_at})

    terms = {"resource": str(resource)}
    order = Order(TxKind.UNSTAKE, address, amount=amount_sun, terms=terms)
    return operation_prepare(wallet, order, check)


def _refuse_more_than_staked(
    account: AccountState, waiting: UnderWay, amount_sun: int, resource: Resource
) -> None:
    there_sun = account.frozen_sun[resource] if account.is_activated else 0
    taken_sun = waiting.taken_sun((TxKind.UNSTAKE, TxKind.DELEGATE), resource)
    if amount_sun > there_sun - taken_sun:
        raise NotStaked(
            {
                "staked_trx": tokens_of(there_sun),
                "under_way_trx": tokens_of(taken_sun),
                "delegated_trx": tokens_of(account.delegated_out_sun[resource]),
            }
        )
