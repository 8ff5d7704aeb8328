"""What a USDT transfer burns, and the most it may be allowed to.

Energy is counted in sun, as what it would cost to burn it: so stake, fee limits and TRX are one
unit.
"""

from dataclasses import dataclass

from django.conf import settings

from tron.resources import Prices, Resources
from tron.transactions import TRANSFER_BANDWIDTH

# Where no bandwidth is left, each byte burns this much (getTransactionFee).
BANDWIDTH_SUN = TRANSFER_BANDWIDTH * 1000


@dataclass(frozen=True)
class Stake:
    """What a wallet may use without burning TRX, as a node told it. Nothing, unless told."""

    energy_sun: int = 0
    transfers: int = 0  # as many transfers have their bytes covered
    bandwidth_sun: int = BANDWIDTH_SUN  # what one burns that is not
    energy_daily_sun: int = 0  # what ``energy_sun`` is again when 24 hours nothing was used

    def burns_sun(self, energy_sun: int) -> int:
        """Return what one transfer of this much energy burns beside what the stake covers."""
        bandwidth_sun = 0 if self.transfers else self.bandwidth_sun
        return max(0, energy_sun - self.energy_sun) + bandwidth_sun


def stake_of(resources: Resources, prices: Prices) -> Stake:
    """Return what these resources are worth at these prices.

    Bytes are paid all from the stake, or all from what is free, or all burned (java-tron
    ``BandwidthProcessor.consume``): two remainders do not add up to one transfer.
    """
    return Stake(
        energy_sun=resources.energy * prices.energy_sun,
        transfers=resources.bandwidth // TRANSFER_BANDWIDTH
        + resources.free_bandwidth // TRANSFER_BANDWIDTH,
        bandwidth_sun=TRANSFER_BANDWIDTH * prices.bandwidth_sun,
        energy_daily_sun=resources.energy_daily * prices.energy_sun,
    )


def fee_limit_sun(energy: int, prices: Prices) -> int:
    """Return the fee limit for this much energy: energy × price × margin, rounded up; uncapped.

    It bounds staked energy too (java-tron ``VMActuator.getAccountEnergyLimitWithFixRatio``), so
    it is no lower for a wallet that has enough of its own.
    """
    percent = 100 + settings.TRON_ENERGY_MARGIN_PERCENT
    return -(-energy * prices.energy_sun * percent // 100)
