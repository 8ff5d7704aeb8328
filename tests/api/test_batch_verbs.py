"""Pausing, resuming, releasing a batch, and cancelling what is left of it."""

from typing import Any

import pytest

from payouts.models import Payout, PayoutEvent
from payouts.models_batch import Batch
from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, refused
from tests.api.test_batch_get import batch_with
from tests.payouts.test_sign import sign_all
from webhooks.models import Event

BATCH = f"{PAYOUTS}/batch"
VERBS = ("pause", "resume", "release", "cancel")


def _path(batch: Batch, verb: str) -> str:
    return f"{BATCH}/{batch.public_id}/{verb}"


@pytest.mark.contract("C-BATCH-8")
def test_a_paused_batch_is_passed_by_until_it_is_resumed(alice: Api, wallet: Any) -> None:
    batch = batch_with(alice.user, "pending", "pending")
    other = alice.pay()
    builders.screened(Payout.objects.get(batch=None))
    answer = alice.post(_path(batch, "pause"))
    assert (answer.status, answer.body["paused"]) == (200, True)
    assert answer.body == alice.get(f"{BATCH}/{batch.public_id}").body
    assert sign_all(wallet) == 1
    assert alice.get(other.headers["Location"]).body["status"] == "processing"

    answer = alice.post(_path(batch, "resume"))
    assert (answer.status, answer.body["paused"]) == (200, False)
    assert sign_all(wallet) == 2
    assert [one.kind for one in batch.events.order_by("pk")] == ["created", "paused", "resumed"]
    assert batch.events.last().by == f"user {alice.user.pk}"


@pytest.mark.contract("C-BATCH-8")
def test_pausing_twice_is_pausing_once(alice: Api) -> None:
    batch = batch_with(alice.user, "pending")
    alice.post(_path(batch, "pause"))
    with nothing_written():
        assert alice.post(_path(batch, "pause")).body["paused"] is True
    alice.post(_path(batch, "resume"))
    with nothing_written():
        assert alice.post(_path(batch, "resume")).body["paused"] is False


@pytest.mark.parametrize("paused_before", [False, True])
def test_what_an_operator_has_paused_its_owner_does_not_resume(
    alice: Api, operator: Api, wallet: Any, paused_before: bool
) -> None:
    """Who has stolen the owner's key must not go on with what an operator has stopped."""
    batch = batch_with(alice.user, "pending")
    if paused_before:
        alice.post(_path(batch, "pause"))
    operator.post(_path(batch, "pause"))
    with nothing_written():
        refused(alice.post(_path(batch, "resume")), 409, "LUCID_ERR_1005")
    assert sign_all(wallet) == 0
    assert operator.post(_path(batch, "resume")).body["paused"] is False
    assert sign_all(wallet) == 1


@pytest.mark.contract("C-BATCH-9")
def test_an_operator_releases_it_at_once(alice: Api, operator: Api, wallet: Any) -> None:
    batch = batch_with(alice.user, "pending", "pending", "cancelled", batch_type="WEEKLY")
    assert sign_all(wallet) == 0
    answer = operator.post(_path(batch, "release"))
    assert (answer.status, answer.body["status"]) == (200, "processing")
    assert sign_all(wallet) == 2
    event = PayoutEvent.objects.get(payout=batch.payout_set.first(), note="released by hand")
    assert (event.by, event.from_status, event.to_status) == (
        f"user {operator.user.pk}", "", "pending"
    )  # fmt: skip
    details = refused(operator.post(_path(batch, "release")), 409, "LUCID_ERR_1005")
    assert details == {"status": "processing"}


def test_a_release_leaves_alone_what_has_ended(alice: Api, operator: Api) -> None:
    batch = batch_with(alice.user, "cancelled", "pending", batch_type="DAILY")
    cancelled = Payout.objects.get(status="cancelled")
    operator.post(_path(batch, "release"))
    assert Payout.objects.get(pk=cancelled.pk).due_at == cancelled.due_at


@pytest.mark.contract("C-BATCH-8")
def test_a_paused_batch_stays_paused_when_it_is_released(
    alice: Api, operator: Api, wallet: Any
) -> None:
    batch = batch_with(alice.user, "pending", batch_type="DAILY")
    alice.post(_path(batch, "pause"))
    assert operator.post(_path(batch, "release")).body["paused"] is True
    assert sign_all(wallet) == 0


