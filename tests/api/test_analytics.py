"""`GET /tron/payouts/analytics`: payouts by day, router and status, their costs and their times."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from payouts import analytics
from payouts.analytics import quantile
from payouts.models import Payout
from payouts.tallies.fold import tallies_fold
from payouts.tallies.rebuild import tallies_rebuild
from tests import builders
from tests.api.client import Api, caller, refused
from tests.wire import round_trips, to_postgres

ANALYTICS = "/tron/payouts/analytics"
NOW = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
FEE = Decimal("13.5")


@pytest.fixture(autouse=True)
def _now() -> Any:
    """A day in whose middle we stand."""
    with time_machine.travel(NOW, tick=False):
        yield


def took(payout: Payout, seconds: float) -> None:
    """Let a confirmed payout have taken this long."""
    Payout.objects.filter(pk=payout.pk).update(
        confirmed_at=payout.due_at + timedelta(seconds=seconds)
    )


@pytest.fixture
def paid(alice: Api, bob: Api) -> dict[str, Payout]:
    """Payouts of two people on two days."""
    builders.lift_limits()

    def one(of: Api, status: str, ago: timedelta, **fields: Any) -> Payout:
        assert of.user is not None
        return builders.payout(of.user, status=status, now=NOW - ago, **fields)

    made = {
        "today": one(alice, "confirmed", timedelta(hours=1), amount_usdt=10_000_000),
        "yesterday": one(alice, "confirmed", DAY, amount_usdt=20_000_000,
                         router_type="PayoutRouterDirect"),
        "failed": one(alice, "failed", DAY, amount_usdt=5_000_000),
        "open": one(alice, "pending", timedelta(minutes=1), amount_usdt=1_000_000),
        "bob's": one(bob, "confirmed", DAY, amount_usdt=400_000_000),
        "old": one(alice, "cancelled", 40 * DAY, amount_usdt=7_000_000),
    }  # fmt: skip
    for name, seconds in (("today", 60), ("yesterday", 100), ("bob's", 400)):
        took(made[name], seconds)
    return made


@pytest.mark.contract("C-ANALYTICS-1")
@pytest.mark.parametrize("how", ["as written", "added up", "counted anew"])
@pytest.mark.usefixtures("paid")
def test_it_tells_days_routers_statuses_costs_and_times(alice: Api, how: str) -> None:
    if how == "added up":
        while tallies_fold():
            pass
    if how == "counted anew":
        tallies_rebuild()
    told = alice.get(f"{ANALYTICS}/").body
    assert (told["start_date"], told["end_date"]) == (
        "2026-02-08T13:00:00Z", "2026-03-10T13:00:00Z",
    )  # fmt: skip
    whole = {
        "total_payouts": 4, "total_amount_usdt": 36, "confirmed_payouts": 2,
        "confirmed_amount_usdt": 30, "failed_payouts": 1, "success_rate": Decimal("66.67"),
        "fee_trx": 3 * FEE, "energy_used": 3 * 64_285, "energy_saved": 3 * 14_285,
    }  # fmt: skip
    assert {name: told[name] for name in whole} == whole
    assert told["confirmation_seconds"] == {"p50": 80, "p95": 98, "exact": True}
    days = {one.pop("date"): one for one in told["by_day"]}
    assert list(days) == sorted(days)
    assert (len(days), list(days)[-1]) == (31, "2026-03-10")
    assert days["2026-03-10"] == whole | {
        "total_payouts": 2, "total_amount_usdt": 11, "confirmed_payouts": 1,
        "confirmed_amount_usdt": 10, "failed_payouts": 0, "success_rate": 100, "fee_trx": FEE,
        "energy_used": 64_285, "energy_saved": 14_285,
    }  # fmt: skip
    assert days["2026-03-09"]["fee_trx"] == 2 * FEE
    assert days["2026-03-01"] == dict.fromkeys(whole, 0)
    routers = {name: one["total_payouts"] for name, one in told["by_router"].items()}
    assert routers == {"PayoutRouterV0": 3, "PayoutRouterKYC": 0, "PayoutRouterDirect": 1,
                       "PayoutRouterGateway": 0}  # fmt: skip
    assert told["by_router"]["PayoutRouterDirect"]["fee_trx"] == FEE
    assert told["by_status"]["failed"] == {"count": 1, "amount_usdt": 5}
    assert told["by_status"]["cancelled"] == {"count": 0, "amount_usdt": 0}


@pytest.mark.contract("C-ANALYTICS-2")
@pytest.mark.usefixtures("paid")
def test_it_tells_of_ones_own_and_of_everybodys_to_those_who_see_them(
    alice: Api, bob: Api, auditor: Api
) -> None:
    totals = [one.get(ANALYTICS).body["total_payouts"] for one in (alice, bob, auditor)]
    assert totals == [4, 1, 5]
    assert bob.get(ANALYTICS).body["confirmation_seconds"]["p50"] == 400
    assert auditor.get(ANALYTICS).body["confirmation_seconds"]["p50"] == 100
    narrow = caller("end_user", scopes=["payouts:read"])
    refused(narrow.get(ANALYTICS), 403, "LUCID_ERR_2010")
    nobody = caller().get(ANALYTICS).body
    assert (nobody["total_payouts"], nobody["confirmation_seconds"]["p95"]) == (0, None)


@pytest.mark.contract("C-ANALYTICS-3")
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("period=hour", 2), ("period=day", 4), ("period=week", 4), ("period=month", 4),
        ("start_date=2026-03-10", 2), ("end_date=2026-03-09", 2),
        ("start_date=2026-03-09T12:59:59Z&end_date=2026-03-09T12:00:00Z", 2),
        ("start_date=2026-03-09T13:00:00Z", 2), ("start_date=2026-01-10", 5),
        ("end_date=2026-02-01", 1), ("end_date=2099-01-01", 4),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("paid")
def test_a_period_is_whole_hours(alice: Api, query: str, count: int) -> None:
    told = alice.get(f"{ANALYTICS}?{query}")
    assert (told.status, told.body["total_payouts"]) == (200, count)
    assert sum(day["total_payouts"] for day in told.body["by_day"]) == count


@pytest.mark.contract("C-ANALYTICS-3")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("period=year", "period"), ("period=day&start_date=2026-03-01", "period"),
        ("start_date=2026-03-10&end_date=2026-03-09", "start_date"),
        ("start_date=2025-12-01", "start_date"), ("start_date=2026-03-11", "start_date"),
        ("start_date=0001-01-01", "start_date"), ("end_date=0001-01-01", "end_date"),
        ("end_date=x", "end_date"), ("router_type=PayoutRouterV0", "router_type"),
    ],
)  # fmt: skip
def test_a_period_that_is_none_is_named(alice: Api, query: str, field: str) -> None:
    assert field in refused(alice.get(f"{ANALYTICS}?{query}"), 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-ANALYTICS-1")
@pytest.mark.usefixtures("paid")
def test_of_very_many_the_times_are_reckoned_from_their_buckets(
    alice: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analytics, "EXACT_MAX", 1)
    # One took 60 s (30 … 60], one 100 s (90 … 120].
    told = alice.get(ANALYTICS).body["confirmation_seconds"]
    assert told == {"p50": 60, "p95": 117, "exact": False}


def test_quantiles_of_buckets() -> None:
    assert quantile(Counter({0: 4}), 0.5) == 0.5
    assert quantile(Counter({1: 1, 3: 1}), 0.5) == 2.5
    assert quantile(Counter({15: 3}), 0.95) == 86_400  # it has no end: its beginning
    assert quantile(Counter({2: 0, 4: 10}), 0.95) == pytest.approx(29)


@pytest.mark.usefixtures("paid")
def test_it_costs_two_statements_however_many_payouts(alice: Api) -> None:
    for _ in range(2):
        alice.get(ANALYTICS)
    with to_postgres() as statements:
        alice.get(ANALYTICS)
    assert round_trips(statements) == 2, statements
