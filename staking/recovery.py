"""How energy and bandwidth come back, reckoned as the network does.

What an account uses fades to nothing within 24 hours, and a new use stretches that of what is left
(java-tron ``ResourceProcessor.increaseV2``). So the question how much stake a past would have
needed has one answer: the most that stood used at once. And the question what it would have burned
with another stake has one, too: it is replayed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tron.resources import Prices

DAY_MS = 86_400_000
ENDLESS = 2**62


@dataclass(frozen=True)
class Use:
    """What transfers have used about one moment: so much energy, so many bytes each."""

    at_ms: int
    energy: int
    bytes: int
    transfers: int = 1


@dataclass(frozen=True)
class Limits:
    """What an account may use within 24 hours: by stake, and of what every account is given."""

    energy: int = 0
    bandwidth: int = 0
    free_bandwidth: int = 0


NO_LIMITS = Limits(ENDLESS, ENDLESS)


@dataclass(frozen=True)
class Replayed:
    """What uses would have burned, and the most that stood used at once of what is staked."""

    energy_sun: int
    bandwidth_sun: int
    energy_peak: int
    bandwidth_peak: int


@dataclass
class Meter:
    """What is used of one limit, and how long that takes to fade."""

    limit: int
    used: int = 0
    at_ms: int = 0
    window_ms: int = DAY_MS
    peak: int = field(default=0, init=False)

    def left(self, now_ms: int) -> int:
        """Return what can be used at this time."""
        return max(0, self.limit - self._remaining(now_ms))

    def take(self, units: int, now_ms: int) -> None:
        """Use so much at this time, which must not be before the last."""
        remaining, rest_ms = self._remaining(now_ms), self.window_ms - (now_ms - self.at_ms)
        rest_ms = rest_ms if remaining else 0
        self.used, self.at_ms = remaining + units, now_ms
        if self.used:
            mean_ms = -(-(remaining * rest_ms + units * DAY_MS) // self.used)
            self.window_ms = min(mean_ms, DAY_MS)
        self.peak = max(self.peak, self.used)

    def _remaining(self, now_ms: int) -> int:
        rest_ms = max(0, self.window_ms - (now_ms - self.at_ms))
        return -(-self.used * rest_ms // self.window_ms)


def replay(uses: Sequence[Use], limits: Limits, prices: Prices) -> Replayed:
    """Return what these uses, the oldest first, would have burned with these limits.

    Energy is paid from stake as far as that goes. The bytes of a transfer are paid as a whole: by
    stake, or by what is free, or burned.
    """
    energy, bandwidth = Meter(limits.energy), Meter(limits.bandwidth)
    free = Meter(limits.free_bandwidth)
    energy_sun = bandwidth_sun = 0
    for use in uses:
        staked = min(use.energy, energy.left(use.at_ms))
        energy.take(staked, use.at_ms)
        energy_sun += (use.energy - staked) * prices.energy_sun
        one, burning = -(-use.bytes // use.transfers), use.transfers
        for meter in (bandwidth, free):
            paid = min(burning, meter.left(use.at_ms) // one)
            meter.take(paid * one, use.at_ms)
            burning -= paid
        bandwidth_sun += burning * one * prices.bandwidth_sun
    return Replayed(energy_sun, bandwidth_sun, energy.peak, bandwidth.peak)


def busiest_day(uses: Sequence[Use]) -> tuple[int, int]:
    """Return the most energy and the most bytes that were used within any 24 hours."""
    energy = bytes_used = most_energy = most_bytes = first = 0
    for use in uses:
        energy, bytes_used = energy + use.energy, bytes_used + use.bytes
        while uses[first].at_ms <= use.at_ms - DAY_MS:
            energy, bytes_used = energy - uses[first].energy, bytes_used - uses[first].bytes
            first += 1
        most_energy, most_bytes = max(most_energy, energy), max(most_bytes, bytes_used)
    return most_energy, most_bytes
