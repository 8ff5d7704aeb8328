"""`/tron/payouts`: the path names the router; the payouts are those of the Payment API."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from access.models import IdempotencyRecord
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_limits import BreakerTrip, LimitWindow
from payouts.services.limits import limit_breaker_trip
from payouts.services.recipients import kyc_revoke_address, recipient_distrust, recipient_propose
from tests import builders
from tests.api.client import PAYOUTS, Answer, Api, caller, nothing_written, order, refused
from webhooks.models import Event

ROUTED = "/tron/payouts"
ROUTERS = {"v0": "PayoutRouterV0", "kyc": "PayoutRouterKYC", "direct": "PayoutRouterDirect"}
RECIPIENTS: dict[str, Callable[[], str]] = {
    "v0": builders.address, "kyc": builders.kyc, "direct": builders.trusted,
}  # fmt: skip


def routed(road: str, **fields: Any) -> dict[str, Any]:
    """A body that is accepted on this road."""
    return order(**{"recipient_address": RECIPIENTS[road](), **fields})


@pytest.mark.contract("C-ROUTE-1", "C-ROUTE-4")
@pytest.mark.parametrize("road", ROUTERS)
@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
def test_it_pays_by_the_router_of_the_path(alice: Api, bob: Api, road: str, slash: str) -> None:
    body = routed(road, reference_id="7", priority="HIGH", metadata={"a": 1})
    made = alice.post(f"{ROUTED}/{road}{slash}", body)
    assert made.status == 201, made
    assert made.body == made.body | body
    assert made.body["router_type"] == ROUTERS[road]
    place = f"{ROUTED}/{made.body['payout_id']}"
    assert made.headers["Location"] == place
    for prefix in (ROUTED, PAYOUTS):
        assert alice.get(f"{prefix}/{made.body['payout_id']}{slash}").body == made.body
    refused(bob.get(place), 404, "LUCID_ERR_2005")
    refused(bob.post(f"{place}/cancel"), 404, "LUCID_ERR_2005")
    assert Event.objects.filter(type="payout.created").count() == 1
    cancelled = alice.post(f"{place}/cancel{slash}", {"reason": "typo"})
    assert (cancelled.status, cancelled.body["status"]) == (200, "cancelled")
    refused(alice.post(f"{place}/cancel"), 409, "LUCID_ERR_1005")
    # What it took is given back, of every limit that it counted against.
    assert set(LimitWindow.objects.values_list("used_micro", flat=True)) == {0}


@pytest.mark.contract("C-ROUTE-1")
@pytest.mark.parametrize("road", ROUTERS)
def test_what_is_wrong_is_refused_as_on_the_payment_api(alice: Api, road: str) -> None:
    body = routed(road)
    path = f"{ROUTED}/{road}"
    with nothing_written():
        wrong = refused(alice.post(path, {**body, "router_type": ROUTERS[road]}), 400,
                        "LUCID_ERR_1001")  # fmt: skip
        assert wrong == {"router_type": ["Unknown field."]}
        bad = alice.post(path, {**body, "recipient_address": "T"})
        refused(bad, 400, "LUCID_ERR_2001")
        refused(alice.post(path, {**body, "amount_usdt": 10_000.01}), 400, "LUCID_ERR_1001")
        refused(alice.post(path, {**body, "amount_usdt": "1.001"}), 400, "LUCID_ERR_1001")
        nameless = {name: body[name] for name in ("recipient_address", "amount_usdt")}
        assert set(refused(alice.post(path, nameless), 400, "LUCID_ERR_1001")) == {"reason"}
        refused(alice.post(f"{path}?dryrun=true", body), 400, "LUCID_ERR_1001")
        refused(alice.call("POST", path, "nonsense"), 400, "LUCID_ERR_1001")
        refused(Api().post(path, body), 401, "LUCID_ERR_1002")
    auditor = caller("auditor")
    with nothing_written():
        refused(auditor.post(path, body), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-ROUTE-2")
def test_kyc_needs_a_valid_record(alice: Api) -> None:
    known, stranger = builders.kyc(), builders.address()
    path = f"{ROUTED}/kyc"
    with nothing_written():
        wrong = refused(alice.pay(path, recipient_address=stranger), 400, "LUCID_ERR_2004")
    assert wrong == {"recipient_address": ["The recipient has no valid KYC record."]}
    assert alice.pay(path, recipient_address=known).status == 201
    kyc_revoke_address(address=known, reason="left", by="t", now=utc_now())
    refused(alice.pay(path, recipient_address=known), 400, "LUCID_ERR_2004")
    soon, expires_at = builders.kyc(), utc_now() + timedelta(days=2)
    with time_machine.travel(expires_at, tick=False):
        refused(alice.pay(path, recipient_address=soon), 400, "LUCID_ERR_2004")


@pytest.mark.contract("C-ROUTE-3", "C-TRUST-2")
def test_direct_needs_somebody_on_the_list(alice: Api) -> None:
    path, waiting = f"{ROUTED}/direct", builders.address()
    recipient_propose(
        address=waiting, note="", hourly_micro=None, daily_micro=None, by="api", now=utc_now()
    )
    strangers = (waiting, builders.address(), builders.kyc())
    with nothing_written():
        for stranger in strangers:
            answer = alice.pay(path, recipient_address=stranger)
            wrong = refused(answer, 400, "LUCID_ERR_2004")
            assert wrong == {
                "recipient_address": ["The recipient is not on the list of trusted recipients."]
            }
    friend = builders.trusted()
    assert alice.pay(path, recipient_address=friend).status == 201
    # Nowhere else can it be asked for, not even for a friend.
    asked = {"recipient_address": friend, "router_type": "PayoutRouterDirect"}
    refused(alice.pay(**asked), 400, "LUCID_ERR_2004")
    batch = {"payouts": [order(recipient_address=friend)], "router_type": "PayoutRouterDirect"}
    refused(alice.post(f"{PAYOUTS}/batch", batch), 400, "LUCID_ERR_2004")
    recipient_distrust(address=friend, by="t", now=utc_now())
    refused(alice.pay(path, recipient_address=friend), 400, "LUCID_ERR_2004")


@pytest.mark.contract("C-ROUTE-3")
def test_direct_counts_against_the_limits_of_the_recipient(alice: Api) -> None:
    builders.lift_limits()
    friend = builders.trusted(hourly_micro=100_000_000, daily_micro=150_000_000)
    path = f"{ROUTED}/direct"

    def pay(usdt: float, **fields: Any) -> Answer:
        return alice.pay(path, recipient_address=friend, amount_usdt=usdt, **fields)

    first = pay(80)
    assert first.status == 201
    with nothing_written():
        facts = refused(pay(20.01), 400, "LUCID_ERR_2002")
    assert (facts["limit_name"], facts["limit"], facts["remaining"]) == ("trusted_hourly", 100, 20)
    assert facts["subject"] == friend
    # Another friend's limits, and V0's for the same address, are others'.
    assert alice.pay(path, recipient_address=builders.trusted(), amount_usdt=9_000).status == 201
    assert alice.pay(f"{ROUTED}/v0", recipient_address=friend, amount_usdt=500).status == 201
    assert pay(20).status == 201
    refused(pay(0.01), 400, "LUCID_ERR_2003")
    alice.post(f"{first.headers['Location']}/cancel")
    assert pay(80).status == 201


@pytest.mark.contract("C-ROUTE-3")
def test_an_operator_can_stop_direct_alone(alice: Api) -> None:
    limit_breaker_trip(router_type=ROUTERS["direct"], reason="odd", by="t", now=utc_now())
    body = routed("direct")
    refused(alice.post(f"{ROUTED}/direct", body), 400, "LUCID_ERR_2003")
    assert alice.post(f"{ROUTED}/v0", routed("v0")).status == 201
    assert BreakerTrip.objects.count() == 1


@pytest.mark.contract("C-ROUTE-1")
@pytest.mark.parametrize("road", ROUTERS)
def test_it_is_reviewed_and_its_funds_are_looked_at(alice: Api, road: str) -> None:
    builders.lift_limits()
    path = f"{ROUTED}/{road}"
    large = alice.post(path, routed(road, amount_usdt=5_000))
    assert (large.status, large.body["review"]) == (201, "required")
    builders.hot_wallet(usdt_micro=20 * builders.USDT)
    body = routed(road, amount_usdt=20.01)
    with nothing_written():
        refused(alice.post(path, body), 500, "LUCID_ERR_2007")
    assert alice.post(path, routed(road, amount_usdt=20)).status == 201


@pytest.mark.contract("C-ROUTE-5")
@pytest.mark.parametrize("road", ROUTERS)
def test_a_key_is_of_its_path_and_a_reference_is_of_all(alice: Api, road: str) -> None:
    path, key = f"{ROUTED}/{road}", {"Idempotency_Key": "k"}
    body = routed(road)
    first, again = alice.post(path, body, **key), alice.post(f"{path}/", body, **key)
    assert (first.status, again.status, again.text) == (201, 201, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]
    refused(alice.post(path, {**body, "amount_usdt": 1}, **key), 422, "LUCID_ERR_1006")
    assert alice.post(PAYOUTS, order(), **key).status == 201
    assert IdempotencyRecord.objects.get(endpoint=f"payouts.{road}").key == "k"

    named = routed(road, reference_id="salary 7")
    first, again = alice.post(path, named), alice.post(path, named)
    assert (first.status, again.status) == (201, 200)
    assert again.body["payout_id"] == first.body["payout_id"]
    other = "v0" if road != "v0" else "kyc"
    elsewhere = {**named, "recipient_address": builders.kyc()}
    taken = refused(alice.post(f"{ROUTED}/{other}", elsewhere), 409, "LUCID_ERR_1005")
    assert taken["payout_id"] == first.body["payout_id"]
    assert Payout.objects.count() == 3


@pytest.mark.contract("C-ROUTE-1")
def test_a_dry_run_stores_nothing(alice: Api) -> None:
    with nothing_written():
        refused_run = alice.pay(f"{ROUTED}/direct?dry_run=true")
    told = refused_run.body
    assert (refused_run.status, told["verdict"], told["rule"]) == (200, "refused", "router")
    assert list(told["error"]["details"]) == ["recipient_address"]
    for road, router in ROUTERS.items():
        body = routed(road)
        with nothing_written():
            told = alice.post(f"{ROUTED}/{road}?dry_run=true", body).body
        assert (told["verdict"], told["router_type"]) == ("accepted", router)


@pytest.mark.contract("C-ROUTE-4")
def test_the_history_is_the_list_of_the_payment_api(alice: Api, bob: Api, operator: Api) -> None:
    made = [alice.post(f"{ROUTED}/{road}", routed(road)).body["payout_id"] for road in ROUTERS]
    made.append(alice.pay(reference_id="r").body["payout_id"])
    bob.pay()
    for query in ("", "?limit=2&offset=1", "?router_type=PayoutRouterDirect", "?reference_id=r",
                  "?start_date=2026-01-01&status=pending"):  # fmt: skip
        mine = alice.get(f"{ROUTED}/history{query}")
        assert mine.status == 200
        assert mine.body == alice.get(f"{PAYOUTS}{query}").body
    listed = [one["payout_id"] for one in alice.get(f"{ROUTED}/history/").body["payouts"]]
    assert listed == made[::-1]
    assert operator.get(f"{ROUTED}/history").body["pagination"]["total"] == 5
    refused(alice.get(f"{ROUTED}/history?router=x"), 400, "LUCID_ERR_1001")
    refused(caller("merchant").get(f"{ROUTED}/history"), 403, "LUCID_ERR_2010")
    refused(alice.post(f"{ROUTED}/history", {}), 405, "LUCID_ERR_1004")


@pytest.mark.contract("C-ROUTE-6")
def test_paths_of_the_same_payouts_share_their_limits(wallet: object) -> None:
    owner = builders.user()
    one = Api(builders.token(owner, rate_limits=None), owner)

    def left(answer: Answer) -> int:
        return int(answer.headers["X-RateLimit-Remaining"])

    assert [left(one.get(f"{prefix}/x")) for prefix in (ROUTED, PAYOUTS)] == [59, 58]
    assert [left(one.get(path)) for path in (f"{ROUTED}/history", PAYOUTS)] == [29, 28]
    cancels = [left(one.post(f"{prefix}/x/cancel")) for prefix in (ROUTED, PAYOUTS)]
    assert cancels == [9, 8]
    creates = [left(one.pay(f"{ROUTED}/{road}")) for road in ROUTERS]
    assert creates == [9, 9, 9]
    assert left(one.pay(f"{ROUTED}/v0/")) == 8


@pytest.mark.contract("C-ROUTE-5", "C-ROUTE-3")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("twin", ["key", "reference"])
def test_twins_at_once_are_one_payout_and_a_limit_is_never_passed(alice: Api, twin: str) -> None:
    Client().get("/api/payment/health")  # makes the middleware, once
    friend = builders.trusted(hourly_micro=50_000_000, daily_micro=None)
    path = f"{ROUTED}/direct"
    body = order(recipient_address=friend, amount_usdt=10)
    body |= {"reference_id": "once"} if twin == "reference" else {}
    headers = {"Idempotency_Key": "once"} if twin == "key" else {}

    def send(number: int) -> Answer:
        try:
            if number % 2:
                return alice.post(path, order(recipient_address=friend, amount_usdt=40.01))
            return alice.post(path, body, **headers)
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(send, range(12)))
    assert {one.status for one in answers} <= {200, 201, 400, 409}
    payouts = list(Payout.objects.values_list("amount_micro", flat=True))
    # Either fits, and not both; however often the twin was sent, it is there once.
    assert payouts in ([10_000_000], [40_010_000])
    assert LimitWindow.objects.get(kind="trusted", period="hour").used_micro == sum(payouts)
