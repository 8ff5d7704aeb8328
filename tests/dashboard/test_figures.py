"""Figures, charts, fees and how long wallets last: exact sums, and honest words for the rest."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from access.models import User
from lucidpay.dashboard.charts import HEIGHT, VISIBLE_MIN, Chart, Series
from lucidpay.dashboard.fees import energy_prices, fees_of
from lucidpay.dashboard.figures import (
    confirmed_micro,
    count_of,
    figures_of,
    ms_text,
    permille_text,
    success_permille,
    took_ms,
)
from lucidpay.dashboard.panels import charts_of, tiles_of
from lucidpay.dashboard.runway import Tank, runways_of
from payouts.analytics import Sums
from payouts.models import Payout
from payouts.states import Status
from payouts.tallies.fold import tallies_fold
from tests import builders
from tests.builders import TRX, USDT
from tests.corruption import guards_off
from tests.wire import round_trips, to_postgres
from tron.models import ChainTransaction
from wallets.models import Wallet
from wallets.models_resources import ResourceLook

NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def paid(owner: User) -> dict[str, Payout]:
    """Payouts of some hours and days."""

    def one(status: str, ago: timedelta, usdt: int = 10) -> Payout:
        return builders.payout(owner, status=status, now=NOW - ago, amount_usdt=usdt * USDT)

    return {
        "now": one("confirmed", timedelta(minutes=1), 240),
        "failed": one("failed", HOUR),
        "pending": one("pending", 2 * HOUR),
        "cancelled": one("cancelled", 3 * HOUR),
        "two days": one("confirmed", 47 * HOUR, 30),
        "a month": one("confirmed", 29 * DAY, 500),
        "too old": one("confirmed", 31 * DAY, 900),
    }


@pytest.mark.parametrize("is_folded", [False, True])
def test_hours_and_days_have_what_was_asked_for_in_them(
    paid: dict[str, Payout], is_folded: bool
) -> None:
    while is_folded and tallies_fold():
        pass
    told = figures_of(NOW)

    assert (len(told.hours), len(told.days)) == (48, 30)
    hours = {at: confirmed_micro(one) for at, one in told.hours.items() if confirmed_micro(one)}
    noon = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert hours == {noon: 240 * USDT, noon - 47 * HOUR: 30 * USDT}
    days = {day: confirmed_micro(one) for day, one in told.days.items() if confirmed_micro(one)}
    assert days == {
        date(2026, 2, 9): 500 * USDT, date(2026, 3, 8): 30 * USDT, date(2026, 3, 10): 240 * USDT,
    }  # fmt: skip
    assert count_of(told.last_day) == 4
    assert count_of(told.last_day, Status.FAILED, Status.CANCELLED) == 2
    assert success_permille(told.last_day) == 500
    assert confirmed_micro(told.routers["PayoutRouterV0"]) == 240 * USDT


def test_reading_does_not_change_what_is_read(paid: dict[str, Payout]) -> None:
    told = figures_of(NOW)
    before = charts_of(told)

    assert tiles_of(told)[0].text == "240.00 USDT"
    assert charts_of(told) == before


def test_nothing_is_invented_where_nothing_has_happened(owner: User) -> None:
    told = figures_of(NOW)

    assert [one.text for one in tiles_of(told)] == ["0.00 USDT", "0", "—", "—"]
    assert all(one.is_empty and one.empty.endswith(".") for one in charts_of(told))


def test_one_failure_of_many_is_never_rounded_to_all() -> None:
    sums = Sums()
    sums.by_status[Status.CONFIRMED].count, sums.by_status[Status.FAILED].count = 99_999, 1

    assert permille_text(success_permille(sums)) == "99.9 %"
    assert permille_text(1_000) == "100.0 %"


def test_times_come_from_buckets_and_say_when_they_are_open_ended() -> None:
    sums = Sums()
    assert took_ms(sums, 0.5) is None
    sums.buckets[5] = 100  # between 30 and 60 seconds
    assert took_ms(sums, 0.5) == 45_000
    sums.buckets[15] = 900  # more than a day

    told = [ms_text(one) for one in (None, 0, 45_000, 600_000, 10_800_000, took_ms(sums, 0.95))]
    assert told == ["—", "< 1 s", "45 s", "10 min", "3 h", "a day or more"]


# --- fees ---------------------------------------------------------------------------------------


def _priced(payout: Payout, energy: int, limit_sun: int) -> None:
    """Write past the guards what the signer would have written of a transfer's energy."""
    rows = ChainTransaction.objects.filter(pk=payout.transaction_id)
    with guards_off(ChainTransaction):
        rows.update(energy_estimate=energy, fee_limit_sun=limit_sun)


