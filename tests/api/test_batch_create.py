"""Creating a batch: all of it, or nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.api.json import loads
from lucidpay.clock import utc_now
from payouts.models import Payout, PayoutEvent
from payouts.models_batch import Batch, BatchEvent
from payouts.models_limits import LimitKind
from payouts.services.limits import limit_set
from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused
from webhooks.models import Event

BATCH = f"{PAYOUTS}/batch"
ADDRESS = "Not a TRON address: 34 characters from T on, with a valid checksum."


def body(*orders: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the body of a batch of these orders, or of three."""
    return {"payouts": list(orders) or [order() for _ in range(3)], **fields}


@pytest.mark.contract("C-BATCH-1", "C-BATCH-3")
def test_it_answers_201_with_its_payouts_in_the_order_of_the_request(alice: Api) -> None:
    orders = [order(amount_usdt=amount) for amount in (1, "2.50", 3.25)]
    answer = alice.post(BATCH, body(*orders, priority="HIGH"))
    assert answer.status == 201
    assert list(answer.body) == [
        "batch_id", "total_payouts", "total_amount_usdt", "status", "payout_ids",
        "successful_payouts", "failed_payouts", "estimated_completion", "created_at",
    ]  # fmt: skip
    assert answer.headers["Location"] == f"{BATCH}/{answer.body['batch_id']}"
    assert (answer.body["total_payouts"], answer.body["total_amount_usdt"]) == (3, loads("6.75"))
    assert (answer.body["successful_payouts"], answer.body["failed_payouts"]) == (0, 0)
    shown = [alice.get(f"{PAYOUTS}/{key}").body for key in answer.body["payout_ids"]]
    assert [one["recipient_address"] for one in shown] == [
        one["recipient_address"] for one in orders
    ]
    assert {(one["batch_id"], one["batch_type"], one["priority"]) for one in shown} == {
        (answer.body["batch_id"], "HOURLY", "HIGH")
    }
    assert alice.get(answer.headers["Location"]).status == 200


@pytest.mark.contract("C-BATCH-1")
def test_each_payout_has_its_story_and_its_announcement(alice: Api) -> None:
    answer = alice.post(BATCH, body())
    batch = Batch.objects.get()
    assert (Payout.objects.count(), PayoutEvent.objects.count()) == (3, 3)
    assert Event.objects.filter(type="payout.created").count() == 3
    [announced] = Event.objects.filter(type="batch.created")
    told = loads(announced.body)["data"]
    assert announced.subject == batch.pk
    assert (told["kind"], told["batch_id"]) == ("payout", answer.body["batch_id"])
    assert PayoutEvent.objects.first().details["batch"] == batch.public_id
    assert BatchEvent.objects.get().by == f"user {alice.user.pk}"
    assert Payout.objects.first().request_id == answer.headers["X-Request-ID"] == batch.request_id


@pytest.mark.contract("C-BATCH-11")
@pytest.mark.parametrize(
    ("batch_type", "status"),
    [("IMMEDIATE", "processing"), ("HOURLY", "scheduled"), ("DAILY", "scheduled"),
     ("WEEKLY", "scheduled")],
)  # fmt: skip
def test_it_waits_for_its_release(alice: Api, batch_type: str, status: str) -> None:
    assert alice.post(BATCH, body(batch_type=batch_type)).body["status"] == status
    assert Payout.objects.filter(due_at=Batch.objects.get().due_at).count() == 3


def test_a_hundred_cost_as_many_statements_as_one(alice: Api) -> None:
    alice.get(BATCH)  # who calls is known from here on

    def statements(count: int) -> int:
        orders = [order(reference_id=f"{count}-{row}") for row in range(count)]
        with CaptureQueriesContext(connection) as caught:
            assert alice.post(BATCH, body(*orders), Idempotency_Key=str(count)).status == 201
        return len(caught)

    alice.get(PAYOUTS)  # notes that the key is in use, which is done once a minute
    assert statements(1) == statements(100)


