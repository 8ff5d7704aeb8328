"""Reading one payout: exact facts for its owner, nothing at all for others."""

from decimal import Decimal

import pytest

from payouts.states import Status
from tests import builders
from tests.api.client import PAYOUTS, Api, refused

ID = "payout_01890a5d-ac96-774b-bcce-b302099a8057".replace("-", "")
ODD = [
    ID, ID.upper(), "PAYOUT_" + ID[7:], ID[:-1], ID + "0", ID[7:], "payout_", "payout",
    "batch_" + ID[7:], "payout_" + "g" * 32, "payout_" + "١" * 32, "payout_" + "0" * 32,
    "payout_01890a5d-ac96-774b-bcce-b302099a8057", f"%20{ID}", f"{ID}%20", f"{ID}%0A", f"{ID}%00",
    "%00", "..", ".", "%2e%2e", "%5C", "é", "%F0%9F%92%B8", "%ff", "'", "%27%20OR%201=1--", "*",
    "null", "1", "-1", "a" * 5_000, "{}", "%7B%7D", "payout_%25s",
]  # fmt: skip


@pytest.mark.contract("C-PAYOUT-4")
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:44])
def test_it_answers_ids_that_name_nothing_with_2005(alice: Api, odd: str) -> None:
    for answer in (alice.get(f"{PAYOUTS}/{odd}"), alice.post(f"{PAYOUTS}/{odd}/cancel")):
        assert refused(answer, 404, "LUCID_ERR_2005") == {}
        assert answer.body["detail"] == "Payout not found"


@pytest.mark.contract("C-AUTH-9")
def test_it_hides_other_peoples_payouts_completely(alice: Api, bob: Api) -> None:
    theirs = f"{PAYOUTS}/{builders.payout(bob.user).public_id}"
    unknown = f"{PAYOUTS}/{ID}"
    same = {"X_Request_ID": "same"}
    for suffix in ("", "/cancel"):
        method = "POST" if suffix else "GET"
        hidden = alice.call(method, theirs + suffix, **same)
        missing = alice.call(method, unknown + suffix, **same)
        refused(hidden, 404, "LUCID_ERR_2005")
        hidden.body["error"].pop("timestamp"), missing.body["error"].pop("timestamp")
        assert {**hidden.body["error"], "timestamp": ""} == {
            **missing.body["error"],
            "timestamp": "",
        }
        assert set(hidden.headers) == set(missing.headers)
    assert bob.get(theirs).body["status"] == "pending"


@pytest.mark.contract("C-AUTH-10")
def test_those_who_see_everybody_see_it(alice: Api, operator: Api, auditor: Api) -> None:
    path = f"{PAYOUTS}/{builders.payout(alice.user).public_id}"
    assert operator.get(path).body == auditor.get(path).body == alice.get(path).body


@pytest.mark.contract("C-PAYOUT-2")
@pytest.mark.parametrize("status", Status.values)
def test_it_shows_a_payout_in_every_status(alice: Api, status: str) -> None:
    payout = builders.payout(alice.user, status=status)
    body = alice.get(f"{PAYOUTS}/{payout.public_id}").body
    assert body["status"] == status
    assert body["txid"] == body["transaction_hash"]
    assert (body["txid"] is not None) == (status in ("processing", "confirmed", "failed"))
    assert (body["confirmed_at"] is not None) == (status == "confirmed")
    assert (body["error_code"] is not None) == (status == "failed")


@pytest.mark.contract("C-PAYOUT-2")
def test_it_shows_what_the_chain_said_of_a_confirmed_one(alice: Api) -> None:
    payout = builders.payout(alice.user, status="confirmed")
    body = alice.get(f"{PAYOUTS}/{payout.public_id}").body
    assert len(body["txid"]) == 64
    assert set(body["txid"]) <= set("0123456789abcdef")
    assert body["confirmations"] == 19
    assert body["block_number"] == 1010
    assert body["block_timestamp"] == "2025-06-15T15:07:10Z"
    assert body["fee_trx"] == Decimal("13.5")
    assert body["energy_used"] == 64_285
    assert body["error_code"] is body["error_message"] is None


@pytest.mark.contract("C-PAYOUT-3")
def test_it_says_why_one_failed(alice: Api) -> None:
    payout = builders.payout(alice.user, status="failed")
    body = alice.get(f"{PAYOUTS}/{payout.public_id}").body
    assert body["error_code"] == "LUCID_ERR_2008"
    assert body["error_message"].startswith("Transaction failed")


@pytest.mark.contract("C-ERR-5")
@pytest.mark.parametrize("query", ["?expand=all", "?format=json", "?payout_id=1"])
def test_it_refuses_query_parameters(alice: Api, query: str) -> None:
    path = f"{PAYOUTS}/{builders.payout(alice.user).public_id}"
    refused(alice.get(path + query), 400, "LUCID_ERR_1001")
