"""`reference_id`: unique per user, and without a key it acts as one."""

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.cancel import payout_cancel
from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, order, refused

REPLAYED = "Idempotent-Replayed"


@pytest.mark.contract("C-IDEM-8")
def test_it_answers_200_with_the_original(alice: Api) -> None:
    body = order(reference_id="7")
    first = alice.post(PAYOUTS, body)
    with nothing_written():
        again = alice.post("/api/v1/payouts/", body)
    assert (again.status, again.headers[REPLAYED], again.body) == (200, "true", first.body)
    assert again.headers["Location"] == first.headers["Location"]


@pytest.mark.contract("C-IDEM-8")
def test_it_shows_the_original_as_it_is_now(alice: Api) -> None:
    body = order(reference_id="7")
    alice.post(PAYOUTS, body)
    payout_cancel(payout_id=Payout.objects.get().pk, by="x", reason="", now=utc_now())
    assert alice.post(PAYOUTS, body).body["status"] == "cancelled"


@pytest.mark.contract("C-IDEM-8")
def test_it_answers_even_when_the_money_is_gone(alice: Api) -> None:
    body = order(reference_id="7")
    alice.post(PAYOUTS, body)
    builders.hot_wallet(usdt_micro=0)
    assert alice.post(PAYOUTS, body).status == 200


@pytest.mark.contract("C-IDEM-9")
@pytest.mark.parametrize("change", [{"amount_usdt": 1}, {"node_id": "n"}, {"metadata": {"a": 1}}])
def test_it_refuses_another_body_and_names_the_payout(alice: Api, change: dict) -> None:
    body = order(reference_id="7", metadata={})
    first = alice.post(PAYOUTS, body).body
    with nothing_written():
        details = refused(alice.post(PAYOUTS, body | change), 409, "LUCID_ERR_1005")
    assert details == {"payout_id": first["payout_id"], "status": "pending"}


@pytest.mark.contract("C-IDEM-9")
def test_it_refuses_the_reference_under_a_fresh_key(alice: Api) -> None:
    body = order(reference_id="7")
    first = alice.post(PAYOUTS, body, Idempotency_Key="a").body
    with nothing_written():
        answer = alice.post(PAYOUTS, body, Idempotency_Key="b")
        details = refused(answer, 409, "LUCID_ERR_1005")
    assert details["payout_id"] == first["payout_id"]
    assert alice.post(PAYOUTS, body, Idempotency_Key="a").status == 201
    assert alice.post(PAYOUTS, body).status == 200


@pytest.mark.contract("C-IDEM-10")
def test_a_reference_in_other_hands_is_another_one(alice: Api, bob: Api, operator: Api) -> None:
    body = order(reference_id="7")
    assert {one.post(PAYOUTS, body).status for one in (alice, bob, operator)} == {201}


def test_references_are_told_apart_by_case(alice: Api) -> None:
    assert {alice.pay(reference_id=name).status for name in ("inv-7", "INV-7")} == {201}


def test_a_refused_reference_can_be_used_again(alice: Api) -> None:
    body = order(reference_id="7")
    refused(alice.post(PAYOUTS, body | {"amount_usdt": 0}), 400, "LUCID_ERR_1001")
    assert alice.post(PAYOUTS, body).status == 201