@pytest.mark.contract("C-BATCH-2", "C-BATCH-3", "C-ERR-2")
@pytest.mark.parametrize(
    ("wrong", "code", "details"),
    [
        ({1: {"recipient_address": "x"}}, "LUCID_ERR_2001", {"payouts[1].recipient_address"}),
        (
            {0: {"recipient_address": "x"}, 2: {"recipient_address": 5}},
            "LUCID_ERR_2001",
            {"payouts[0].recipient_address", "payouts[2].recipient_address"},
        ),
        (
            {1: {"recipient_address": "x"}, 2: {"amount_usdt": 0}},
            "LUCID_ERR_1001",
            {"payouts[1].recipient_address", "payouts[2].amount_usdt"},
        ),
        ({1: {"recipient_address": ...}}, "LUCID_ERR_1001", {"payouts[1].recipient_address"}),
        ({0: {"amount_usdt": 10000.01}}, "LUCID_ERR_1001", {"payouts[0].amount_usdt"}),
        ({0: {"priority": "HIGH"}}, "LUCID_ERR_1001", {"payouts[0].priority"}),
        ({0: {"batch_type": "DAILY"}}, "LUCID_ERR_1001", {"payouts[0].batch_type"}),
        ({0: {"router_type": "x"}}, "LUCID_ERR_1001", {"payouts[0].router_type"}),
        ({0: {"amout": 1}}, "LUCID_ERR_1001", {"payouts[0].amout"}),
        ({0: {"reason": ...}}, "LUCID_ERR_1001", {"payouts[0].reason"}),
        ({0: {"metadata": []}}, "LUCID_ERR_1001", {"payouts[0].metadata"}),
        (
            {0: {"reference_id": "a"}, 2: {"reference_id": "a"}},
            "LUCID_ERR_1001",
            {"payouts[2].reference_id"},
        ),
        (
            {0: {"reference_id": "a"}, 1: {"amount_usdt": 0}, 2: {"reference_id": "a"}},
            "LUCID_ERR_1001",
            {"payouts[1].amount_usdt", "payouts[2].reference_id"},
        ),
    ],
)
def test_one_order_that_is_wrong_refuses_all(
    alice: Api, wrong: dict[int, dict[str, Any]], code: str, details: set[str]
) -> None:
    orders = [order(**wrong.get(row, {})) for row in range(3)]
    with nothing_written():
        assert set(refused(alice.post(BATCH, body(*orders)), 400, code)) == details


@pytest.mark.contract("C-BATCH-3", "C-ERR-3", "C-ERR-6")
@pytest.mark.parametrize(
    ("fields", "code", "details"),
    [
        ({"router_type": "x"}, "LUCID_ERR_2004", {"router_type"}),
        ({"router_type": "PayoutRouterDirect"}, "LUCID_ERR_2004", {"router_type"}),
        ({"router_type": "x", "priority": "x"}, "LUCID_ERR_1001", {"router_type", "priority"}),
        ({"batch_type": "x"}, "LUCID_ERR_1001", {"batch_type"}),
        ({"payouts": []}, "LUCID_ERR_1001", {"payouts"}),
        ({"payouts": {}}, "LUCID_ERR_1001", {"payouts"}),
        ({"payouts": None}, "LUCID_ERR_1001", {"payouts"}),
        ({"payouts": [1]}, "LUCID_ERR_1001", {"payouts[0]"}),
        ({"reason": "all"}, "LUCID_ERR_1001", {"reason"}),
    ],
)
def test_what_is_said_for_all_must_be_right(
    alice: Api, fields: dict[str, Any], code: str, details: set[str]
) -> None:
    with nothing_written():
        assert set(refused(alice.post(BATCH, body(**fields)), 400, code)) == details


@pytest.mark.contract("C-BATCH-1")
def test_a_hundred_and_one_are_too_many(alice: Api) -> None:
    orders = [order(amount_usdt=1) for _ in range(101)]
    with nothing_written():
        details = refused(alice.post(BATCH, body(*orders)), 400, "LUCID_ERR_1001")
    assert list(details) == ["payouts"]
    assert alice.post(BATCH, body(*orders[:100])).status == 201


@pytest.mark.contract("C-BATCH-1")
def test_a_hundred_of_the_largest_orders_fit(alice: Api) -> None:
    large = {"custom_data": {"k": "x" * 990}, "metadata": {"k": "é" * 2040}, "reason": "é" * 200}
    orders = [order(amount_usdt=1, reference_id=f"{row:0100}", **large) for row in range(100)]
    assert alice.post(BATCH, body(*orders)).status == 201


