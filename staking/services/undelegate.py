"""Taking back what another address was lent."""

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict
from lucidpay.money import tokens_of
from staking.terms import amount_check
from staking.under_way import under_way
from tron.account import Resource
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.stakes import Delegation, delegations_between
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


class NotDelegated(Conflict):
    """Less than this is delegated to that address."""


class StillLocked(Conflict):
    """What is delegated to that address is locked. Details say until when."""


def resource_undelegate(
    *, wallet: Wallet, receiver: str, amount_sun: int, resource: Resource
) -> Prepared:
    """Return the order to take so much stake (sun) back from an address.

    Raises ``NotDelegated``, ``StillLocked``, ``ValidationFailed`` and what ``operation_prepare``
    raises.
    """
    amount_check(amount_sun, least_sun=1)
    address = str(wallet.address)
    taken_sun = under_way(wallet).taken_sun((TxKind.UNDELEGATE,), resource, receiver)

    async def check(node: Node) -> None:
        lent = await delegations_between(node, address, receiver)
        head = await node.head()
        _check([one for one in lent if one.resource == resource], head.time_ms)

    def _check(lent: list[Delegation], now_ms: int) -> None:
        all_sun, free_sun = sum(one.amount_sun for one in lent), unlocked_sun(lent, now_ms)
        told = {
            "delegated_trx": tokens_of(all_sun),
            "unlocked_trx": tokens_of(free_sun),
            "under_way_trx": tokens_of(taken_sun),
        }
        if amount_sun > all_sun - taken_sun:
            raise NotDelegated(told)
        if amount_sun > free_sun - taken_sun:
            until_ms = max(one.expires_ms or 0 for one in lent)
            raise StillLocked({"locked_until": iso(from_ms(until_ms)), **told})

    terms = {"resource": str(resource)}
    order = Order(TxKind.UNDELEGATE, address, receiver, amount=amount_sun, terms=terms)
    return operation_prepare(wallet, order, check)


def unlocked_sun(lent: list[Delegation], now_ms: int) -> int:
    """Return how much of these could be taken back at this chain time, in sun."""
    return sum(one.amount_sun for one in lent if (one.expires_ms or 0) < now_ms)