def test_saved_is_what_stake_paid_for_at_the_price_of_its_day(
    paid: dict[str, Payout], settings: Any
) -> None:
    settings.TRON_ENERGY_MARGIN_PERCENT = 30
    _priced(paid["now"], energy=64_285, limit_sun=-(-64_285 * 210 * 130 // 100))

    told = figures_of(NOW)
    prices = energy_prices(told.days)

    assert prices == {NOW.date(): 210}
    # One was confirmed and one has failed on that day; both used stake.
    fees = fees_of(told.days[NOW.date()], 210)
    assert (fees.burned_sun, fees.staked) == (2 * 13_500_000, 2 * 14_285)
    assert fees.saved_sun == 2 * 14_285 * 210
    chart = charts_of(told)[-1]
    assert "5.9997 TRX saved by stake" in chart.about
    assert "Not known of 2 days." in chart.about


def test_without_a_price_what_was_saved_is_not_known(paid: dict[str, Payout]) -> None:
    assert energy_prices(figures_of(NOW).days) == {}
    assert fees_of(figures_of(NOW).last_day, None).saved_sun is None
    assert fees_of(Sums(), None).saved_sun == 0
    assert "an unknown amount saved by stake" in charts_of(figures_of(NOW))[-1].about


# --- how long wallets last ----------------------------------------------------------------------


def test_a_wallet_lasts_as_long_as_the_pace_of_the_day_lets_it(
    wallet: Wallet, paid: dict[str, Payout]
) -> None:
    ResourceLook.objects.create(
        wallet=wallet, energy=64_285, bandwidth=0, free_bandwidth=0, node="n", at=NOW
    )

    [told] = runways_of(figures_of(NOW))

    assert told.usdt.used_a_day == 240 * USDT
    assert told.usdt.text == "over 100 days"
    # Two attempts burned 27 TRX and used 128,570 energy.
    assert told.trx.used_a_day == 27 * TRX
    assert (told.energy.used_a_day, told.energy.text) == (128_570, "12.0 h")
    assert told.routers == "direct, gateway, KYC, V0"


@pytest.mark.parametrize(
    ("available", "used", "text", "colour"),
    [
        (None, 5, "not known", "default"),
        (5, 0, "no use in 24 h", "default"),
        (0, 24, "0.0 h", "danger"),
        (-7, 24, "0.0 h", "danger"),
        (59, 240, "5.9 h", "danger"),
        (60, 240, "6.0 h", "warning"),
        (24, 24, "24.0 h", "success"),
        (95, 24, "95.0 h", "success"),
        (96, 24, "4 days", "success"),
        (2_400, 24, "over 100 days", "success"),
    ],
)
def test_no_use_is_not_for_ever(available: int | None, used: int, text: str, colour: str) -> None:
    tank = Tank(available, used)

    assert (tank.text, tank.colour) == (text, colour)


# --- charts -------------------------------------------------------------------------------------


def chart(*values: list[int | None], **fields: Any) -> Chart:
    """Return a chart of these series."""
    series = [Series(f"s{n}", "info", one, list(map(str, one))) for n, one in enumerate(values)]
    labels = [f"t{n}" for n in range(len(values[0]))]
    given = {"key": "k", "title": "t", "about": "a", "top": "1", **fields}
    return Chart(labels=labels, series=series, **given)


def test_bars_stand_on_each_other_and_never_above_the_top() -> None:
    told = chart([1, 10], [1, 30]).bars

    assert [(one.y, one.height) for one in told] == [
        (HEIGHT - 25, 25), (HEIGHT - 50, 25), (HEIGHT - 250, 250), (0, 750),
    ]  # fmt: skip


def test_nested_bars_all_stand_on_the_ground() -> None:
    told = chart([40], [10], nested=True).bars

    assert [(one.y, one.height) for one in told] == [(0, HEIGHT), (HEIGHT - 250, 250)]


def test_a_little_is_seen_and_nothing_is_not() -> None:
    told = chart([1, 0, None, 10**15]).bars

    assert [one.height for one in told] == [VISIBLE_MIN, HEIGHT]
    assert chart([0, None]).is_empty
    assert all(0 <= one.y <= HEIGHT - one.height for one in chart([995], [5], highest=1_000).bars)


def test_the_table_has_the_same_figures_newest_first() -> None:
    told = chart([1, 2], [3, 4], columns=[("more", ["x", "y"])])

    assert told.head == ["s0", "s1", "more"]
    assert told.rows == [("t1", ["2", "4", "y"]), ("t0", ["1", "3", "x"])]


def test_the_statements_do_not_grow_with_the_payouts(wallet: Wallet, owner: User) -> None:
    def cost() -> int:
        with to_postgres() as sent:
            figures = figures_of(NOW)
            charts_of(figures)
            runways_of(figures)
        return round_trips(sent)

    few = cost()
    for hours in range(5):
        builders.payout(owner, status="confirmed", now=NOW - hours * HOUR)

    assert cost() == few <= 6