def test_a_single_payout_still_has_its_own_bound(alice: Api) -> None:
    answer = alice.post(PAYOUTS, {**order(), "x": "y" * 70_000})
    assert "larger" in refused(answer, 400, "LUCID_ERR_1001")["body"][0]


@pytest.mark.contract("C-BATCH-4", "C-ERR-8")
def test_all_together_may_not_be_more_than_the_limit(alice: Api, settings: Any) -> None:
    settings.BATCH_AMOUNT_MAX_USDT = 100
    orders = [order(amount_usdt=50), order(amount_usdt="50.01")]
    with nothing_written():
        answer = alice.post(BATCH, body(*orders))
        details = refused(answer, 400, "LUCID_ERR_2002")
    assert answer.body["detail"] == "Amount exceeds batch limit"
    assert (details["limit_name"], details["limit"]) == ("batch", 100)
    assert alice.post(BATCH, body(order(amount_usdt=50), order(amount_usdt=50))).status == 201


@pytest.mark.contract("C-BATCH-4")
def test_the_money_of_all_must_be_there_when_it_is_due_at_once(alice: Api) -> None:
    builders.hot_wallet(usdt_micro=20 * builders.USDT)
    orders = [order(amount_usdt=15), order(amount_usdt=15)]
    with nothing_written():
        refused(alice.post(BATCH, body(*orders, batch_type="IMMEDIATE")), 500, "LUCID_ERR_2007")
    assert alice.post(BATCH, body(*orders)).status == 201


@pytest.mark.contract("C-BATCH-5", "C-IDEM-9", "C-IDEM-10")
def test_a_reference_of_another_payout_refuses_all(alice: Api, bob: Api) -> None:
    earlier = alice.pay(reference_id="7").body["payout_id"]
    orders = [order(), order(reference_id="7")]
    with nothing_written():
        details = refused(alice.post(BATCH, body(*orders)), 409, "LUCID_ERR_1005")
    assert list(details) == ["payouts[1].reference_id"]
    assert earlier in details["payouts[1].reference_id"][0]
    assert bob.post(BATCH, body(*orders)).status == 201


