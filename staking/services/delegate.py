"""Letting another address use what a stake gives. The TRX stay ours."""

from lucidpay.clock import from_ms, iso
from lucidpay.errors import Conflict, LucidError, ValidationFailed
from lucidpay.money import tokens_of
from staking.terms import amount_check
from staking.under_way import UnderWay, under_way
from tron.account import Resource, account_of
from tron.contracts import Order
from tron.kinds import TxKind
from tron.node import Node
from tron.resources import is_contract
from tron.stakes import can_delegate_max_sun, delegations_between
from tron.yields import BLOCK_MS, BLOCKS_A_DAY, staking_terms
from wallets.models import Wallet
from wallets.services.operate_prepare import Prepared, operation_prepare


class ReceiverRefused(LucidError):
    """This address cannot be delegated to. Details say why."""

    code = ValidationFailed.code
    status_code = 400


class LockOutOfRange(LucidError):
    """The network does not lock a delegation for so long."""

    code = ValidationFailed.code
    status_code = 400


class LockTooShort(Conflict):
    """What is delegated there is locked for longer than this. Lock as long, or do not lock."""


class NotDelegable(Conflict):
    """Less than this can be delegated: what was used in the last 24 hours stays with the wallet."""


def resource_delegate(
    *,
    wallet: Wallet,
    receiver: str,
    amount_sun: int,
    resource: Resource,
    lock_days: int = 0,
) -> Prepared:
    """Return a delegation of this much stake (sun, 1 TRX and more) as it can be asked for.

    Until ``lock_days`` are over it cannot be taken back; 0 does not lock. Raises
    ``ReceiverRefused``, ``LockOutOfRange``, ``LockTooShort``, ``NotDelegable``,
    ``ValidationFailed`` and what ``operation_prepare`` raises.
    """
    amount_check(amount_sun)
    waiting, address = under_way(wallet), str(wallet.address)
    if receiver == address:
        raise ReceiverRefused({"receiver": ["It is this wallet."]})
    lock_blocks = lock_days * BLOCKS_A_DAY

    async def check(node: Node) -> None:
        await _receiver_check(node, receiver)
        await _amount_check(node, address, waiting, amount_sun, resource)
        if lock_blocks:
            await _lock_check(node, address, receiver, resource, lock_blocks)

    terms = {"resource": str(resource), "lock_blocks": lock_blocks}
    order = Order(TxKind.DELEGATE, address, receiver, amount=amount_sun, terms=terms)
    return operation_prepare(wallet, order, check)


async def _receiver_check(node: Node, receiver: str) -> None:
    found = await account_of(node, receiver)
    if found.is_contract or await is_contract(node, receiver):
        raise ReceiverRefused({"receiver": ["It is a contract, and they can be lent nothing."]})
    if not found.is_activated:
        raise ReceiverRefused({"receiver": ["It is not activated: send it some TRX first."]})


async def _amount_check(
    node: Node, owner: str, waiting: UnderWay, amount_sun: int, resource: Resource
) -> None:
    staked_sun = (await account_of(node, owner)).frozen_sun[resource]
    most_sun = min(staked_sun, await can_delegate_max_sun(node, owner, resource))
    taken_sun = waiting.taken_sun((TxKind.UNSTAKE, TxKind.DELEGATE), resource)
    if amount_sun > most_sun - taken_sun:
        raise NotDelegable(
            {
                "available_trx": tokens_of(max(0, most_sun - taken_sun)),
                "staked_trx": tokens_of(staked_sun),
                "under_way_trx": tokens_of(taken_sun),
            }
        )


async def _lock_check(
    node: Node, owner: str, receiver: str, resource: Resource, lock_blocks: int
) -> None:
    most_days = (await staking_terms(node)).lock_blocks_max // BLOCKS_A_DAY
    if not 0 < lock_blocks <= most_days * BLOCKS_A_DAY:
        raise LockOutOfRange({"lock_days": [f"From 1 to {most_days} days."]})
    lent = await delegations_between(node, owner, receiver)
    until_ms = max(
        (one.expires_ms or 0 for one in lent if one.resource == resource and one.amount_sun),
        default=0,
    )
    head = await node.head()
    if lock_blocks * BLOCK_MS < until_ms - head.time_ms:
        raise LockTooShort({"locked_until": iso(from_ms(until_ms))})
