"""One decision about all of a batch that waits for people, as strict as one about each."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from payouts.models import Payout
from payouts.models_batch import Batch, BatchEvent
from payouts.models_limits import LimitWindow
from payouts.models_review import Approval, ApprovalTier
from payouts.person import NotAllowed, Person
from payouts.policy.approval import content_hash
from payouts.services.cancel import payout_cancel
from payouts.services.edit import payout_edit
from payouts.services.review import approvals_expire, payout_reject
from payouts.services.review_batch import (
    BatchApproved,
    BatchApprovedBefore,
    BatchChanged,
    NothingWaits,
    OwnBatch,
    SomeNotScreened,
    batch_approve,
    batch_reject,
    waiting_hash,
    waiting_in,
)
from tests import builders
from tests.api.client import nothing_written
from tests.payouts.test_sign import sign_all
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> User:
    """Whose program asks for batches; the routers take any amount."""
    builders.hot_wallet()
    builders.lift_limits()
    return builders.user()


def batch_of(owner: User, *usdt: int, **fields: Any) -> Batch:
    """Return a batch of these amounts; from 5 000 USDT on a payout needs a person."""
    orders = [builders.order(amount_usdt=one * builders.USDT) for one in usdt]
    return builders.batch(owner, payouts=orders, **fields)


@pytest.fixture
def person(db: None) -> User:
    """Somebody who may approve."""
    return builders.approver()


@pytest.fixture(autouse=True)
def _large_batches(settings: Any) -> None:
    settings.BATCH_AMOUNT_MAX_USDT = 1_000_000


@pytest.fixture
def batch(owner: User) -> Batch:
    """Two payouts that wait for people, and one that does not."""
    return batch_of(owner, 6_000, 10, 7_000)


def seen(batch: Batch) -> str:
    return waiting_hash(batch, list(waiting_in(batch)))


def approve(batch: Batch, by: User | None = None, **fields: Any) -> BatchApproved:
    given = {"seen_hash": seen(batch), "reason": "payroll of May", "now": utc_now(), **fields}
    return batch_approve(batch_id=batch.pk, by=Person((by or builders.approver()).pk), **given)


def reviews(batch: Batch) -> list[str]:
    return list(batch.payout_set.order_by("batch_row").values_list("review", flat=True))


def test_all_that_waits_is_approved_as_each_would_be(batch: Batch) -> None:
    approver = builders.approver()
    assert approve(batch, approver) == BatchApproved(payouts=2, approved=2, needed=1)
    assert reviews(batch) == ["approved", "not_required", "approved"]
    for payout in batch.payout_set.filter(review="approved"):
        approval = Approval.objects.get(payout=payout)
        assert (approval.approver, approval.content_hash) == (approver, content_hash(payout))
        told = payout.events.order_by("pk").last()
        assert told.note == "approved with its batch: payroll of May"
        assert (told.by, told.details["review"]) == (f"user {approver.pk}", "approved")
    assert Event.objects.filter(type="payout.approved").count() == 2
    event = BatchEvent.objects.get(kind="approved")
    assert (event.by, event.details["payouts"]) == (f"user {approver.pk}", 2)
    assert sign_all(Payout.objects.first().wallet) == 3
    assert [str(one) for one in database_findings(Scope(now=utc_now()))] == []


def test_their_sum_decides_how_many_must_agree(batch: Batch) -> None:
    ApprovalTier.objects.create(from_amount_micro=13_000 * builders.USDT, approvals_needed=2)
    first = builders.approver()
    assert approve(batch, first) == BatchApproved(payouts=2, approved=0, needed=2)
    assert reviews(batch) == ["required", "not_required", "required"]
    assert sign_all(Payout.objects.first().wallet) == 1
    with nothing_written(), pytest.raises(BatchApprovedBefore):
        approve(batch, first)
    assert approve(batch).approved == 2
    assert sign_all(Payout.objects.first().wallet) == 2


def test_what_the_sum_needs_is_not_undercut_one_by_one(batch: Batch) -> None:
    ApprovalTier.objects.create(from_amount_micro=13_000 * builders.USDT, approvals_needed=3)
    approve(batch)
    payout = waiting_in(batch)[0]
    assert builders.approved(payout).review == "required"
    # … nor by hand: the signer asks the approvals how many were needed.
    Payout.objects.filter(pk=payout.pk).update(review="approved")
    assert sign_all(payout.wallet) == 1
    payout.refresh_from_db()
    assert (payout.status, payout.review) == ("pending", "required")


def test_an_approval_that_was_given_alone_counts(batch: Batch) -> None:
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    person = builders.approver()
    builders.approved(waiting_in(batch)[0], person)
    assert approve(batch, person) == BatchApproved(payouts=1, approved=0, needed=2)
    assert approve(batch) == BatchApproved(payouts=2, approved=2, needed=2)


def _cancelled(batch: Batch) -> None:
    payout_cancel(payout_id=waiting_in(batch)[0].pk, by="x", reason="", now=utc_now())


def _edited(batch: Batch) -> None:
    payout_edit(
        payout_id=waiting_in(batch)[0].pk, by=Person(builders.approver("operator").pk),
        changes={"reason": "bonus"}, why="typo", now=utc_now(),
    )  # fmt: skip


def _joined(batch: Batch) -> None:
    batch.payout_set.filter(review="not_required").update(review="required")


@pytest.mark.parametrize("change", [_cancelled, _edited, _joined])
def test_what_waits_is_just_what_was_looked_at(batch: Batch, person: User, change: Any) -> None:
    looked_at = seen(batch)
    change(batch)
    with nothing_written(), pytest.raises(BatchChanged):
        approve(batch, person, seen_hash=looked_at)


def test_the_look_of_another_batch_is_none(batch: Batch, owner: User) -> None:
    other = batch_of(owner, 6_000)
    with pytest.raises(BatchChanged):
        approve(batch, seen_hash=seen(other))


def test_whose_batch_it_is_never_approves_it(owner: User) -> None:
    person = builders.approver("admin", is_superuser=True)
    own = batch_of(person, 6_000)
    with nothing_written(), pytest.raises(OwnBatch):
        approve(own, person)


def test_who_edited_one_of_them_approves_none(batch: Batch) -> None:
    editor = builders.approver()
    payout_edit(
        payout_id=waiting_in(batch)[1].pk, by=Person(editor.pk), changes={"reason": "bonus"},
        why="typo", now=utc_now(),
    )  # fmt: skip
    with nothing_written(), pytest.raises(OwnBatch):
        approve(batch, editor)
    assert approve(batch).approved == 2


@pytest.mark.parametrize("role", ["operator", "auditor", "end_user"])
def test_only_approvers_and_admins_decide(batch: Batch, role: str) -> None:
    person = builders.user(role, is_staff=True)
    with nothing_written():
        with pytest.raises(NotAllowed):
            approve(batch, person)
        with pytest.raises(NotAllowed):
            batch_reject(batch_id=batch.pk, by=Person(person.pk), reason="no", now=utc_now())


def test_nobody_approves_before_all_of_them_are_screened(batch: Batch, person: User) -> None:
    Payout.objects.filter(pk=waiting_in(batch)[0].pk).update(screened_at=None)
    with nothing_written(), pytest.raises(SomeNotScreened):
        approve(batch, person)


def test_a_batch_whose_file_is_not_all_in_is_not_approved(batch: Batch, person: User) -> None:
    Batch.objects.filter(pk=batch.pk).update(filled_at=None)
    with nothing_written(), pytest.raises(LucidError, match="Not all rows"):
        approve(batch, person)


def test_where_nothing_waits_there_is_nothing_to_decide(owner: User, person: User) -> None:
    small = batch_of(owner, 10)
    with nothing_written():
        with pytest.raises(NothingWaits):
            approve(small, person)
        with pytest.raises(NothingWaits):
            batch_reject(batch_id=small.pk, by=Person(person.pk), reason="no", now=utc_now())


def test_an_approval_that_is_not_used_in_time_expires_and_is_given_anew(
    batch: Batch, settings: Any
) -> None:
    person, now = builders.approver(), utc_now()
    approve(batch, person, now=now - timedelta(seconds=settings.APPROVAL_VALID_S + 1))
    assert sign_all(Payout.objects.first().wallet) == 1
    approvals_expire(now=now)
    assert reviews(batch) == ["required", "not_required", "required"]
    assert approve(batch, person).approved == 2


def test_an_edit_voids_it_for_that_payout_alone(batch: Batch) -> None:
    approve(batch)
    payout = batch.payout_set.filter(review="approved").first()
    payout_edit(
        payout_id=payout.pk, by=Person(builders.approver("operator").pk),
        changes={"reason": "bonus"}, why="typo", now=utc_now(),
    )  # fmt: skip
    assert sorted(reviews(batch)) == ["approved", "not_required", "required"]


def test_what_waits_is_rejected_and_the_others_go_on(batch: Batch) -> None:
    person = builders.approver()
    used = LimitWindow.objects.filter(kind="router").values_list("used_micro", flat=True)
    assert set(used) == {13_010 * builders.USDT}
    by = Person(person.pk)
    assert batch_reject(batch_id=batch.pk, by=by, reason="not ours", now=utc_now()) == 2
    rows = batch.payout_set.order_by("batch_row").values_list("status", "review")
    assert list(rows) == [
        ("cancelled", "rejected"), ("pending", "not_required"), ("cancelled", "rejected"),
    ]  # fmt: skip
    assert set(used.all()) == {10 * builders.USDT}
    assert Event.objects.filter(type="payout.rejected").count() == 2
    assert BatchEvent.objects.get(kind="rejected").details == {"reason": "not ours", "payouts": 2}
    assert sign_all(Payout.objects.first().wallet) == 1


def test_one_that_was_rejected_alone_is_left_out(batch: Batch) -> None:
    payout = waiting_in(batch)[0]
    payout_reject(
        payout_id=payout.pk, by=Person(builders.approver().pk), reason="no", now=utc_now()
    )
    assert approve(batch).payouts == 1


def test_more_payouts_cost_no_more_statements(owner: User) -> None:
    def statements(count: int) -> int:
        made = batch_of(owner, *[6_000] * count)
        looked_at, person = seen(made), builders.approver()
        with CaptureQueriesContext(connection) as caught:
            approve(made, person, seen_hash=looked_at)
        return len(caught)

    assert statements(1) == statements(40)
