"""Cancelling: until the payout is signed, and then never."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout, PayoutEvent
from payouts.services.settle import payouts_settle
from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, refused
from webhooks.models import Event


def _cancel(payout: Payout) -> str:
    return f"{PAYOUTS}/{payout.public_id}/cancel"


@pytest.mark.contract("C-CANCEL-1")
def test_it_answers_200_with_the_cancelled_payout(alice: Api) -> None:
    payout = builders.payout(alice.user)
    answer = alice.post(_cancel(payout))
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert answer.body == alice.get(f"{PAYOUTS}/{payout.public_id}").body
    assert answer.body["updated_at"] > answer.body["created_at"]
    assert Event.objects.filter(type="payout.cancelled", subject=payout.pk).count() == 1


@pytest.mark.contract("C-CANCEL-3")
def test_it_keeps_the_reason_and_who_it_was(alice: Api, operator: Api) -> None:
    payout = builders.payout(alice.user)
    assert operator.post(_cancel(payout), {"reason": "sent to the wrong desk"}).status == 200
    event = PayoutEvent.objects.latest("pk")
    assert (event.from_status, event.to_status) == ("pending", "cancelled")
    assert "sent to the wrong desk" in event.note
    assert event.by == f"user {operator.user.pk}"


@pytest.mark.contract("C-CANCEL-3")
def test_it_keeps_the_longest_reason_whole(alice: Api) -> None:
    reason = "é" * 200
    assert alice.post(_cancel(builders.payout(alice.user)), {"reason": reason}).status == 200
    assert reason in PayoutEvent.objects.latest("pk").note


@pytest.mark.contract("C-CANCEL-2")
@pytest.mark.parametrize("status", ["processing", "confirmed", "failed", "cancelled"])
def test_it_refuses_one_that_is_signed_or_has_ended(alice: Api, status: str) -> None:
    payout = builders.payout(alice.user, status=status)
    with nothing_written():
        details = refused(alice.post(_cancel(payout)), 409, "LUCID_ERR_1005")
    assert details == {"status": status}
    payout.refresh_from_db()
    assert payout.status == status


@pytest.mark.contract("C-CANCEL-1")
def test_it_gives_a_scheduled_one_up_too(alice: Api) -> None:
    payout = builders.payout(alice.user, batch_type="WEEKLY")
    assert alice.post(_cancel(payout)).status == 200


@pytest.mark.contract("C-CANCEL-1")
@pytest.mark.parametrize(("end", "fee_trx"), [("failed", 13.5), ("dead", None)])
def test_it_gives_up_one_whose_attempt_paid_nothing_and_tells_what_that_cost(
    alice: Api, end: str, fee_trx: float | None
) -> None:
    payout = builders.payout(alice.user, status="processing")
    builders.chain_says(payout, end)
    payouts_settle(now=utc_now())
    answer = alice.post(_cancel(payout))
    assert (answer.status, answer.body["status"]) == (200, "cancelled")
    assert answer.body["fee_trx"] == fee_trx
    assert answer.body["txid"] == payout.transaction.txid


@pytest.mark.contract("C-CANCEL-4")
def test_it_frees_the_money_for_another(alice: Api) -> None:
    builders.hot_wallet(usdt_micro=20 * builders.USDT)
    payout = builders.payout(alice.user)
    refused(alice.pay(), 500, "LUCID_ERR_2007")
    alice.post(_cancel(payout))
    assert alice.pay().status == 201


@pytest.mark.contract("C-AUTH-6", "C-AUTH-9")
def test_auditors_and_strangers_cannot(alice: Api, bob: Api, auditor: Api) -> None:
    payout = builders.payout(alice.user)
    with nothing_written():
        refused(auditor.post(_cancel(payout)), 403, "LUCID_ERR_2010")
        refused(bob.post(_cancel(payout)), 404, "LUCID_ERR_2005")
        refused(Api().post(_cancel(payout)), 401, "LUCID_ERR_1002")
    payout.refresh_from_db()
    assert payout.status == "pending"


@pytest.mark.contract("C-ERR-4", "C-ERR-5")
@pytest.mark.parametrize(
    ("body", "field"),
    [({"reason": ""}, "reason"), ({"reason": None}, "reason"), ({"reason": 5}, "reason"),
     ({"reason": "x" * 201}, "reason"), ({"reason": "a\x00"}, "body"), ({"note": "x"}, "note"),
     ([], "body"), ("why", "body")],
    ids=["empty", "null", "number", "long", "NUL", "unknown", "list", "text"],
)  # fmt: skip
def test_it_refuses_other_bodies(alice: Api, body: Any, field: str) -> None:
    payout = builders.payout(alice.user)
    with nothing_written():
        assert list(refused(alice.post(_cancel(payout), body), 400, "LUCID_ERR_1001")) == [field]


@pytest.mark.contract("C-ERR-5", "C-BODY-5")
def test_it_refuses_query_parameters_and_chunks(alice: Api) -> None:
    path = _cancel(builders.payout(alice.user))
    with nothing_written():
        refused(alice.post(f"{path}?force=true"), 400, "LUCID_ERR_1001")
        refused(alice.post(path, Transfer_Encoding="chunked"), 400, "LUCID_ERR_1001")