@pytest.mark.contract("C-BATCH-9")
@pytest.mark.parametrize("role", ["end_user", "node_operator"])
def test_only_operators_release(alice: Api, role: str) -> None:
    batch = batch_with(alice.user, "pending", batch_type="DAILY")
    owner = Api(builders.token(alice.user), alice.user)
    with nothing_written():
        refused(owner.post(_path(batch, "release")), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-BATCH-10")
def test_the_rest_is_cancelled_and_what_is_too_late_is_named(alice: Api) -> None:
    batch = batch_with(alice.user, "confirmed", "failed", "cancelled", "pending", "pending")
    signed = batch.payout_set.filter(status="pending").first()
    builders.signed(signed)
    answer = alice.post(_path(batch, "cancel"), {"reason": "wrong month"})
    assert (answer.status, answer.body["cancelled_now"]) == (200, 1)
    assert (answer.body["status"], answer.body["cancelled_payouts"]) == ("processing", 2)
    too_late = {one["payout_id"]: one["status"] for one in answer.body["not_cancelled"]}
    assert too_late[signed.public_id] == "processing"
    assert sorted(too_late.values()) == ["confirmed", "failed", "processing"]
    assert answer.body["not_cancelled_total"] == 3
    event = PayoutEvent.objects.latest("pk")
    assert (event.note, event.by) == ("cancelled: wrong month", f"user {alice.user.pk}")
    assert Event.objects.filter(type="payout.cancelled").count() == 2


@pytest.mark.contract("C-BATCH-8", "C-BATCH-9", "C-BATCH-10")
@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("end", "status"),
    [("confirmed", "completed"), ("failed", "failed"), ("cancelled", "cancelled")],
)
def test_nothing_is_done_to_one_that_has_ended(
    operator: Api, verb: str, end: str, status: str
) -> None:
    batch = batch_with(operator.user, end)
    with nothing_written():
        details = refused(operator.post(_path(batch, verb)), 409, "LUCID_ERR_1005")
    assert details == {"status": status}


@pytest.mark.contract("C-BATCH-10")
def test_cancelling_what_is_all_signed_is_refused(alice: Api) -> None:
    batch = batch_with(alice.user, "pending")
    builders.signed(batch.payout_set.get())
    with nothing_written():
        details = refused(alice.post(_path(batch, "cancel")), 409, "LUCID_ERR_1005")
    assert details == {"status": "processing"}


@pytest.mark.contract("C-BATCH-7", "C-AUTH-9")
@pytest.mark.parametrize("verb", VERBS)
def test_strangers_and_auditors_cannot(
    alice: Api, bob: Api, auditor: Api, operator: Api, verb: str
) -> None:
    batch = batch_with(alice.user, "pending", batch_type="DAILY")
    with nothing_written():
        code = (403, "LUCID_ERR_2010") if verb == "release" else (404, "LUCID_ERR_2005")
        refused(bob.post(_path(batch, verb)), *code)
        refused(auditor.post(_path(batch, verb)), 403, "LUCID_ERR_2010")
        refused(Api().post(_path(batch, verb)), 401, "LUCID_ERR_1002")
        refused(operator.post(f"{BATCH}/batch_{'0' * 32}/{verb}"), 404, "LUCID_ERR_2005")
        refused(operator.get(_path(batch, verb)), 405, "LUCID_ERR_1004")
        refused(operator.post(f"{_path(batch, verb)}?x=1"), 400, "LUCID_ERR_1001")
        refused(operator.post(_path(batch, verb), {"x": 1}), 400, "LUCID_ERR_1001")
    assert operator.post(f"{_path(batch, verb)}/".replace("/payment/", "/v1/")).status == 200


@pytest.mark.contract("C-BATCH-10")
def test_single_payouts_of_a_batch_can_be_cancelled(alice: Api) -> None:
    batch = batch_with(alice.user, "pending", "pending")
    alice.post(f"{PAYOUTS}/{batch.payout_set.first().public_id}/cancel")
    assert alice.get(f"{BATCH}/{batch.public_id}").body["cancelled_payouts"] == 1
