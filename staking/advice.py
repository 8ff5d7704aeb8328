"""How much to stake so that payouts like the last ones burn nothing, and what that is worth.

The past is replayed with the network's own reckoning (``staking/recovery.py``), wallet by wallet,
once with what is staked now and once with what is advised, at today's prices and today's yield.
"""

from dataclasses import dataclass

from django.conf import settings

from staking.past import Past, past_of
from staking.recovery import NO_LIMITS, Limits, Replayed, Use, busiest_day, replay
from tron.node import Node
from tron.reads import chain_read
from tron.resources import Prices, prices_of
from tron.yields import (
    AccountResources,
    StakingTerms,
    Yield,
    account_resources,
    staking_terms,
)

MONTH_DAYS = 30


@dataclass(frozen=True)
class Part:
    """What is advised about one resource."""

    busiest_24h: int  # units used
    total: int
    needed: int  # the most that stood used at once, as it comes back over 24 hours
    limit: int
    stake_sun: int  # beside what is staked
    saved_sun: int  # by it, in the past that was replayed

    def __add__(self, other: "Part") -> "Part":
        return Part(*(getattr(self, one) + getattr(other, one) for one in self.__annotations__))


NONE = Part(0, 0, 0, 0, 0, 0)


@dataclass(frozen=True)
class WalletAdvice:
    """What is advised for one wallet that pays."""

    address: str
    transfers: int
    burned_sun: int  # in fact
    energy: Part
    bandwidth: Part
    as_staked_sun: int  # what the same payouts would burn now
    as_advised_sun: int


@dataclass(frozen=True)
class Advice:
    """What is advised for all wallets together."""

    past: Past
    terms: StakingTerms
    prices: Prices
    wallets: tuple[WalletAdvice, ...]
    rent_sun: int  # for a unit of energy and a day; 0 when no price is set

    @property
    def energy(self) -> Part:
        """Return what is advised about energy."""
        return sum((one.energy for one in self.wallets), NONE)

    @property
    def bandwidth(self) -> Part:
        """Return what is advised about bandwidth."""
        return sum((one.bandwidth for one in self.wallets), NONE)

    @property
    def burned_sun(self) -> int:
        """Return what the transfers have burned, for whatever reason."""
        return sum(one.burned_sun for one in self.wallets)

    def a_month_sun(self, sun: int) -> int:
        """Return an amount of the whole past as one of 30 days."""
        return sun * MONTH_DAYS // self.past.days

    def a_day_sun(self, sun: int) -> int:
        """Return an amount of the whole past as one of a day."""
        return sun // self.past.days

    def pays_back_days(self, part: Part) -> int | None:
        """Return how long it takes until as much is saved as is staked, ``None``: for ever.

        The stake is not spent: it comes back when it is unstaked.
        """
        if part.saved_sun <= 0:
            return None
        return -(-part.stake_sun * self.past.days // part.saved_sun)

    @property
    def rent_a_month_sun(self) -> int:
        """Return what it costs to rent the energy that is missing, for 30 days."""
        missing = sum(max(0, one.energy.needed - one.energy.limit) for one in self.wallets)
        return missing * self.rent_sun * MONTH_DAYS


def staking_advice(*, days: int) -> Advice:
    """Return what the transfers of the last days advise. Raises ``ChainAway``."""
    past = past_of(days)

    async def question(node: Node) -> tuple[Prices, StakingTerms, dict[str, AccountResources]]:
        found = {address: await account_resources(node, address) for address in past.uses}
        return await prices_of(node), await staking_terms(node), found

    prices, terms, resources = chain_read(question)
    wallets = [
        _wallet_advice(address, uses, past.burned_sun[address], resources[address], prices)
        for address, uses in past.uses.items()
    ]
    wallets.sort(key=lambda one: -one.burned_sun)
    rent_sun = settings.STAKING_RENT_SUN_PER_ENERGY_DAY
    return Advice(past, terms, prices, tuple(wallets), rent_sun)


def _wallet_advice(
    address: str,
    uses: list[Use],
    burned_sun: int,
    resources: AccountResources,
    prices: Prices,
) -> WalletAdvice:
    free = resources.free_bandwidth.limit
    now = Limits(resources.energy.limit, resources.bandwidth.limit, free)
    peaks = replay(uses, NO_LIMITS, prices)
    advised = Limits(
        max(now.energy, peaks.energy_peak), max(now.bandwidth, peaks.bandwidth_peak), free
    )
    as_staked, as_advised = replay(uses, now, prices), replay(uses, advised, prices)
    busiest_energy, busiest_bytes = busiest_day(uses)
    other_sun = _other_sun(uses, burned_sun, prices)
    return WalletAdvice(
        address=address,
        transfers=sum(use.transfers for use in uses),
        burned_sun=burned_sun,
        energy=Part(
            busiest_energy, sum(use.energy for use in uses), peaks.energy_peak, now.energy,
            _stake_sun(resources.energy_yield, peaks.energy_peak - now.energy),
            as_staked.energy_sun - as_advised.energy_sun,
        ),
        bandwidth=Part(
            busiest_bytes, sum(use.bytes for use in uses), peaks.bandwidth_peak, now.bandwidth,
            _stake_sun(resources.bandwidth_yield, peaks.bandwidth_peak - now.bandwidth),
            as_staked.bandwidth_sun - as_advised.bandwidth_sun,
        ),
        as_staked_sun=_burned(as_staked) + other_sun,
        as_advised_sun=_burned(as_advised) + other_sun,
    )  # fmt: skip


def _burned(replayed: Replayed) -> int:
    return replayed.energy_sun + replayed.bandwidth_sun


def _other_sun(uses: list[Use], burned_sun: int, prices: Prices) -> int:
    """Return what was burned for neither: memos, several signatures. No stake covers that."""
    energy_sun = sum(use.energy for use in uses) * prices.energy_sun
    bandwidth_sun = sum(use.bytes for use in uses) * prices.bandwidth_sun
    return max(0, burned_sun - energy_sun - bandwidth_sun)


def _stake_sun(yields: Yield | None, missing: int) -> int:
    return yields.stake_for(missing) if yields else 0
