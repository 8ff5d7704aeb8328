"""What any address has staked, lent and earned, as the chain tells it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from lucidpay.clock import from_ms
from lucidpay.money import UNITS_PER_TOKEN
from staking.services.claim_rewards import claimable_at
from tron.account import AccountState, Resource, account_of
from tron.node import Node
from tron.reads import chain_read
from tron.stakes import Delegations, delegations_of, reward_sun
from tron.yields import AccountResources, StakingTerms, account_resources, staking_terms


@dataclass(frozen=True)
class StakeBalance:
    """An account's stakes in the solid chain, as of that block's time."""

    account: AccountState
    at: datetime

    def staked_sun(self, resource: Resource) -> int:
        """Return what is staked for a resource, also what of it others may use."""
        return self.account.frozen_sun[resource] + self.account.delegated_out_sun[resource]

    @property
    def withdrawable_sun(self) -> int:
        """Return what was unstaked long enough ago, and not withdrawn."""
        unstaked = self.account.unfreezing
        return sum(one.amount_sun for one in unstaked if from_ms(one.expires_ms) <= self.at)

    @property
    def votes_total(self) -> int:
        """Return how many votes the stake gives: one for each whole TRX."""
        return self.account.staked_sun // UNITS_PER_TOKEN

    @property
    def votes_used(self) -> int:
        """Return how many of them are cast."""
        return sum(self.account.votes.values())


@dataclass(frozen=True)
class Rewards:
    """What votes have earned, when it can be claimed again, and the votes."""

    unclaimed_sun: int
    claimable_at: datetime | None
    votes: dict[str, int]


@dataclass(frozen=True)
class Staking:
    """All that the chain tells of an account's stakes, and the terms of staking."""

    balance: StakeBalance
    resources: AccountResources
    delegations: Delegations
    unclaimed_sun: int
    terms: StakingTerms


async def stake_balance_of(node: Node, address: str) -> StakeBalance:
    """Return an account's stakes. Raises ``NodeError``."""
    solid = await node.solid()
    return StakeBalance(await account_of(node, address), from_ms(solid.time_ms))


def stake_balance(address: str) -> StakeBalance:
    """Return an account's stakes, or raise ``ChainAway``."""
    return chain_read(lambda node: stake_balance_of(node, address))


def rewards(address: str) -> Rewards:
    """Return what an account has earned by its votes, or raise ``ChainAway``."""

    async def question(node: Node) -> Rewards:
        account, earned_sun = await asyncio.gather(
            account_of(node, address), reward_sun(node, address)
        )
        return Rewards(earned_sun, claimable_at(account), account.votes)

    return chain_read(question)


def staking_of(address: str) -> Staking:
    """Return all that the chain tells of an account's stakes, or raise ``ChainAway``."""

    async def question(node: Node) -> Staking:
        balance, found, lent, unclaimed_sun, terms = await asyncio.gather(
            stake_balance_of(node, address),
            account_resources(node, address),
            delegations_of(node, address),
            reward_sun(node, address),
            staking_terms(node),
        )
        return Staking(balance, found, lent, unclaimed_sun, terms)

    return chain_read(question)


def resources(address: str) -> tuple[AccountResources, Delegations]:
    """Return what an account may use, and who lends whom, or raise ``ChainAway``."""

    async def question(node: Node) -> tuple[AccountResources, Delegations]:
        found = await asyncio.gather(
            account_resources(node, address), delegations_of(node, address)
        )
        return found[0], found[1]

    return chain_read(question)
