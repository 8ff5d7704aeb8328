"""Creating a payout: what is asked for comes back, and absent values are null."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from lucidpay.clock import utc_now
from payouts.api.serializers import PayoutOut
from payouts.models import Payout, PayoutEvent
from tests import builders
from tests.api.client import Api, order, refused
from webhooks.models import Event

FIELDS = set(PayoutOut().fields)
ABSENT = FIELDS - {
    "payout_id", "status", "recipient_address", "amount_usdt", "reason", "router_type",
    "priority", "batch_type", "review", "estimated_completion", "estimated_confirmation",
    "created_at", "updated_at", "request_id",
}  # fmt: skip


@pytest.mark.contract("C-CREATE-1", "C-PAYOUT-1", "C-RID-2")
def test_it_answers_201_with_the_payout_and_where_it_lives(alice: Api) -> None:
    body = order(router_type="PayoutRouterV0")
    made = alice.post("/api/payment/payouts", body)
    assert made.status == 201
    assert set(made.body) == FIELDS
    assert {name: made.body[name] for name in body} == body
    assert {name: made.body[name] for name in ABSENT} == dict.fromkeys(ABSENT)
    assert made.body["status"] == "pending"
    assert made.body["review"] == "not_required"
    assert (made.body["priority"], made.body["batch_type"]) == ("NORMAL", "IMMEDIATE")
    assert made.body["request_id"] == made.headers["X-Request-ID"]
    assert made.headers["Location"] == f"/api/payment/payouts/{made.body['payout_id']}"
    assert alice.get(made.headers["Location"]).body == made.body


@pytest.mark.contract("C-CREATE-9")
def test_it_writes_the_payout_its_event_and_its_announcement(alice: Api) -> None:
    made = alice.pay()
    payout = Payout.objects.get()
    assert made.body["payout_id"] == payout.public_id == f"payout_{payout.pk.hex}"
    assert payout.owner == alice.user
    assert PayoutEvent.objects.get().payout == payout
    assert Event.objects.get().subject == payout.pk


@pytest.mark.contract("C-CREATE-3", "C-PAYOUT-1")
def test_it_echoes_every_field(alice: Api) -> None:
    body = order(
        router_type="PayoutRouterV0", priority="URGENT", batch_type="DAILY",
        session_id="s" * 50, node_id="n" * 50, reference_id="r" * 100, reason="é" * 200,
        custom_data={"level": 3, "rate": Decimal("0.1"), "tags": ["a", None, True]},
        metadata={"k": {"v": []}},
    )  # fmt: skip
    made = alice.post("/api/payment/payouts", body)
    assert made.status == 201
    assert made.body == made.body | body
    assert alice.get(made.headers["Location"]).body == made.body
    assert '"rate":0.1,' in made.text


@pytest.mark.contract("C-CREATE-2")
@pytest.mark.parametrize(
    "form",
    [
        {"reason": "salary", "router_type": "PayoutRouterV0"},
        {"reason": ..., "reference_id": "invoice 7", "metadata": {"a": 1}},
        {"reason": ..., "reference_id": "invoice 7"},
        {"reason": "salary"},
    ],
    ids=["long", "short", "reference alone", "reason alone"],
)
def test_it_takes_both_forms(alice: Api, form: dict) -> None:
    made = alice.pay(**form)
    assert made.status == 201
    assert made.body["router_type"] == "PayoutRouterV0"


@pytest.mark.contract("C-PATH-1", "C-PATH-2")
@pytest.mark.parametrize("prefix", ["/api/payment/payouts", "/api/v1/payouts"])
@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "slash"])
def test_it_answers_on_every_path_without_a_redirect(alice: Api, prefix: str, slash: str) -> None:
    made = alice.pay(prefix + slash)
    assert made.status == 201
    for path in (f"{prefix}{slash}", f"{prefix}/{made.body['payout_id']}{slash}"):
        assert alice.get(path).status == 200
    assert alice.post(f"{prefix}/{made.body['payout_id']}/cancel{slash}").status == 200


@pytest.mark.contract("C-MONEY-4")
def test_it_writes_times_in_utc_with_z(alice: Api) -> None:
    made = alice.pay().body
    times = [made[name] for name in made if name.endswith("_at") or "estimated" in name]
    assert all(time is None or time.endswith("Z") for time in times)
    created, confirmed = (
        datetime.fromisoformat(made[name]) for name in ("created_at", "estimated_confirmation")
    )
    assert confirmed - created == timedelta(minutes=3)


@pytest.mark.contract("C-CREATE-7")
def test_it_refuses_a_payout_above_the_available_balance_and_stores_nothing(alice: Api) -> None:
    builders.hot_wallet(usdt_micro=20 * builders.USDT)
    assert alice.pay(amount_usdt=12.5).status == 201
    before = Payout.objects.count()
    poor = alice.pay(amount_usdt=12.5)
    assert (poor.status, poor.body["error"]["code"]) == (500, "LUCID_ERR_2007")
    assert poor.body["detail"] == "Insufficient balance"
    assert Payout.objects.count() == before
    assert alice.pay(amount_usdt=7.5).status == 201


@pytest.mark.contract("C-CREATE-8")
def test_it_takes_scheduled_payouts_whatever_the_balance(alice: Api) -> None:
    builders.hot_wallet(usdt_micro=0)
    assert alice.pay(batch_type="HOURLY").status == 201


@pytest.mark.contract("C-CREATE-8")
def test_it_lets_payouts_wait_for_funds_when_told_to(alice: Api, settings) -> None:
    settings.UNDERFUNDED_PAYOUTS = "wait"
    builders.hot_wallet(usdt_micro=0)
    assert alice.pay().body["status"] == "pending"


@pytest.mark.contract("C-CREATE-5", "C-CREATE-6")
def test_the_router_is_chosen_by_what_is_known_of_the_recipient(alice: Api) -> None:
    known, expires_at = builders.kyc(), utc_now() + timedelta(days=2)
    assert alice.pay().body["router_type"] == "PayoutRouterV0"
    assert alice.pay(recipient_address=known).body["router_type"] == "PayoutRouterKYC"
    asked = {"recipient_address": known, "router_type": "PayoutRouterV0"}
    assert alice.pay(**asked).body["router_type"] == "PayoutRouterV0"
    with time_machine.travel(expires_at, tick=False):
        assert alice.pay(recipient_address=known).body["router_type"] == "PayoutRouterV0"
        asked = {"recipient_address": known, "router_type": "PayoutRouterKYC"}
        refused(alice.pay(**asked), 400, "LUCID_ERR_2004")
