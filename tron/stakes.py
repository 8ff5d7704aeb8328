"""What is delegated, what can be, what comes back and what it earns (Stake 2.0).

The account itself (``tron/account.py``) tells sums; these tell who and when. What is about a
transaction of the next minute is asked of the head, the rest of the newest solid block.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from tron.account import Resource, address_of_hex, count_of, sun_of, time_of
from tron.address import address_parse
from tron.blocks import reading
from tron.errors import OutcomeUnknown
from tron.node import Node

CONCURRENCY = 8
# Who rents energy out has thousands, and each pair is a question.
PAIRS_MAX = 200
URL_LENGTH_MAX = 256
_CODES = {Resource.BANDWIDTH: 0, Resource.ENERGY: 1}
_FIELDS = {Resource.BANDWIDTH: "bandwidth", Resource.ENERGY: "energy"}


@dataclass(frozen=True)
class Delegation:
    """What one account lets another use. Before ``expires_ms`` it cannot be taken back."""

    owner: str
    receiver: str
    resource: Resource
    amount_sun: int
    expires_ms: int | None


@dataclass(frozen=True)
class Delegations:
    """Delegations from an account and to it; ``is_complete`` unless there were too many."""

    out: tuple[Delegation, ...]
    incoming: tuple[Delegation, ...]
    is_complete: bool


@dataclass(frozen=True)
class Witness:
    """Who makes blocks, or would like to; ``votes`` in TRX."""

    address: str
    votes: int
    url: str


async def delegations_of(node: Node, owner: str) -> Delegations:
    """Return what this account delegates and is delegated, of the first ``PAIRS_MAX`` pairs.

    A locked and an unlocked part of one pair are two. Raises ``OutcomeUnknown`` for an answer
    that cannot be read.
    """
    path = "walletsolidity/getdelegatedresourceaccountindexv2"
    answer = await node.call(path, {"value": address_parse(owner).hex()})
    with reading("index of delegations"):
        receivers = [address_of_hex(one) for one in answer.get("toAccounts", [])]
        owners = [address_of_hex(one) for one in answer.get("fromAccounts", [])]
    pairs = [(owner, one) for one in receivers] + [(one, owner) for one in owners]
    slots = asyncio.Semaphore(CONCURRENCY)
    found = await asyncio.gather(*(_pair(node, slots, *pair) for pair in pairs[:PAIRS_MAX]))
    all_of_them = [one for group in found for one in group]
    return Delegations(
        out=tuple(one for one in all_of_them if one.owner == owner),
        incoming=tuple(one for one in all_of_them if one.receiver == owner),
        is_complete=len(pairs) <= PAIRS_MAX,
    )


async def delegations_between(node: Node, owner: str, receiver: str) -> list[Delegation]:
    """Return what one account delegates to another, a locked part apart from one that is not."""
    return await _pair(node, asyncio.Semaphore(1), owner, receiver)


async def _pair(
    node: Node, slots: asyncio.Semaphore, owner: str, receiver: str
) -> list[Delegation]:
    body = {"fromAddress": address_parse(owner).hex(), "toAddress": address_parse(receiver).hex()}
    async with slots:
        answer = await node.call("walletsolidity/getdelegatedresourcev2", body)
    with reading("delegations"):
        return [
            delegation
            for part in answer.get("delegatedResource", [])
            for delegation in _delegations(part, owner, receiver)
        ]


def _delegations(part: dict[str, Any], owner: str, receiver: str) -> list[Delegation]:
    if (address_of_hex(part["from"]), address_of_hex(part["to"])) != (owner, receiver):
        raise OutcomeUnknown(f"delegations of others than {owner} and {receiver}")
    found = []
    for resource, name in _FIELDS.items():
        amount_sun = sun_of(part, f"frozen_balance_for_{name}")
        expires_ms = time_of(part, f"expire_time_for_{name}")
        if amount_sun:
            found.append(Delegation(owner, receiver, resource, amount_sun, expires_ms))
    return found


async def can_delegate_max_sun(node: Node, owner: str, resource: Resource) -> int:
    """Return how much of its stake an account can delegate now, in sun.

    What it used itself in the last day is not free for others.
    """
    body = {"owner_address": address_parse(owner).hex(), "type": _CODES[resource]}
    return await _sun(node, "wallet/getcandelegatedmaxsize", body, "max_size")


async def available_unfreezes(node: Node, owner: str) -> int:
    """Return how many more unstakings may be under way at once (32 in all)."""
    body = {"owner_address": address_parse(owner).hex()}
    return await _sun(node, "wallet/getavailableunfreezecount", body, "count")


async def withdrawable_sun(node: Node, owner: str, at_ms: int) -> int:
    """Return what can be withdrawn from unstakings that are over at this chain time, in sun."""
    body = {"owner_address": address_parse(owner).hex(), "timestamp": at_ms}
    return await _sun(node, "wallet/getcanwithdrawunfreezeamount", body, "amount")


async def reward_sun(node: Node, address: str) -> int:
    """Return what an account has earned by voting and not claimed, in sun."""
    body = {"address": address_parse(address).hex()}
    return await _sun(node, "walletsolidity/getReward", body, "reward")


async def _sun(node: Node, path: str, body: dict[str, Any], name: str) -> int:
    answer = await node.call(path, body)
    with reading(path):
        return sun_of(answer, name)


async def witnesses(node: Node) -> list[Witness]:
    """Return all who can be voted for, the most voted first. Raises ``OutcomeUnknown``."""
    answer = await node.call("wallet/listwitnesses")
    with reading("witnesses"):
        found = [_witness(part) for part in answer["witnesses"]]
    return sorted(found, key=lambda one: (-one.votes, one.address))


def _witness(part: dict[str, Any]) -> Witness:
    url = str(part.get("url", ""))[:URL_LENGTH_MAX]
    return Witness(address_of_hex(part["address"]), count_of(part.get("voteCount", 0)), url)
