"""Limits and breakers over HTTP: exact answers, and no more than the limit however many ask."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Sum

from access.models import ApiKey
from access.services.keys import api_key_rotate
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_limits import LimitKind, LimitWindow
from payouts.services.limits import limit_breaker_trip, limit_set
from tests import builders
from tests.api.client import Answer, Api, caller, nothing_written, refused
from tests.builders import USDT

AT_ONCE = 200
UNTIL_S = 60
NOON = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)


def limit(kind: str, subject: str, hourly: int | None, daily: int | None, **fields: Any) -> None:
    most = [None if usdt is None else usdt * USDT for usdt in (hourly, daily)]
    limit_set(
        kind=kind, subject=subject, hourly_micro=most[0], daily_micro=most[1], by="tests",
        now=utc_now(), **fields,
    )  # fmt: skip


@pytest.mark.contract("C-ERR-8")
@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_what_does_not_fit_is_2002_with_what_is_left(alice: Api) -> None:
    limit(LimitKind.ROUTER, "PayoutRouterV0", 100, 100)
    assert alice.pay(amount_usdt=60).status == 201
    with nothing_written():
        answer = alice.pay(amount_usdt=40.01)
        details = refused(answer, 400, "LUCID_ERR_2002")
    # Of two windows that leave as little the one that lasts longer is named.
    assert answer.body["detail"] == "Amount exceeds daily limit"
    assert details == {
        "limit_name": "router_daily",
        "subject": "PayoutRouterV0",
        "limit": 100,
        "used": 60,
        "remaining": 40,
        "resets_at": "2026-04-01T00:00:00Z",
    }
    assert alice.pay(amount_usdt=40).status == 201


@pytest.mark.contract("C-ERR-9")
@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_a_window_with_nothing_left_is_2003_until_it_reopens(alice: Api) -> None:
    limit(LimitKind.ROUTER, "PayoutRouterV0", 100, 1000)
    assert alice.pay(amount_usdt=100).status == 201
    with nothing_written():
        answer = alice.pay(amount_usdt="0.01")
        details = refused(answer, 400, "LUCID_ERR_2003")
    assert answer.body["detail"] == "Circuit breaker open"
    assert details == {
        "breaker": "limit",
        "limit_name": "router_hourly",
        "subject": "PayoutRouterV0",
        "limit": 100,
        "used": 100,
        "remaining": 0,
        "reopens_at": "2026-03-31T13:00:00Z",
    }
    with time_machine.travel(NOON + timedelta(minutes=30), tick=False):
        assert alice.pay(amount_usdt="0.01").status == 201


@pytest.mark.contract("C-ERR-9")
@pytest.mark.django_db
def test_a_breaker_tripped_by_an_operator_is_2003_without_an_end(alice: Api) -> None:
    limit_breaker_trip(router_type="", reason="secret plans", by="olga", now=utc_now())
    with nothing_written():
        answer = alice.pay()
        details = refused(answer, 400, "LUCID_ERR_2003")
    assert details == {"breaker": "operator", "subject": "PayoutRouterV0", "reopens_at": None}
    assert "secret" not in answer.text


@pytest.mark.contract("C-LIMIT-3", "C-ERR-8")
@pytest.mark.django_db
def test_a_key_has_limits_of_its_own(alice: Api) -> None:
    key = ApiKey.objects.get(user=alice.user)
    limit(LimitKind.API_KEY, key.pk.hex, 10, 20)
    assert alice.pay(amount_usdt=6).status == 201
    answer = alice.pay(amount_usdt=5)
    assert refused(answer, 400, "LUCID_ERR_2002")["limit_name"] == "api_key_hourly"
    assert answer.body["detail"] == "Amount exceeds hourly limit of this API key"
    other = Api(builders.token(alice.user), alice.user)
    assert other.pay(amount_usdt=500).status == 201
    assert Payout.objects.filter(api_key=key).count() == 1


@pytest.mark.contract("C-LIMIT-3")
@pytest.mark.django_db
def test_a_rotated_key_has_the_limits_of_its_line(alice: Api) -> None:
    """Also while both work, and after another rotation: a rotation makes no room."""
    key = ApiKey.objects.get(user=alice.user)
    limit(LimitKind.API_KEY, key.pk.hex, 10, 20)
    assert alice.pay(amount_usdt=6).status == 201
    for _ in range(2):
        key, token = api_key_rotate(key=key, overlap=timedelta(hours=1), now=utc_now())
        answer = Api(token, alice.user).pay(amount_usdt=5)
        assert refused(answer, 400, "LUCID_ERR_2002")["limit_name"] == "api_key_hourly"
    newest = Api(token, alice.user).pay(amount_usdt=4)
    assert newest.status == 201
    refused(alice.pay(amount_usdt=1), 400, "LUCID_ERR_2003")
    assert alice.post(f"{newest.headers['Location']}/cancel").status == 200
    assert alice.pay(amount_usdt=4).status == 201


@pytest.mark.django_db
def test_a_key_whose_limits_are_lifted_takes_nothing_from_the_others(alice: Api, bob: Api) -> None:
    limit(LimitKind.ROUTER, "PayoutRouterV0", 100, 100)
    key = ApiKey.objects.get(user=alice.user)
    limit(LimitKind.API_KEY, key.pk.hex, None, None, lifts_router=True)
    for _ in range(3):
        assert alice.pay(amount_usdt=90).status == 201
    assert bob.pay(amount_usdt=100).status == 201
    refused(bob.pay(amount_usdt=1), 400, "LUCID_ERR_2003")
    assert LimitWindow.objects.get(kind="lifted", period="day").used_micro == 270 * USDT


@pytest.mark.contract("C-HEALTH-4")
@pytest.mark.django_db
def test_health_tells_of_the_breaker_and_of_what_is_left(alice: Api) -> None:
    def told() -> Any:
        return alice.get("/api/payment/health").body["checks"]["circuit_breaker"]

    assert told() == {"status": "closed", "daily_limit_remaining": 60_000}
    assert alice.pay(amount_usdt=12.5).status == 201
    assert told()["daily_limit_remaining"] == Decimal("59987.5")
    limit_breaker_trip(router_type="", reason="a drill", by="olga", now=utc_now())
    assert told()["status"] == "open"
    assert alice.get("/api/payment/health").body["status"] == "degraded"


@pytest.mark.contract("C-LIMIT-1")
@pytest.mark.django_db(transaction=True)
def test_two_hundred_at_once_get_exactly_what_is_left_of_the_day(alice: Api) -> None:
    limit(LimitKind.ROUTER, "PayoutRouterV0", None, 1000)
    assert alice.pay(amount_usdt=900).status == 201
    start = threading.Barrier(AT_ONCE)

    def one(number: int) -> Answer:
        start.wait(UNTIL_S)
        try:
            return alice.pay(amount_usdt=[1, 2, 3][number % 3])
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(one, range(AT_ONCE)))
    codes = {201, *(answer.status for answer in answers)}
    assert codes == {201, 400}
    errors = {one.body["error"]["code"] for one in answers if one.status == 400}
    assert errors <= {"LUCID_ERR_2002", "LUCID_ERR_2003"}
    accepted = Payout.objects.aggregate(micro=Sum("amount_micro"))["micro"]
    assert accepted == 1000 * USDT
    assert LimitWindow.objects.get(kind="router", period="day").used_micro == accepted
    refused(alice.pay(amount_usdt="0.01"), 400, "LUCID_ERR_2003")


@pytest.mark.contract("C-LIMIT-1", "C-LIMIT-2")
@pytest.mark.django_db(transaction=True)
def test_asking_and_cancelling_at_once_leave_the_books_of_the_windows_right(
    wallet: Any,
) -> None:
    """Many keys, recipients and routers at once: nobody waits in a circle."""
    limit(LimitKind.ROUTER, "PayoutRouterV0", 300, 400)
    limit(LimitKind.RECIPIENT, "", 100, 150)
    people = [builders.address() for _ in range(3)]
    callers = [caller() for _ in range(8)]
    start = threading.Barrier(len(callers))

    def work(number: int) -> set[int]:
        api, seen = callers[number], set()
        start.wait(UNTIL_S)
        try:
            for turn in range(12):
                answer = api.pay(recipient_address=people[(number + turn) % 3], amount_usdt=20)
                seen.add(answer.status)
                if answer.status == 201 and turn % 2:
                    seen.add(api.post(f"{answer.headers['Location']}/cancel").status)
        finally:
            connection.close()
        return seen

    with ThreadPoolExecutor(len(callers)) as threads:
        seen = set().union(*threads.map(work, range(len(callers))))
    assert seen <= {200, 201, 400}
    open_micro = Payout.objects.filter(status="pending").aggregate(n=Sum("amount_micro"))["n"]
    for kind in ("router", "api_key", "recipient"):
        rows = LimitWindow.objects.filter(kind=kind, period="day")
        assert rows.aggregate(n=Sum("used_micro"))["n"] == open_micro
