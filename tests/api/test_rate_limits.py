"""Limits a minute: per user and endpoint, shown on every answer that was counted."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from payouts.models import Payout
from tests import builders
from tests.api.client import PAYOUTS, Answer, Api, nothing_written, order, refused
from tests.webhooks.api.hooks import HOOKS

HEALTH = "/api/payment/health"
NOW = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)
RESET = str(int(NOW.timestamp()) + 45)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """A minute that does not end while a test counts in it."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def carol(wallet: object) -> Api:
    """An end user whose key has the defaults."""
    owner = builders.user()
    return Api(builders.token(owner, rate_limits=None), owner)


def _left(answer: Answer) -> tuple[str, str, str]:
    return tuple(answer.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def _exhaust(one: Api, calls: int = 10) -> None:
    for _ in range(calls):
        assert one.pay().status == 201


@pytest.mark.contract("C-RATE-1", "C-RATE-2", "C-RATE-3")
def test_it_counts_down_and_then_refuses(carol: Api, clock: time_machine.Traveller) -> None:
    for left in range(9, -1, -1):
        made = carol.pay()
        assert (made.status, _left(made)) == (201, ("10", str(left), RESET))
        assert "Retry-After" not in made.headers
    with nothing_written():
        answer = carol.pay()
        assert refused(answer, 429, "LUCID_ERR_2009") == {}
    assert _left(answer) == ("10", "0", RESET)
    assert answer.headers["Retry-After"] == answer.headers["X-RateLimit-Retry-After"] == "45"
    clock.shift(45)
    assert carol.pay().status == 201


@pytest.mark.contract("C-RATE-1", "C-RATE-2")
@pytest.mark.parametrize(
    ("method", "path", "limit"),
    [("POST", PAYOUTS, "10"), ("GET", PAYOUTS, "30"), ("GET", f"{PAYOUTS}/x", "60"),
     ("POST", f"{PAYOUTS}/x/cancel", "10"), ("GET", f"{PAYOUTS}/x/events", "30"),
     ("GET", "/api/payment/stats", "20"), ("GET", HEALTH, "120"), ("HEAD", HEALTH, "120"),
     ("HEAD", PAYOUTS, "30"), ("POST", "/api/auth/token", "10"),
     ("POST", "/api/auth/token/refresh", "10"), ("POST", "/api/auth/token/revoke", "10"),
     ("GET", "/health", "120"), ("GET", "/health/ready", "120"), ("GET", "/status", "60"),
     ("GET", "/stats", "60"), ("GET", "/payout-router/stats", "60"), ("GET", "/config", "60"),
     ("POST", "/restart/tron-client", "10"),
     ("POST", "/tron/payouts/v0", "10"), ("POST", "/tron/payouts/kyc", "10"),
     ("POST", "/tron/payouts/direct", "10"), ("GET", "/tron/payouts/x", "60"),
     ("GET", "/tron/payouts/history", "30"), ("POST", "/tron/payouts/x/cancel", "10"),
     ("GET", "/tron/payouts/analytics", "60"), ("POST", "/tron/usdt/transfer", "10"),
     ("POST", "/tron/kyc/records", "10"), ("GET", "/tron/kyc/records/x", "60"),
     ("POST", "/tron/kyc/records/x/revoke", "10"), ("GET", "/tron/trusted-recipients", "60"),
     ("POST", "/tron/trusted-recipients", "10"), ("DELETE", "/tron/trusted-recipients/x", "10"),
     ("GET", HOOKS, "60"), ("POST", f"{HOOKS}/register", "10"), ("GET", f"{HOOKS}/x", "60"),
     ("PATCH", f"{HOOKS}/x", "10"), ("DELETE", f"{HOOKS}/x", "10"),
     ("POST", f"{HOOKS}/x/rotate-secret", "10"), ("POST", f"{HOOKS}/x/test", "10"),
     ("GET", f"{HOOKS}/x/deliveries", "60"), ("GET", f"{HOOKS}/deliveries/x", "60"),
     ("POST", f"{HOOKS}/deliveries/x/redeliver", "10"), ("POST", f"{HOOKS}/x/redeliver", "10"),
     ("GET", f"{HOOKS}/events", "60"), ("POST", f"{HOOKS}/payment-status", "60")],
)  # fmt: skip
def test_every_endpoint_has_its_limit_also_on_refusals(
    carol: Api, method: str, path: str, limit: str
) -> None:
    first, second = carol.call(method, path), carol.call(method, path)
    for answer, left in ((first, 1), (second, 2)):
        assert _left(answer) == (limit, str(int(limit) - left), RESET)


@pytest.mark.contract("C-RATE-2")
@pytest.mark.parametrize(
    ("body", "headers"),
    [("nonsense", {}), ("{}", {}), ("{}", {"Idempotency_Key": ""})],
    ids=["no JSON", "fields missing", "odd key"],
)
def test_refused_calls_count_and_show_it(carol: Api, body: str, headers: dict) -> None:
    answer = carol.call("POST", PAYOUTS, body, **headers)
    assert (answer.status, _left(answer)) == (400, ("10", "9", RESET))
    answer = carol.call("POST", PAYOUTS, body, content_type="text/plain")
    assert (answer.status, _left(answer)) == (415, ("10", "8", RESET))


@pytest.mark.contract("C-RATE-2", "C-RATE-3")
def test_refusals_for_want_of_a_scope_count_and_show_it(wallet: object) -> None:
    auditor = Api(builders.jwt(builders.user("auditor")))
    left = [int(auditor.pay().headers["X-RateLimit-Remaining"]) for _ in range(2)]
    assert left == [9, 8]
    for _ in range(8):
        refused(auditor.pay(), 403, "LUCID_ERR_2010")
    answer = auditor.pay()
    refused(answer, 429, "LUCID_ERR_2009")
    assert answer.headers["Retry-After"] == answer.headers["X-RateLimit-Retry-After"]


@pytest.mark.contract("C-RATE-2")
def test_replays_count_too(carol: Api) -> None:
    body = order(reference_id="7")
    lefts = [_left(carol.post(PAYOUTS, body))[1] for _ in range(3)]
    assert lefts == ["9", "8", "7"]


@pytest.mark.contract("C-IDEM-5")
def test_a_throttled_call_stores_nothing_under_its_key(
    carol: Api, clock: time_machine.Traveller
) -> None:
    _exhaust(carol)
    body = order()
    refused(carol.post(PAYOUTS, body, Idempotency_Key="k"), 429, "LUCID_ERR_2009")
    clock.shift(60)
    made = carol.post(PAYOUTS, body, Idempotency_Key="k")
    assert (made.status, made.headers.get("Idempotent-Replayed")) == (201, None)


@pytest.mark.contract("C-RATE-4", "C-PATH-2")
def test_aliases_share_the_bucket(carol: Api) -> None:
    paths = (PAYOUTS, f"{PAYOUTS}/", "/api/v1/payouts", "/api/v1/payouts/")
    assert [_left(carol.pay(path))[1] for path in paths] == ["9", "8", "7", "6"]


@pytest.mark.contract("C-RATE-1")
def test_endpoints_and_people_have_their_own(carol: Api, wallet: object) -> None:
    _exhaust(carol)
    assert carol.get(PAYOUTS).status == 200
    owner = builders.user()
    assert _left(Api(builders.token(owner, rate_limits=None)).pay())[1] == "9"


@pytest.mark.contract("C-RATE-4")
def test_a_users_keys_and_jwts_share_the_bucket(carol: Api) -> None:
    tokens = (builders.token(carol.user, rate_limits=None), builders.jwt(carol.user), carol.token)
    assert [_left(Api(token).pay())[1] for token in tokens] == ["9", "8", "7"]


@pytest.mark.contract("C-RATE-5")
@pytest.mark.parametrize(
    ("limits", "limit"),
    [({"payouts.create": 3}, 3), ({"*": 2}, 2), ({"*": 9, "payouts.create": 1}, 1)],
    ids=["named", "any", "named before any"],
)
def test_a_key_with_limits_of_its_own_has_its_own_bucket(
    carol: Api, limits: dict, limit: int
) -> None:
    _exhaust(carol)
    own = Api(builders.token(carol.user, rate_limits=limits))
    assert [_left(own.pay())[:2] for _ in range(limit)] == [
        (str(limit), str(limit - 1 - number)) for number in range(limit)
    ]
    refused(own.pay(), 429, "LUCID_ERR_2009")
    assert Payout.objects.count() == 10 + limit


@pytest.mark.contract("C-RATE-6")
def test_health_is_limited_per_address(db: None) -> None:
    here, there = Api(address="10.0.0.1"), Api(address="10.0.0.2")
    for _ in range(120):
        assert here.get(HEALTH).status == 200
    refused(here.get(f"{HEALTH}/"), 429, "LUCID_ERR_2009")
    assert here.call("HEAD", HEALTH).status == 429
    assert there.get(HEALTH).status == 200


@pytest.mark.contract("C-RATE-6")
def test_nobody_picks_a_bucket_by_a_header(db: None) -> None:
    here = Api(address="10.0.0.1")
    lefts = [
        _left(here.get(HEALTH, X_Forwarded_For=f"10.1.1.{n}", X_Real_IP=f"10.2.2.{n}"))[1]
        for n in range(3)
    ]
    assert lefts == ["119", "118", "117"]


@pytest.mark.contract("C-RATE-6")
def test_password_guesses_are_limited_per_address(db: None) -> None:
    owner = builders.user()
    for name in range(10):
        wrong = {"username": f"{owner.username}{name}", "password": "wrong"}
        refused(Api().post("/api/auth/token/", wrong), 401, "LUCID_ERR_1002")
    good = {"username": owner.username, "password": builders.PASSWORD}
    refused(Api().post("/api/auth/token", good), 429, "LUCID_ERR_2009")


def test_without_redis_calls_are_served_uncounted(carol: Api, no_redis: None) -> None:
    for _ in range(12):
        answer = carol.pay()
        assert answer.status == 201
        assert "X-RateLimit-Limit" not in answer.headers
