"""Approving and rejecting: by others than who asked, exactly what they saw, for a limited time."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pghistory
import pytest
from django.db import DatabaseError, IntegrityError, transaction

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from payouts.console_review import review_facts
from payouts.models import Payout
from payouts.models_review import Approval, ApprovalTier
from payouts.person import NotAllowed, Person
from payouts.policy.approval import content_hash, needed_for
from payouts.services.edit import DueByRelease, NotEditable, NothingChanged, payout_edit
from payouts.services.retry import payout_retry
from payouts.services.review import (
    ApprovedBefore,
    ChangedMeanwhile,
    NotScreened,
    NotWaiting,
    OwnPayout,
    approvals_expire,
    payout_approve,
    payout_reject,
)
from payouts.services.wait import WAITS_FOR_APPROVAL
from tests import builders
from tests.corruption import guards_off
from tests.payouts.test_sign import sign_all
from wallets.models import Wallet
from webhooks.models import Event

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def wallet() -> Wallet:
    return builders.hot_wallet()


@pytest.fixture
def owner(wallet: Wallet) -> User:
    return builders.user()


@pytest.fixture
def waiting(owner: User) -> Payout:
    return builders.in_review(owner)


def fresh(payout: Payout) -> Payout:
    return Payout.objects.get(pk=payout.pk)


def edit(payout: Payout, by: User, **changes: Any) -> Payout:
    changes = changes or {"priority": 0}
    return payout_edit(
        payout_id=payout.pk, by=Person(by.pk), changes=changes, why="asked to", now=utc_now()
    )


def reject(payout: Payout, by: User) -> Payout:
    return payout_reject(payout_id=payout.pk, by=Person(by.pk), reason="fraud", now=utc_now())


def announced(payout: Payout) -> list[str]:
    return list(
        Event.objects.filter(subject=payout.pk).order_by("pk").values_list("type", flat=True)
    )


@pytest.mark.contract("C-REVIEW-1")
def test_nothing_is_signed_before_it_is_approved_and_then_it_is(
    wallet: Wallet, waiting: Payout
) -> None:
    assert waiting.wait_reason == WAITS_FOR_APPROVAL
    assert sign_all(wallet) == 0
    approver = builders.approver()

    approved = builders.approved(waiting, approver)

    assert (approved.review, approved.wait_reason, approved.status) == ("approved", "", "pending")
    assert sign_all(wallet) == 1
    event = waiting.events.get(note="approved: checked by phone")
    assert event.by == f"user {approver.pk}"
    assert event.details["approvals"] == "1 of 1"
    assert announced(waiting) == ["payout.created", "payout.approved", "payout.processing"]
    told = json.loads(Event.objects.get(type="payout.approved").body)["data"]
    assert (told["payout_id"], told["review"]) == (waiting.public_id, "approved")


@pytest.mark.contract("C-REVIEW-3")
def test_a_rejected_one_is_cancelled_for_good(wallet: Wallet, waiting: Payout) -> None:
    approver = builders.approver()

    reject(waiting, approver)

    row = fresh(waiting)
    assert (row.status, row.review, row.wait_reason) == ("cancelled", "rejected", "")
    event = waiting.events.get(to_status="cancelled")
    assert (event.note, event.by) == ("rejected: fraud", f"user {approver.pk}")
    assert announced(waiting) == ["payout.created", "payout.cancelled", "payout.rejected"]
    assert sign_all(wallet) == 0
    with pytest.raises(NotWaiting):
        builders.approved(waiting)
    with pytest.raises(NotWaiting):
        reject(waiting, approver)


def test_one_that_was_approved_and_is_not_signed_can_be_rejected(
    wallet: Wallet, waiting: Payout
) -> None:
    builders.approved(waiting)
    reject(waiting, builders.approver())
    assert fresh(waiting).review == "rejected"
    assert sign_all(wallet) == 0


@pytest.mark.contract("C-REVIEW-2")
@pytest.mark.parametrize("role", ["end_user", "operator", "auditor", "merchant", None])
def test_only_approvers_and_admins_decide(waiting: Payout, role: str | None) -> None:
    other = builders.user(role, is_staff=True)
    for decide in (builders.approved, reject):
        with pytest.raises(NotAllowed):
            decide(waiting, other)
    assert fresh(waiting).review == "required"


@pytest.mark.parametrize("fields", [{"is_staff": False}, {"is_active": False}])
def test_who_has_left_decides_nothing(waiting: Payout, fields: dict[str, bool]) -> None:
    gone = builders.approver(**fields)
    for decide in (builders.approved, reject):
        with pytest.raises(NotAllowed):
            decide(waiting, gone)


@pytest.mark.contract("C-REVIEW-2")
def test_who_asked_never_approves_even_as_an_admin(wallet: Wallet) -> None:
    boss = builders.approver("admin", is_superuser=True)
    waiting = builders.in_review(boss)
    with pytest.raises(OwnPayout):
        builders.approved(waiting, boss)
    assert not Approval.objects.exists()


def test_who_made_the_key_for_another_never_approves_what_it_asks_for(wallet: Wallet) -> None:
    """They were shown its token: it may have been them who asked."""
    maker, other = (builders.approver("admin") for _ in range(2))
    owner = builders.user()
    with pghistory.context(user=maker.pk):
        key, _ = builders.api_key(owner)
    asked = builders.in_review(owner)
    with guards_off(Payout):
        Payout.objects.filter(pk=asked.pk).update(api_key=key, key_origin_id=key.pk)
    with pytest.raises(OwnPayout):
        builders.approved(fresh(asked), maker)
    assert builders.approved(fresh(asked), other)


def test_who_asked_again_never_approves_the_retry(owner: User) -> None:
    failed = builders.payout(owner, status="failed")
    person, other = builders.approver(), builders.approver()
    Payout.objects.filter(pk=failed.pk).update(review="approved")
    retry = payout_retry(payout_id=failed.pk, by=f"user {person.pk}", reason="again", now=utc_now())
    builders.screened(retry)
    assert (retry.review, retry.wait_reason) == ("required", WAITS_FOR_APPROVAL)
    with pytest.raises(OwnPayout):
        builders.approved(retry, person)
    assert builders.approved(retry, other).review == "approved"


def test_who_owns_a_payout_never_approves_it_whoever_asked_again(wallet: Wallet) -> None:
    owner = builders.approver("admin")
    failed = builders.payout(owner, status="failed")
    Payout.objects.filter(pk=failed.pk).update(review="approved")
    other = f"user {builders.approver().pk}"
    retry = payout_retry(payout_id=failed.pk, by=other, reason="again", now=utc_now())
    builders.screened(retry)
    with pytest.raises(OwnPayout):
        builders.approved(retry, owner)


def test_who_edited_never_approves_what_they_made_of_it(waiting: Payout) -> None:
    editor, other = builders.approver(), builders.approver()
    edit(waiting, editor)
    edit(waiting, builders.approver(), priority=1)
    with pytest.raises(OwnPayout):
        builders.approved(waiting, editor)
    assert builders.approved(waiting, other).review == "approved"


def test_the_database_refuses_an_approval_of_the_owner(owner: User, waiting: Payout) -> None:
    now = utc_now()
    with pytest.raises(DatabaseError, match="cannot approve it"), transaction.atomic():
        Approval.objects.create(
            payout=waiting, approver=owner, round=0, content_hash="0" * 64, needed=1,
            reason="mine", at=now, expires_at=now + DAY,
        )  # fmt: skip


def test_nobody_approves_before_it_is_screened(waiting: Payout) -> None:
    Payout.objects.filter(pk=waiting.pk).update(screened_at=None)
    with pytest.raises(NotScreened):
        builders.approved(waiting)


def test_nobody_approves_what_needs_no_review(owner: User) -> None:
    with pytest.raises(NotWaiting):
        builders.approved(builders.payout(owner))


def test_what_was_changed_since_it_was_seen_is_not_approved(waiting: Payout) -> None:
    seen = content_hash(waiting)
    edit(waiting, builders.user("operator", is_staff=True))
    with pytest.raises(ChangedMeanwhile):
        payout_approve(
            payout_id=waiting.pk, by=Person(builders.approver().pk), seen_hash=seen,
            reason="ok", now=utc_now(),
        )  # fmt: skip


def test_a_tier_asks_for_distinct_people(wallet: Wallet, waiting: Payout) -> None:
    ApprovalTier.objects.create(from_amount_micro=6_000_000_000, approvals_needed=2)
    first, second = builders.approver(), builders.approver("admin")

    assert builders.approved(waiting, first).review == "required"
    assert fresh(waiting).wait_reason == f"{WAITS_FOR_APPROVAL} 1 of 2 did."
    assert sign_all(wallet) == 0
    with pytest.raises(ApprovedBefore):
        builders.approved(waiting, first)
    assert builders.approved(waiting, second).review == "approved"
    assert sign_all(wallet) == 1
    assert announced(waiting).count("payout.approved") == 1


@pytest.mark.parametrize(("amount", "people"), [(4, 1), (5, 2), (9, 2), (10, 3), (99, 3)])
def test_the_highest_tier_that_is_reached_counts(amount: int, people: int) -> None:
    assert needed_for(amount, [(10, 3), (5, 2)]) == people


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": "bonus"},
        {"priority": 0},
        {"metadata": {"invoice": 7}},
        {"due_at": utc_now() + timedelta(hours=1)},
    ],
)
def test_an_edit_voids_what_was_approved(
    wallet: Wallet, waiting: Payout, changes: dict[str, Any]
) -> None:
    builders.approved(waiting)
    operator = builders.user("operator", is_staff=True)

    edit(waiting, operator, **changes)

    row = fresh(waiting)
    assert (row.review, row.wait_reason) == ("required", WAITS_FOR_APPROVAL)
    for name, value in changes.items():
        assert getattr(row, name) == value
    assert sign_all(wallet, later=2 * timedelta(hours=1)) == 0
    event = waiting.events.get(note="edited: asked to")
    assert event.by == f"user {operator.pk}"
    assert set(event.details["changed"]) == set(changes)
    builders.approved(waiting)
    assert sign_all(wallet, later=2 * timedelta(hours=1)) == 1


def test_an_edit_that_is_taken_back_voids_it_all_the_same(wallet: Wallet, waiting: Payout) -> None:
    builders.approved(waiting)
    operator = builders.user("operator", is_staff=True)
    edit(waiting, operator, reason="bonus")
    edit(waiting, operator, reason="salary")
    Payout.objects.filter(pk=waiting.pk).update(review="approved")
    assert sign_all(wallet) == 0
    assert approvals_expire(now=utc_now()) == 1
    assert fresh(waiting).review == "required"


def test_an_edit_moves_when_it_is_signed(wallet: Wallet, owner: User) -> None:
    payout = builders.payout(owner)
    operator = builders.user("operator", is_staff=True)
    edit(payout, operator, due_at=utc_now() + timedelta(hours=1))
    assert sign_all(wallet) == 0
    assert sign_all(wallet, later=timedelta(hours=1, minutes=1)) == 1


@pytest.mark.parametrize("status", ["processing", "confirmed", "failed", "cancelled"])
def test_what_is_signed_or_over_is_not_edited(owner: User, status: str) -> None:
    payout = builders.payout(owner, status=status)
    with pytest.raises(NotEditable):
        edit(payout, builders.approver())


def test_a_scheduled_one_is_due_by_its_schedule_alone(owner: User) -> None:
    payout = builders.payout(owner, batch_type="DAILY")
    with pytest.raises(DueByRelease):
        edit(payout, builders.approver(), due_at=utc_now())
    edit(payout, builders.approver(), priority=0)
    assert fresh(payout).due_at == payout.due_at


def test_a_release_voids_no_approval(wallet: Wallet, owner: User) -> None:
    waiting = builders.approved(builders.in_review(owner, batch_type="WEEKLY"))
    Payout.objects.filter(pk=waiting.pk).update(due_at=utc_now(), sign_after=utc_now())
    assert sign_all(wallet) == 1


def test_an_edit_needs_a_role_and_a_change(owner: User) -> None:
    payout = builders.payout(owner)
    for role in ("auditor", "end_user"):
        with pytest.raises(NotAllowed):
            edit(payout, builders.user(role, is_staff=True))
    with pytest.raises(NothingChanged):
        edit(payout, builders.approver(), priority=payout.priority)
    with pytest.raises(RuntimeError, match="nobody may edit"):
        edit(payout, builders.approver(), amount_micro=1)


def test_an_approval_that_was_not_used_in_time_signs_nothing(
    wallet: Wallet, waiting: Payout
) -> None:
    builders.approved(waiting)
    assert sign_all(wallet, later=DAY + MINUTE) == 0
    assert sign_all(wallet, later=DAY - MINUTE) == 1


def test_what_was_not_used_in_time_is_asked_anew_of_the_same_people(
    wallet: Wallet, waiting: Payout
) -> None:
    approver = builders.approver()
    builders.approved(waiting, approver)
    assert approvals_expire(now=utc_now() + DAY - MINUTE) == 0

    assert approvals_expire(now=utc_now() + DAY + MINUTE) == 1

    row = fresh(waiting)
    assert (row.review, row.wait_reason) == ("required", WAITS_FOR_APPROVAL)
    assert "do not hold any more" in waiting.events.order_by("pk").last().note
    assert approvals_expire(now=utc_now() + DAY + MINUTE) == 0
    assert builders.approved(waiting, approver).review == "approved"
    assert sign_all(wallet) == 1


def test_a_first_approval_that_ran_out_is_asked_anew_with_the_second(waiting: Payout) -> None:
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    first, second = builders.approver(), builders.approver()
    builders.approved(waiting, first, now=utc_now() - DAY - MINUTE)
    assert builders.approved(waiting, second).review == "required"
    approvals_expire(now=utc_now())
    builders.approved(waiting, first)
    assert builders.approved(waiting, second).review == "approved"


def fields_by_hand(payout: Payout, **fields: Any) -> Callable[[], None]:
    def write() -> None:
        with guards_off(Payout):
            Payout.objects.filter(pk=payout.pk).update(**fields)

    return write


@pytest.mark.parametrize(
    "fields",
    [
        {"amount_micro": 9_000_000_000},
        {"recipient_address": builders.address()},
        {"reason": "x"},
        {"reference_id": "x"},
        {"metadata": {"a": 1}},
        {"custom_data": {"a": 1}},
        {"priority": 0},
        {"router_type": "PayoutRouterKYC"},
        {"due_at": utc_now() - timedelta(hours=1)},
        {"review_round": 7},
    ],
)
def test_what_was_changed_by_hand_after_its_approval_is_not_signed(
    wallet: Wallet, waiting: Payout, fields: dict[str, Any]
) -> None:
    builders.approved(waiting)
    fields_by_hand(waiting, **fields)()
    assert sign_all(wallet) == 0
    assert fresh(waiting).status == "pending"


def test_approvals_too_few_by_a_tier_that_came_later_sign_nothing(
    wallet: Wallet, waiting: Payout
) -> None:
    builders.approved(waiting)
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    assert sign_all(wallet) == 0
    assert fresh(waiting).review == "required"


def test_an_approval_by_an_account_that_was_closed_signs_nothing(
    wallet: Wallet, waiting: Payout
) -> None:
    """Whoever used it may have been somebody else."""
    stolen = builders.approver()
    builders.approved(waiting, stolen)
    User.objects.filter(pk=stolen.pk).update(is_active=False)
    facts = dict(review_facts(fresh(waiting), now=utc_now()))
    assert "the account is closed" in facts["approved by"]
    assert sign_all(wallet) == 0
    assert fresh(waiting).review == "required"
    builders.approved(waiting)
    assert sign_all(wallet) == 1


def test_one_whose_approval_does_not_hold_stops_nobody(wallet: Wallet, owner: User) -> None:
    waiting, healthy = builders.in_review(owner), builders.payout(owner)
    builders.approved(waiting)
    fields_by_hand(waiting, reason="x")()
    assert sign_all(wallet) == 1
    assert fresh(healthy).status == "processing"


@pytest.mark.parametrize("review", ["required", "rejected", "approved"])
def test_the_database_refuses_to_sign_what_nobody_approved(owner: User, review: str) -> None:
    payout = builders.payout(owner, status="processing")
    other = builders.payout(owner)
    Payout.objects.filter(pk=other.pk).update(review=review)
    with pytest.raises((IntegrityError, DatabaseError)), transaction.atomic():
        Payout.objects.filter(pk=other.pk).update(
            status="processing", transaction=payout.transaction
        )


def test_the_database_refuses_to_sign_what_was_not_screened(owner: User) -> None:
    payout = builders.payout(owner, status="processing")
    other = builders.payout(owner)
    Payout.objects.filter(pk=other.pk).update(screened_at=None)
    with pytest.raises(DatabaseError, match="not screened"), transaction.atomic():
        Payout.objects.filter(pk=other.pk).update(
            status="processing", transaction=payout.transaction
        )


def test_the_signer_leaves_what_was_not_screened(wallet: Wallet, owner: User) -> None:
    payout = builders.payout(owner)
    Payout.objects.filter(pk=payout.pk).update(screened_at=None)
    assert sign_all(wallet) == 0


def test_approvals_are_kept_as_they_were_given(waiting: Payout) -> None:
    builders.approved(waiting)
    for act in (
        lambda: Approval.objects.update(reason="x"),
        lambda: Approval.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_refusal_writes_nothing(waiting: Payout, owner: User) -> None:
    events = waiting.events.count()
    with pytest.raises(LucidError):
        builders.approved(waiting, builders.user("operator", is_staff=True))
    assert waiting.events.count() == events
    assert not Approval.objects.exists()
