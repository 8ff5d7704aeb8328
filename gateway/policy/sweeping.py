"""When a deposit address is worth emptying, and what it takes to empty it.

Nothing here writes, and only ``lying_at`` and its like read: the rest decides upon what the books
and the chain say.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Sum

from gateway.models_fees import Rate
from lucidpay.money import UNITS_PER_TOKEN, tokens_of
from tron.models import ChainFlow
from tron.resources import Prices
from tron.yields import Yield
from wallets.fees import Stake, fee_limit_sun
from wallets.kinds import Asset
from wallets.models_deposit import Deposit, DepositAddress

# Left behind of TRX for what sending the rest may burn: the bytes of a transfer, at most 300.
RESERVE_SUN = 300_000
# More than a TRX was ever worth: what nobody knows the worth of is not thought cheap.
MICRO_PER_TRX_UNKNOWN = UNITS_PER_TOKEN
# Given beside what was measured, so that a price that moves a little costs no second top-up.
TOP_UP_PERCENT = 105
# The bytes of lending energy, and of taking it back, at most.
LENDING_BYTES = 320

TOO_LITTLE = "Less lies there now than is worth moving."
NOT_WORTH = "It is not worth its network cost now."
FEE_TOO_HIGH = "Its network fee would be above the most a transfer may burn."
COSTS_MORE = "The transfer would burn more TRX than is left behind for it."
NOT_SEEN = "The node that was asked does not show the TRX that came, yet."
GIVEN = "Waits for the TRX or the energy that the address is being given."

SHORT_S, MEDIUM_S, LONG_S = 10, 300, 3_600


@dataclass(frozen=True)
class Lying:
    """What lies at an address by the books, in base units."""

    usdt_micro: int = 0
    trx_sun: int = 0

    def wanted(self) -> tuple[Asset, int] | None:
        """Return what is to be moved next, ``None`` when all of it is too little.

        USDT goes first: what TRX there is pays for it.
        """
        if self.usdt_micro > 0 and self.usdt_micro >= _least_units(Asset.USDT):
            return Asset.USDT, self.usdt_micro
        rest_sun = self.trx_sun - RESERVE_SUN
        if rest_sun > 0 and rest_sun >= _least_units(Asset.TRX):
            return Asset.TRX, rest_sun
        return None


def _least_units(asset: Asset) -> int:
    least = settings.SWEEP_MIN_USDT if asset == Asset.USDT else settings.SWEEP_MIN_TRX
    return int(least) * UNITS_PER_TOKEN


def lying_at(addresses: Iterable[DepositAddress]) -> dict[int, Lying]:
    """Return what lies at these addresses, by their keys: what came and is booked, less what left.

    Whoever it belongs to: where money lies says nothing of that.
    """
    keys = {one.address: one.pk for one in addresses}
    units: dict[tuple[int, str], int] = defaultdict(int)
    came = Deposit.objects.filter(address__in=keys.values()).values_list("address", "asset")
    for key, asset, total in came.annotate(Sum("units")):
        units[key, asset] += total
    left = ChainFlow.objects.filter(sender__in=keys).values_list("sender", "asset")
    for address, asset, total in left.annotate(Sum("units")):
        units[keys[address], asset] -= total
    return {key: Lying(units[key, Asset.USDT], units[key, Asset.TRX]) for key in keys.values()}


def fuel_sun(address: str) -> int:
    """Return the TRX that the solid blocks read here have left at an address, booked or not.

    They are told together with the end of what sent them: who sees that a top-up is done sees
    here what it brought.
    """
    flows = ChainFlow.objects.filter(asset=Asset.TRX)
    came = flows.filter(recipient=address).aggregate(sum=Sum("units"))["sum"] or 0
    left = flows.filter(sender=address).aggregate(sum=Sum("units"))["sum"] or 0
    return int(came - left)


def micro_per_trx() -> int:
    """Return what a TRX was worth when somebody last said so, in micro-USDT."""
    newest = Rate.objects.order_by("-pk").values_list("micro_per_trx", flat=True).first()
    return newest or MICRO_PER_TRX_UNKNOWN


@dataclass(frozen=True)
class Seen:
    """What the chain says of one address, at the head, and of moving this from there."""

    prices: Prices
    stake: Stake  # what it can use without burning TRX
    is_activated: bool
    balance_sun: int
    energy: int = 0  # of the transfer, measured by running it without effect; of TRX, none
    trx_bytes_sun: int = 0  # what a transfer of TRX burns for its bytes
    energy_yield: Yield | None = None  # of stake lent to it; none is told of one not activated

    @property
    def energy_sun(self) -> int:
        """Return what its energy costs that no stake covers."""
        return max(0, self.energy * self.prices.energy_sun - self.stake.energy_sun)

    @property
    def burn_sun(self) -> int:
        """Return the TRX that the transfer takes from the address."""
        if not self.energy:
            return self.trx_bytes_sun
        return self.stake.burns_sun(self.energy * self.prices.energy_sun)

    @property
    def fee_limit_sun(self) -> int:
        """Return the fee limit, 0 where no energy is used."""
        return fee_limit_sun(self.energy, self.prices)

    @property
    def sending_sun(self) -> int:
        """Return what sending TRX to the address costs the sender beside them, at most."""
        opening_sun = 0 if self.is_activated else self.prices.new_account_sun
        return RESERVE_SUN + opening_sun

    @property
    def lending_sun(self) -> int:
        """Return what lending it energy and taking that back costs the lender, at most."""
        return 2 * LENDING_BYTES * self.prices.bandwidth_sun


@dataclass(frozen=True)
class Wait:
    """It cannot go on now."""

    reason: str
    pause_s: int


@dataclass(frozen=True)
class TopUp:
    """It needs so much more TRX there."""

    amount_sun: int


@dataclass(frozen=True)
class Lend:
    """It needs so much more energy there, as stake of this much."""

    amount_sun: int


@dataclass(frozen=True)
class Sign:
    """Everything is there."""


Step = Wait | TopUp | Lend | Sign


@dataclass(frozen=True)
class Means:
    """What there is to move something with, beside what the chain says."""

    fuel_sun: int  # the TRX there by the blocks read here
    can_lend: bool
    micro_per_trx: int


def step_of(asset: str, units: int, seen: Seen, means: Means) -> Step:
    """Return what is next for a move of this much.

    Of the TRX at the address only what the blocks read here and the node both show is relied
    upon, and nothing is sent there while either shows enough.
    """
    if seen.fee_limit_sun > min(settings.TRON_FEE_LIMIT_MAX_SUN, seen.prices.fee_limit_max_sun):
        return Wait(FEE_TOO_HIGH, LONG_S)
    if asset == Asset.TRX:
        return Sign() if seen.burn_sun <= RESERVE_SUN else Wait(COSTS_MORE, LONG_S)
    cost_micro = -(-cost_sun(seen, means) * means.micro_per_trx // UNITS_PER_TOKEN)
    if units - cost_micro < _least_units(Asset.USDT):
        return Wait(f"{NOT_WORTH} That is {tokens_of(cost_sun(seen, means))} TRX.", LONG_S)
    least_sun, most_sun = sorted((means.fuel_sun, seen.balance_sun))
    if seen.burn_sun <= least_sun:
        return Sign()
    if seen.burn_sun <= most_sun:
        return Wait(NOT_SEEN, SHORT_S)
    return _given(seen, most_sun, can_lend=means.can_lend)


def _given(seen: Seen, has_sun: int, *, can_lend: bool) -> TopUp | Lend:
    """Return what the address is given: energy where that is cheaper, else TRX to burn.

    Nothing can be lent to an address that was never used, and TRX for its bytes open it.
    """
    if not (can_lend and _is_lending_cheaper(seen, has_sun)):
        return TopUp((seen.burn_sun - has_sun) * TOP_UP_PERCENT // 100)
    bytes_sun = seen.burn_sun - seen.energy_sun
    if not seen.is_activated or has_sun < bytes_sun:
        return TopUp(max(1, bytes_sun - has_sun))
    missing = -(-seen.energy_sun // seen.prices.energy_sun)
    stake_sun = seen.energy_yield.stake_for(missing) if seen.energy_yield else 0
    return Lend(stake_sun) if stake_sun else TopUp(seen.burn_sun - has_sun)


def cost_sun(seen: Seen, means: Means) -> int:
    """Return what is still to be burned for a move, by whomever, in sun."""
    if not seen.energy or seen.burn_sun <= means.fuel_sun:
        return seen.burn_sun
    if means.can_lend and _is_lending_cheaper(seen, means.fuel_sun):
        return _lent_sun(seen, means.fuel_sun)
    return seen.burn_sun + seen.sending_sun


def _is_lending_cheaper(seen: Seen, has_sun: int) -> bool:
    return bool(seen.energy_sun) and _lent_sun(seen, has_sun) < seen.burn_sun + seen.sending_sun


def _lent_sun(seen: Seen, has_sun: int) -> int:
    bytes_sun = seen.burn_sun - seen.energy_sun
    is_ready = seen.is_activated and has_sun >= bytes_sun
    return bytes_sun + seen.lending_sun + (0 if is_ready else seen.sending_sun)
