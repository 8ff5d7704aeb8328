"""What stake gives on this chain: an account's limits, the network's yield, its terms."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lucidpay.money import UNITS_PER_TOKEN
from tron.account import count_of
from tron.address import address_parse
from tron.blocks import reading
from tron.node import Node

# java-tron counts 28 800 slots of three seconds a day, whatever becomes of single blocks.
BLOCKS_A_DAY = 28_800
BLOCK_MS = 3_000
UNSTAKING_DAYS = "getUnfreezeDelayDays"
LOCK_BLOCKS_MAX = "getMaxDelegateLockPeriod"
# Without the parameter the chain knows no longer lock than the usual one (three days).
LOCK_BLOCKS_DEFAULT = 86_400


@dataclass(frozen=True)
class Yield:
    """What the network gives a day in all, and the TRX that is staked for it in all."""

    total_limit: int
    total_weight_trx: int

    def of(self, stake_sun: int) -> int:
        """Return what a stake gives a day."""
        return stake_sun * self.total_limit // (self.total_weight_trx * UNITS_PER_TOKEN)

    def stake_for(self, units: int) -> int:
        """Return the stake (sun, whole TRX) that gives so much a day, itself counted in.

        Raises ``ValueError`` for more than the network gives in all.
        """
        if units >= self.total_limit:
            raise ValueError(units)
        if units <= 0:
            return 0
        trx = -(-units * self.total_weight_trx // (self.total_limit - units))
        return max(1, trx) * UNITS_PER_TOKEN


@dataclass(frozen=True)
class Usage:
    """What an account may use of a resource within 24 hours, and what of it is used still."""

    limit: int = 0
    used: int = 0

    @property
    def available(self) -> int:
        """Return what is left."""
        return max(0, self.limit - self.used)

    @classmethod
    def sum(cls, usages: Iterable["Usage"]) -> "Usage":
        """Return what several are together."""
        several = list(usages)
        return cls(sum(one.limit for one in several), sum(one.used for one in several))


@dataclass(frozen=True)
class AccountResources:
    """What an account may use, and what more stake would give it."""

    energy: Usage
    bandwidth: Usage  # of its stake
    free_bandwidth: Usage
    energy_yield: Yield | None  # ``None`` when nothing is told of an account never activated
    bandwidth_yield: Yield | None


@dataclass(frozen=True)
class StakingTerms:
    """What the committee has set for staking."""

    unstaking_days: int
    lock_blocks_max: int


async def account_resources(node: Node, address: str) -> AccountResources:
    """Return an account's limits and usage at the head; what is 0 is absent in java-tron's answer.

    Raises ``OutcomeUnknown`` for an answer that cannot be read.
    """
    body = {"address": address_parse(address).hex()}
    answer = await node.call("wallet/getaccountresource", body)
    with reading("account resources"):
        return AccountResources(
            energy=_usage(answer, "EnergyLimit", "EnergyUsed"),
            bandwidth=_usage(answer, "NetLimit", "NetUsed"),
            free_bandwidth=_usage(answer, "freeNetLimit", "freeNetUsed"),
            energy_yield=_yield(answer, "TotalEnergyLimit", "TotalEnergyWeight"),
            bandwidth_yield=_yield(answer, "TotalNetLimit", "TotalNetWeight"),
        )


async def staking_terms(node: Node) -> StakingTerms:
    """Return the chain's terms of staking. Raises ``OutcomeUnknown``."""
    answer = await node.call("wallet/getchainparameters")
    with reading("chain parameters"):
        values = {item["key"]: count_of(item.get("value", 0), low=-1) for item in
                  answer["chainParameter"]}  # fmt: skip
        return StakingTerms(
            unstaking_days=values[UNSTAKING_DAYS],
            lock_blocks_max=values.get(LOCK_BLOCKS_MAX) or LOCK_BLOCKS_DEFAULT,
        )


def _usage(answer: dict[str, Any], limit: str, used: str) -> Usage:
    return Usage(count_of(answer.get(limit, 0)), count_of(answer.get(used, 0)))


def _yield(answer: dict[str, Any], limit: str, weight: str) -> Yield | None:
    total_limit, total_weight = count_of(answer.get(limit, 0)), count_of(answer.get(weight, 0))
    return Yield(total_limit, total_weight) if total_limit and total_weight else None
