"""Where a batch stands: derived from its payouts, in one statement."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.complete import batches_complete
from payouts.standing import standing_of
from tests import builders
from tests.api.client import PAYOUTS, Api, refused
from webhooks.models import Event

BATCH = f"{PAYOUTS}/batch"


def batch_with(owner: object, *ends: str, **fields: object) -> Batch:
    """Return a batch whose payouts have come to these ends; ``pending`` ones are left."""
    batch = builders.batch(owner, count=len(ends), **fields)  # type: ignore[arg-type]
    for payout, end in zip(batch.payout_set.order_by("batch_row"), ends, strict=True):
        if end != "pending":
            builders.end(payout, end)
    return batch


@pytest.mark.contract("C-BATCH-6")
def test_one_that_is_signed_has_not_ended_yet(alice: Api) -> None:
    batch = batch_with(alice.user, "confirmed", "pending", "pending")
    builders.signed(batch.payout_set.order_by("batch_row")[1])
    body = alice.get(f"{BATCH}/{batch.public_id}").body
    assert (body["completed_payouts"], body["pending_payouts"]) == (1, 2)
    assert body["status"] == "processing"


@pytest.mark.contract("C-BATCH-6")
def test_it_tells_how_many_are_where(alice: Api) -> None:
    ends = ("confirmed", "failed", "cancelled", "pending", "confirmed")
    batch = batch_with(alice.user, *ends)
    body = alice.get(f"{BATCH}/{batch.public_id}").body
    assert list(body) == [
        "batch_id", "total_payouts", "completed_payouts", "failed_payouts", "pending_payouts",
        "cancelled_payouts", "status", "paused", "total_amount_usdt", "completed_amount_usdt",
        "created_at", "estimated_completion", "completed_at",
    ]  # fmt: skip
    counted = ("total", "completed", "failed", "pending", "cancelled")
    assert [body[f"{name}_payouts"] for name in counted] == [5, 2, 1, 1, 1]
    assert (body["total_amount_usdt"], body["completed_amount_usdt"]) == (62.5, 25)
    assert (body["status"], body["paused"], body["completed_at"]) == ("processing", False, None)


@pytest.mark.contract("C-BATCH-6")
@pytest.mark.parametrize(
    ("ends", "status"),
    [
        (("confirmed", "confirmed"), "completed"),
        (("failed", "failed"), "failed"),
        (("cancelled", "cancelled"), "cancelled"),
        (("confirmed", "failed"), "partial"),
        (("confirmed", "cancelled"), "partial"),
        (("failed", "cancelled"), "partial"),
        (("confirmed", "pending"), "processing"),
        (("pending", "pending"), "processing"),
    ],
)
def test_its_status_follows_from_theirs(alice: Api, ends: tuple[str, ...], status: str) -> None:
    batch = batch_with(alice.user, *ends)
    body = alice.get(f"{BATCH}/{batch.public_id}").body
    assert body["status"] == status
    last = max(one["updated_at"] for one in alice.get(PAYOUTS).body["payouts"])
    assert body["completed_at"] == (None if "pending" in ends else last)


@pytest.mark.contract("C-BATCH-6")
def test_it_is_scheduled_until_its_release(alice: Api) -> None:
    batch = batch_with(alice.user, "pending", "cancelled", batch_type="WEEKLY")
    body = alice.get(f"{BATCH}/{batch.public_id}").body
    assert (body["status"], body["cancelled_payouts"]) == ("scheduled", 1)


def test_one_statement_tells_it_from_an_index_alone(alice: Api) -> None:
    batch = batch_with(alice.user, "confirmed", "pending")
    with CaptureQueriesContext(connection) as caught:
        standing_of(batch)
    [statement] = caught
    with connection.cursor() as cursor:
        # Of two rows any plan is good, and it is chosen by what autovacuum has seen last.
        for other in ("seqscan", "bitmapscan", "indexscan", "sort", "hashagg"):
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute(f"EXPLAIN {statement['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Only Scan using payout_batch_standing" in plan


@pytest.mark.contract("C-LIST-7", "C-AUTH-9")
def test_its_payouts_are_listed_by_its_id(alice: Api, bob: Api) -> None:
    batch = batch_with(alice.user, "pending", "pending")
    alice.pay()
    page = alice.get(f"{PAYOUTS}?batch_id={batch.public_id}").body
    assert {one["batch_id"] for one in page["payouts"]} == {batch.public_id}
    assert (page["pagination"]["total"], page["filters"]) == (2, {"batch_id": batch.public_id})
    assert bob.get(f"{PAYOUTS}?batch_id={batch.public_id}").body["payouts"] == []
    for odd in ("x", batch.pk.hex, "payout_" + batch.pk.hex, ""):
        details = refused(alice.get(f"{PAYOUTS}?batch_id={odd}"), 400, "LUCID_ERR_1001")
        assert list(details) == ["batch_id"]


@pytest.mark.contract("C-BATCH-7", "C-AUTH-9", "C-AUTH-10")
def test_strangers_and_odd_ids_find_nothing(alice: Api, bob: Api, auditor: Api) -> None:
    batch = batch_with(alice.user, "pending")
    assert auditor.get(f"{BATCH}/{batch.public_id}/").status == 200
    for caller, key in ((bob, batch.public_id), (alice, "x"), (alice, "batch_" + "0" * 32),
                        (alice, f"payout_{batch.pk.hex}")):  # fmt: skip
        answer = caller.get(f"{BATCH}/{key}")
        assert refused(answer, 404, "LUCID_ERR_2005") == {}
        assert answer.body["detail"] == "Batch not found"
    refused(Api().get(f"{BATCH}/{batch.public_id}"), 401, "LUCID_ERR_1002")


def test_its_end_is_announced_once(alice: Api) -> None:
    batch = batch_with(alice.user, "confirmed", "pending")
    assert batches_complete(now=utc_now()) == 0
    builders.end(Payout.objects.get(status="pending"), "failed")
    assert batches_complete(now=utc_now()) == 1
    assert batches_complete(now=utc_now()) == 0
    [told] = Event.objects.filter(type="batch.completed")
    assert told.subject == batch.pk
    assert '"kind":"payout"' in told.body
    assert '"status":"partial"' in told.body
    assert [one.kind for one in batch.events.order_by("pk")] == ["created", "completed"]


def test_what_a_batch_pays_in_all_is_frozen(alice: Api) -> None:
    batch = batch_with(alice.user, "pending")
    for change in ({"total_payouts": 2}, {"total_amount_micro": 1}, {"owner": builders.user()}):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            Batch.objects.filter(pk=batch.pk).update(**change)
    with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
        Payout.objects.update(batch=None, batch_row=None)
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk)._raw_delete("default")
