"""What stake covers, reckoned as the network does."""

from hypothesis import given, settings
from hypothesis import strategies as st

from staking.recovery import DAY_MS, NO_LIMITS, Limits, Use, busiest_day, replay
from tron.resources import Prices
from tron.yields import Yield

PRICES = Prices(energy_sun=100, bandwidth_sun=1_000, fee_limit_max_sun=10**9)
HOUR_MS = DAY_MS // 24
USE = st.builds(
    Use,
    at_ms=st.integers(0, 5 * DAY_MS),
    energy=st.integers(0, 200_000),
    bytes=st.integers(1, 2_000),
    transfers=st.integers(1, 5),
)
PAST = st.lists(USE, max_size=30).map(lambda uses: sorted(uses, key=lambda use: use.at_ms))
LIMITS = st.builds(Limits, st.integers(0, 10**6), st.integers(0, 10**4), st.just(600))


@settings(derandomize=True, max_examples=300, deadline=None)
@given(PAST, LIMITS)
def test_with_what_stood_used_at_once_nothing_burns_and_with_less_something(
    uses: list[Use], limits: Limits
) -> None:
    peaks = replay(uses, NO_LIMITS, PRICES)
    enough = Limits(peaks.energy_peak, peaks.bandwidth_peak + 5, 0)
    assert replay(uses, enough, PRICES).energy_sun == 0
    if peaks.energy_peak:
        assert replay(uses, Limits(peaks.energy_peak - 1), PRICES).energy_sun > 0
    busiest_energy, busiest_bytes = busiest_day(uses)
    assert peaks.energy_peak <= busiest_energy <= sum(use.energy for use in uses)
    assert busiest_bytes <= sum(use.bytes for use in uses)
    less, more = replay(uses, limits, PRICES), replay(uses, Limits(), PRICES)
    assert 0 <= less.energy_sun <= more.energy_sun == sum(use.energy for use in uses) * 100
    assert less.bandwidth_sun <= more.bandwidth_sun
    assert less.energy_peak <= limits.energy


def test_what_was_used_comes_back_within_a_day() -> None:
    once = Use(0, 1_000, 345)
    half, day = Use(DAY_MS // 2, 1_000, 345), Use(DAY_MS, 1_000, 345)
    assert replay([once, half], NO_LIMITS, PRICES).energy_peak == 1_500
    assert replay([once, day], NO_LIMITS, PRICES).energy_peak == 1_000
    assert busiest_day([once, half]) == (2_000, 690)
    assert busiest_day([once, day]) == (1_000, 345)


def test_a_use_stretches_what_is_left_of_the_last() -> None:
    """1 000 and, half a day later, 1 000: 1 500 in use then, which fade in 20 hours, not in 24."""
    uses = [Use(0, 1_000, 1), Use(12 * HOUR_MS, 1_000, 1), Use(32 * HOUR_MS, 1_000, 1)]
    assert replay(uses, NO_LIMITS, PRICES).energy_peak == 1_500
    assert replay(uses[1:], Limits(1_000), PRICES).energy_sun == 16_700  # 4 of 24 hours are left
    assert replay(uses, Limits(1_500), PRICES).energy_sun == 0


def test_bytes_are_paid_as_a_whole_by_stake_or_free_or_burned() -> None:
    three = [Use(0, 0, 3 * 345, transfers=3)]
    for limits, burned in (
        (Limits(0, 0, 600), 2),
        (Limits(0, 344, 600), 2),
        (Limits(0, 345, 600), 1),
        (Limits(0, 690, 600), 0),
        (Limits(0, 1_035, 0), 0),
    ):
        assert replay(three, limits, PRICES).bandwidth_sun == burned * 345_000


def test_a_stake_gives_what_it_is_said_to_need() -> None:
    mainnet = Yield(180_000_000_000, 19_000_000_000)
    for units in (1, 9, 64_285, 389_140, 10**9):
        stake_sun = mainnet.stake_for(units)
        grown = Yield(mainnet.total_limit, mainnet.total_weight_trx + stake_sun // 10**6)
        assert grown.of(stake_sun) >= units > grown.of(stake_sun - 2 * 10**6)
    assert (mainnet.stake_for(0), mainnet.stake_for(-5)) == (0, 0)
