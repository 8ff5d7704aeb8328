"""The charts and tiles of the page, made of the figures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from access.console import NOTHING, amount_text
from lucidpay.dashboard.charts import Chart, Series
from lucidpay.dashboard.fees import Fees, energy_prices, fees_of
from lucidpay.dashboard.figures import (
    DAYS,
    HOURS,
    Figures,
    confirmed_micro,
    count_of,
    ms_text,
    permille_text,
    success_permille,
    took_ms,
)
from payouts.analytics import Sums
from payouts.states import Status

BY_ASKED = "By the time at which they were asked for, in UTC. The last bar is not over yet."
TIMES = (
    "From when a payout was due to its confirmation. Reckoned from counts in buckets, as if even "
    "within each."
)
SAVED = (
    "Burned: by the receipts. Saved: the energy that stake paid for, at the price of the day as "
    "its fee limits tell it (by today's margin); bandwidth is not counted. — where no price is "
    "known."
)
PERIODS = {"hours": f"the last {HOURS} hours", "days": f"the last {DAYS} days"}


@dataclass(frozen=True)
class Tile:
    """One number with its name."""

    name: str
    text: str
    note: str = ""


def tiles_of(figures: Figures) -> list[Tile]:
    """Return the numbers of the last day."""
    sums = figures.last_day
    confirmed, failed = count_of(sums, Status.CONFIRMED), count_of(sums, Status.FAILED)
    under_way = count_of(sums, Status.PENDING, Status.PROCESSING)
    ended = f"of {confirmed + failed:,} that ended on chain, {failed:,} failed"
    slowest = f"95 of 100 within {ms_text(took_ms(sums, 0.95))}; about, from buckets"
    return [
        Tile("paid", amount_text(confirmed_micro(sums), "USDT")),
        Tile(
            "payouts asked for",
            f"{count_of(sums):,}",
            f"{confirmed:,} confirmed, {under_way:,} under way",
        ),
        Tile(
            "success",
            permille_text(success_permille(sums)),
            ended if confirmed + failed else "none has ended on chain",
        ),
        Tile(
            "half confirmed within",
            ms_text(took_ms(sums, 0.5)),
            slowest if confirmed else "none was confirmed",
        ),
    ]


def charts_of(figures: Figures) -> list[Chart]:
    """Return all charts; one statement more, for the prices of energy."""
    hours = [f"{hour:%a %H:%M}" for hour in figures.hours]
    days = [f"{day:%b %d}" for day in figures.days]
    by_hour, by_day = list(figures.hours.values()), list(figures.days.values())
    prices = energy_prices(figures.days)
    fees = [fees_of(sums, prices.get(day)) for day, sums in figures.days.items()]
    return [
        _volume("hours", hours, by_hour),
        _counts("hours", hours, by_hour),
        _volume("days", days, by_day),
        _counts("days", days, by_day),
        _success(days, by_day),
        _times(days, by_day),
        _fees(days, fees),
    ]


def _series(
    name: str, tone: str, of: list[Any], value: Callable[[Any], int | None],
    text: Callable[[Any], str] = "{:,}".format,
) -> Series:  # fmt: skip
    values = [value(one) for one in of]
    return Series(name, tone, values, [NOTHING if one is None else text(one) for one in values])


def _volume(period: str, labels: list[str], sums: list[Sums]) -> Chart:
    paid = _series("paid", "success", sums, confirmed_micro, _usdt)
    return Chart(
        key=f"volume-{period}",
        title=f"Paid in {PERIODS[period]}",
        about=f"Confirmed USDT, {_usdt(sum(map(confirmed_micro, sums)))} in all. {BY_ASKED}",
        labels=labels,
        series=[paid],
        top=_usdt(max(map(confirmed_micro, sums))),
        empty=f"Nothing was paid in {PERIODS[period]}.",
    )


def _counts(period: str, labels: list[str], sums: list[Sums]) -> Chart:
    kinds = (
        ("confirmed", "success", (Status.CONFIRMED,)),
        ("under way", "info", (Status.PENDING, Status.PROCESSING)),
        ("cancelled", "default", (Status.CANCELLED,)),
        ("failed", "danger", (Status.FAILED,)),
    )
    return Chart(
        key=f"count-{period}",
        title=f"Payouts in {PERIODS[period]}",
        about=f"{sum(map(count_of, sums)):,} in all, by where they are now. {BY_ASKED}",
        labels=labels,
        series=[_count(name, tone, sums, statuses) for name, tone, statuses in kinds],
        top=f"{max(map(count_of, sums)):,}",
        empty=f"No payout was asked for in {PERIODS[period]}.",
    )  # fmt: skip


def _count(name: str, tone: str, sums: list[Sums], statuses: tuple[Status, ...]) -> Series:
    return _series(name, tone, sums, lambda one: count_of(one, *statuses))


def _success(labels: list[str], sums: list[Sums]) -> Chart:
    def failed(one: Sums) -> int | None:
        paid = success_permille(one)
        return None if paid is None else 1_000 - paid

    return Chart(
        key="success",
        title="Success rate by day",
        about="Confirmed of those that ended on chain, without cancelled ones. What is red failed.",
        labels=labels,
        series=[_series("confirmed", "success", sums, success_permille, permille_text),
                _series("failed", "danger", sums, failed, permille_text)],
        top="100 %",
        highest=1_000,
        columns=[("ended", [f"{count_of(one, Status.CONFIRMED, Status.FAILED):,}"
                            for one in sums])],
        empty=f"No payout ended on chain in {PERIODS['days']}.",
    )  # fmt: skip


def _times(labels: list[str], sums: list[Sums]) -> Chart:
    slowest = _series("95 of 100", "warning", sums, lambda one: took_ms(one, 0.95), ms_text)
    return Chart(
        key="times",
        title="Time to confirmation by day",
        about=TIMES,
        labels=labels,
        series=[slowest, _series("half", "info", sums, lambda one: took_ms(one, 0.5), ms_text)],
        top=ms_text(max(value or 0 for value in slowest.values)),
        nested=True,
        empty=f"No payout was confirmed in {PERIODS['days']}.",
    )


def _fees(labels: list[str], fees: list[Fees]) -> Chart:
    burned = sum(one.burned_sun for one in fees)
    known = [one.saved_sun for one in fees if one.staked and one.saved_sun is not None]
    unknown = sum(one.saved_sun is None for one in fees)
    saved = _trx(sum(known)) if known or not unknown else "an unknown amount"
    days = f" Not known of {unknown} day{'s' if unknown > 1 else ''}." if unknown else ""
    return Chart(
        key="fees",
        title="Fees burned and saved by day",
        about=f"{_trx(burned)} burned, {saved} saved by stake. {SAVED}{days}",
        labels=labels,
        series=[_series("burned", "warning", fees, lambda one: one.burned_sun, _trx),
                _series("saved", "success", fees, lambda one: one.saved_sun, _trx)],
        top=_trx(max(one.burned_sun + (one.saved_sun or 0) for one in fees)),
        columns=[("energy used", [f"{one.energy:,}" for one in fees]),
                 ("of it from stake", [f"{one.staked:,}" for one in fees])],
        empty=f"No fee was paid in {PERIODS['days']}.",
    )  # fmt: skip


def _usdt(micro: int) -> str:
    return amount_text(micro, "USDT")


def _trx(sun: int) -> str:
    return amount_text(sun, "TRX")