@pytest.mark.contract("C-BATCH-5", "C-IDEM-1", "C-IDEM-2", "C-PATH-2")
def test_the_same_key_and_body_is_the_same_batch(alice: Api) -> None:
    sent = body()
    first = alice.post(BATCH, sent, Idempotency_Key="k")
    with nothing_written():
        again = alice.post(f"{BATCH}/", sent, Idempotency_Key="k")
        alias = alice.post("/api/v1/payouts/batch", sent, Idempotency_Key="k")
        refused(alice.post(BATCH, body(), Idempotency_Key="k"), 422, "LUCID_ERR_1006")
    assert (again.status, again.text, alias.text) == (201, first.text, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.mark.contract("C-BATCH-5")
def test_without_a_key_its_references_act_as_one(alice: Api) -> None:
    sent = body(order(reference_id="a"), order(reference_id="b"))
    first = alice.post(BATCH, sent)
    with nothing_written():
        again = alice.post(BATCH, sent)
        refused(alice.post(BATCH, {**sent, "priority": "LOW"}), 409, "LUCID_ERR_1005")
        refused(alice.post(BATCH, sent, Idempotency_Key="k"), 409, "LUCID_ERR_1005")
    assert (again.status, again.headers["Idempotent-Replayed"]) == (200, "true")
    assert again.body == first.body


@pytest.mark.contract("C-IDEM-4")
def test_a_key_of_a_payout_is_no_key_of_a_batch(alice: Api) -> None:
    assert alice.pay(headers={"Idempotency_Key": "k"}).status == 201
    assert alice.post(BATCH, body(), Idempotency_Key="k").status == 201


@pytest.mark.contract("C-RATE-1")
def test_it_is_limited_to_five_a_minute(wallet: Any) -> None:
    owner = builders.user()
    caller = Api(builders.jwt(owner), owner)
    answers = [caller.post(BATCH, body()) for _ in range(6)]
    assert [answer.status for answer in answers] == [201] * 5 + [429]
    assert answers[0].headers["X-RateLimit-Limit"] == "5"
    assert caller.pay().status == 201  # a single payout is counted by itself


@pytest.mark.contract("C-AUTH-6")
def test_auditors_and_strangers_cannot(auditor: Api) -> None:
    with nothing_written():
        refused(auditor.post(BATCH, body()), 403, "LUCID_ERR_2010")
        refused(Api().post(BATCH, body()), 401, "LUCID_ERR_1002")
        refused(auditor.get(BATCH), 405, "LUCID_ERR_1004")


def test_payouts_are_inserted_in_the_order_of_their_references(alice: Api) -> None:
    """Two requests that share references in another order would wait for each other else."""
    sent = body(*(order(reference_id=name) for name in ("ref-c", "ref-a", "ref-b")))
    with CaptureQueriesContext(connection) as caught:
        answer = alice.post(BATCH, sent)
    [insert] = [one["sql"] for one in caught if "INSERT INTO payouts_payout " in one["sql"]]
    places = [insert.index(name) for name in ("ref-a", "ref-b", "ref-c")]
    assert places == sorted(places)
    told = [alice.get(f"{PAYOUTS}/{key}").body for key in answer.body["payout_ids"]]
    assert [one["reference_id"] for one in told] == ["ref-c", "ref-a", "ref-b"]


@pytest.mark.contract("C-BATCH-3", "C-CREATE-5")
def test_each_order_has_the_router_of_its_recipient(alice: Api) -> None:
    known = builders.kyc()
    made = alice.post(BATCH, body(order(), order(recipient_address=known), batch_type="IMMEDIATE"))
    shown = [alice.get(f"{PAYOUTS}/{key}").body["router_type"] for key in made.body["payout_ids"]]
    assert shown == ["PayoutRouterV0", "PayoutRouterKYC"]
    orders = [order(recipient_address=known), order()]
    with nothing_written():
        answer = alice.post(BATCH, body(*orders, router_type="PayoutRouterKYC"))
        details = refused(answer, 400, "LUCID_ERR_2004")
    assert details == {"payouts[1].recipient_address": ["The recipient has no valid KYC record."]}


@pytest.mark.contract("C-BATCH-4", "C-ERR-8")
def test_all_together_fit_the_limit_of_their_router_or_none_is_taken(alice: Api) -> None:
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=100 * builders.USDT,
        daily_micro=None, by="tests", now=utc_now(),
    )  # fmt: skip
    with nothing_written():
        answer = alice.post(BATCH, body(order(amount_usdt=60), order(amount_usdt="40.01")))
        details = refused(answer, 400, "LUCID_ERR_2002")
    assert (details["limit_name"], details["used"]) == ("router_hourly", 0)
    assert alice.post(BATCH, body(order(amount_usdt=60), order(amount_usdt=40))).status == 201
    refused(alice.pay(amount_usdt=1), 400, "LUCID_ERR_2003")


@pytest.mark.contract("C-BATCH-3", "C-REVIEW-1")
def test_an_order_that_a_person_must_agree_to_waits_alone(alice: Api) -> None:
    made = alice.post(BATCH, body(order(amount_usdt=5_000), order(amount_usdt=4_999)))
    shown = [alice.get(f"{PAYOUTS}/{key}").body["review"] for key in made.body["payout_ids"]]
    assert shown == ["required", "not_required"]


def test_a_kyc_record_that_has_expired_chooses_nothing_and_qualifies_nobody(alice: Api) -> None:
    known = builders.kyc(expires_at=utc_now() + timedelta(hours=1))
    orders = [order(recipient_address=known)]
    with time_machine.travel(utc_now() + timedelta(hours=2), tick=False):
        with nothing_written():
            refused(
                alice.post(BATCH, body(*orders, router_type="PayoutRouterKYC")), 400,
                "LUCID_ERR_2004",
            )  # fmt: skip
        answer = alice.post(BATCH, body(*orders))
        [key] = answer.body["payout_ids"]
        assert alice.get(f"{PAYOUTS}/{key}").body["router_type"] == "PayoutRouterV0"
