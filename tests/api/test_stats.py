"""Statistics: exact, of the asked period and router, and nobody else's."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from access.scopes import ROLES
from payouts.models_review import ReviewExemption
from payouts.services.limits import limit_breaker_reset, limit_breaker_trip
from payouts.tallies.fold import tallies_fold
from tests import builders
from tests.api.client import Api, caller, refused
from tron.breaker import network_breaker_trip

STATS = "/api/payment/stats"
NOW = datetime(2026, 3, 4, 12, 20, 30, tzinfo=UTC)
FIELDS = [
    "period", "router_type", "total_payouts", "successful_payouts", "failed_payouts",
    "total_amount_usdt", "success_rate", "average_amount_usdt", "recent_payouts_24h",
    "payouts_by_router", "circuit_breaker_status", "daily_limit_usage", "hourly_limit_usage",
    "generated_at",
]  # fmt: skip
ROUTERS = ("PayoutRouterV0", "PayoutRouterKYC", "PayoutRouterDirect", "PayoutRouterGateway")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A moment within an hour, so that periods begin within one."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def stats(api: Api, query: str = "") -> dict[str, Any]:
    answer = api.get(f"{STATS}?{query}" if query else STATS)
    assert answer.status == 200, answer.text
    return dict(answer.body)


@pytest.mark.contract("C-STATS-1")
def test_it_has_every_field_also_of_nothing(alice: Api) -> None:
    body = stats(alice)
    assert list(body) == FIELDS
    assert body == {
        "period": "day", "router_type": "all", "total_payouts": 0, "successful_payouts": 0,
        "failed_payouts": 0, "total_amount_usdt": 0, "success_rate": 0, "average_amount_usdt": 0,
        "recent_payouts_24h": 0,
        "payouts_by_router": {router: {"count": 0, "amount_usdt": 0} for router in ROUTERS},
        "circuit_breaker_status": "closed", "daily_limit_usage": 0, "hourly_limit_usage": 0,
        "generated_at": "2026-03-04T12:20:30Z",
    }  # fmt: skip


@pytest.mark.contract("C-PATH-1", "C-PATH-2")
def test_both_paths_answer_with_and_without_a_slash(alice: Api) -> None:
    builders.payout(alice.user)
    bodies = [alice.get(path).body for path in (STATS, f"{STATS}/", "/api/v1/stats")]
    assert bodies[0]["total_payouts"] == 1
    assert bodies == bodies[:1] * 3


@pytest.mark.contract("C-STATS-3")
@pytest.mark.parametrize("is_folded", [False, True], ids=["as written", "added up"])
def test_it_tells_what_became_of_payouts(alice: Api, is_folded: bool) -> None:
    builders.lift_limits()
    ReviewExemption.objects.create(user=alice.user, note="tests")
    micros = iter((1, 10_000, 250_000, 3_000_000, 10**10, 7))
    for status in ("pending", "processing", "confirmed", "confirmed", "failed", "cancelled"):
        builders.payout(alice.user, status=status, amount_usdt=next(micros))
    if is_folded:
        tallies_fold()
    body = stats(alice)
    assert body["total_payouts"] == 6
    assert (body["successful_payouts"], body["failed_payouts"]) == (2, 1)
    assert str(body["success_rate"]) == "66.67"
    assert str(body["total_amount_usdt"]) == "10003.260008"
    assert str(body["average_amount_usdt"]) == "1667.210001"
    assert str(body["payouts_by_router"]["PayoutRouterV0"]["amount_usdt"]) == "10003.260008"


@pytest.mark.contract("C-STATS-4")
def test_it_counts_what_was_asked_for_within_the_period(alice: Api) -> None:
    moment = timedelta(microseconds=1)
    for hours in (1, 24, 7 * 24, 30 * 24):
        first = NOW - timedelta(hours=hours)
        builders.payout(alice.user, now=first)
        builders.payout(alice.user, now=first - moment)
    wanted = {"hour": 1, "day": 3, "week": 5, "month": 7}
    for period, total in wanted.items():
        body = stats(alice, f"period={period}")
        assert (body["period"], body["total_payouts"]) == (period, total)
        assert body["recent_payouts_24h"] == 3


@pytest.mark.contract("C-STATS-4")
def test_it_counts_the_asked_router_alone(alice: Api) -> None:
    for router, micro in (("PayoutRouterV0", 5), ("PayoutRouterGateway", 7)):
        builders.payout(alice.user, router_type=router, amount_usdt=micro)
    body = stats(alice)
    assert body["total_payouts"] == 2
    assert body["payouts_by_router"]["PayoutRouterGateway"]["count"] == 1
    body = stats(alice, "router_type=PayoutRouterGateway&period=week")
    assert body["router_type"] == "PayoutRouterGateway"
    assert (body["total_payouts"], str(body["total_amount_usdt"])) == (1, "0.000007")
    assert list(body["payouts_by_router"]) == ["PayoutRouterGateway"]
    assert body["recent_payouts_24h"] == 1


@pytest.mark.contract("C-STATS-2", "C-AUTH-10")
def test_everybody_sees_their_own_and_those_who_may_see_all(alice: Api, bob: Api) -> None:
    builders.payout(alice.user, status="confirmed", amount_usdt=5)
    builders.payout(bob.user, status="failed", amount_usdt=7)
    for one, total, rate in ((alice, "0.000005", 100), (bob, "0.000007", 0)):
        for _ in range(2):
            body = stats(one)
            assert (body["total_payouts"], str(body["total_amount_usdt"])) == (1, total)
            assert (body["success_rate"], body["recent_payouts_24h"]) == (rate, 1)
            tallies_fold()
    for role in ("operator", "approver", "auditor", "admin"):
        body = stats(caller(role))
        assert (body["total_payouts"], str(body["total_amount_usdt"])) == (2, "0.000012")
        assert body["success_rate"] == 50
    assert stats(caller("merchant"))["total_payouts"] == 0


@pytest.mark.contract("C-STATS-5")
def test_it_tells_how_much_of_this_hour_s_and_day_s_limits_is_used(alice: Api, bob: Api) -> None:
    hour = NOW.replace(minute=0, second=0)
    moment = timedelta(microseconds=1)
    for now, status in (
        (hour, "pending"), (NOW, "confirmed"), (NOW, "failed"), (NOW, "cancelled"),
        (hour - moment, "processing"), (hour.replace(hour=0), "pending"),
        (hour.replace(hour=0) - moment, "pending"),
    ):  # fmt: skip
        builders.payout(alice.user, now=now, status=status)
    # The limits are the instance's, so what others use counts.
    for query, hourly, daily in (
        ("", 25, 50), ("router_type=PayoutRouterV0", 25, 50), ("router_type=PayoutRouterKYC", 0, 0),
    ):  # fmt: skip
        body = stats(bob, query)
        assert (body["hourly_limit_usage"], body["daily_limit_usage"]) == (hourly, daily), query


@pytest.mark.contract("C-STATS-5")
def test_it_tells_the_worst_of_the_breakers(alice: Api) -> None:
    def told() -> str:
        return str(stats(alice)["circuit_breaker_status"])

    assert told() == "closed"
    limit_breaker_trip(router_type="PayoutRouterKYC", reason="a drill", by="olga", now=NOW)
    assert told() == "open"
    limit_breaker_reset(router_type="PayoutRouterKYC", reason="over", by="olga", now=NOW)
    assert told() == "closed"
    network_breaker_trip()
    assert told() == "open"


@pytest.mark.contract("C-AUTH-6", "C-AUTH-7")
def test_it_needs_the_scope(alice: Api) -> None:
    refused(Api().get(STATS), 401, "LUCID_ERR_1002")
    refused(caller(scopes=["payouts:read"]).get(STATS), 403, "LUCID_ERR_2010")
    refused(caller(None).get(STATS), 403, "LUCID_ERR_2010")
    assert caller(scopes=["stats:read"]).get(STATS).status == 200
    for role in ROLES:
        assert caller(role).get(STATS).status == 200, role


@pytest.mark.contract("C-ERR-5")
@pytest.mark.parametrize(
    "query",
    [
        "period=year",
        "period=",
        "router_type=V0",
        "router_type=ALL",
        "days=1",
        "period=day&period=day",
    ],
)
def test_it_refuses_what_it_does_not_know(alice: Api, query: str) -> None:
    details = refused(alice.get(f"{STATS}?{query}"), 400, "LUCID_ERR_1001")
    assert list(details) == [query.partition("=")[0]]


def test_only_reading_is_possible(alice: Api) -> None:
    for method in ("POST", "PUT", "DELETE"):
        refused(alice.call(method, STATS), 405, "LUCID_ERR_1004")
    assert alice.call("HEAD", STATS).status == 200


def test_its_cost_does_not_grow_with_the_payouts(
    alice: Api, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        builders.payout(alice.user)
    stats(alice)
    for query in ("", "period=month"):
        with django_assert_max_num_queries(6):  # key, roles, period, 24 hours, hour and day limit
            stats(alice, query)
