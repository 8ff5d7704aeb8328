"""Two people, an edit, a single decision and the signer at one batch at once: one truth."""

from functools import partial
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_batch import Batch, BatchEvent
from payouts.models_limits import LimitKind, LimitWindow
from payouts.models_review import Approval
from payouts.person import Person
from payouts.policy.approval import content_hash
from payouts.services.batch import batch_cancel
from payouts.services.limits import limit_set
from payouts.services.review_batch import batch_approve, batch_reject, waiting_hash, waiting_in
from tests import builders
from tests.payouts.rivals import Rival, Waiter
from tests.payouts.test_review_race import (
    Act,
    approving,
    at_once,
    cancelling,
    done,
    editing,
    refusal_of,
    signing,
)
from tests.payouts.test_sign import sign_all
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)


def batch_of(count: int) -> Batch:
    """Return a batch of payouts that all wait for people."""
    builders.lift_limits()
    orders = [builders.order(amount_usdt=6_000 * builders.USDT) for _ in range(count)]
    return builders.batch(builders.user(), payouts=orders)


@pytest.fixture(autouse=True)
def _large_batches(settings: Any) -> None:
    settings.BATCH_AMOUNT_MAX_USDT = 1_000_000


def agreeing(batch: Batch) -> Act:
    by, seen = Person(builders.approver().pk), waiting_hash(batch, list(waiting_in(batch)))
    return lambda: batch_approve(
        batch_id=batch.pk, by=by, seen_hash=seen, reason="ok", now=utc_now()
    )


def refusing(batch: Batch) -> Act:
    by = Person(builders.approver().pk)
    return lambda: batch_reject(batch_id=batch.pk, by=by, reason="no", now=utc_now())


@pytest.mark.parametrize("round_", range(6))
def test_approve_and_reject_at_once_end_in_one_truth(round_: int) -> None:
    wallet = builders.hot_wallet()
    batch = batch_of(3)
    came_to = at_once(
        {"yes": agreeing(batch), "also": agreeing(batch), "no": refusing(batch),
         "sign": signing(wallet)}
    )  # fmt: skip
    verdicts = [name for name in ("yes", "also", "no") if done(came_to[name])]
    assert len(verdicts) == 1
    ends = set(Payout.objects.values_list("review", flat=True))
    assert ends == ({"rejected"} if verdicts == ["no"] else {"approved"})
    assert Approval.objects.count() == (0 if verdicts == ["no"] else 3)
    assert BatchEvent.objects.filter(kind__in=("approved", "rejected")).count() == 1
    told = Event.objects.filter(type__in=("payout.approved", "payout.rejected"))
    assert told.count() == 3
    assert verdicts != ["no"] or came_to["sign"] == 0


@pytest.mark.parametrize("round_", range(6))
def test_one_that_is_edited_approved_or_cancelled_meanwhile_is_never_half_agreed_to(
    round_: int,
) -> None:
    wallet = builders.hot_wallet()
    batch = batch_of(3)
    one = waiting_in(batch)[round_ % 3]
    rival = [editing(one, builders.approver().pk), approving(one, builders.approver().pk),
             cancelling(one)][round_ % 3]  # fmt: skip
    came_to = at_once({"batch": agreeing(batch), "one": rival, "sign": signing(wallet)})
    others = Payout.objects.exclude(pk=one.pk)
    for payout in others:
        assert (payout.review == "approved") == done(came_to["batch"])
    row = Payout.objects.get(pk=one.pk)
    if row.status == "processing":
        agreed = Approval.objects.filter(payout=row, round=row.review_round)
        assert content_hash(row) in agreed.values_list("content_hash", flat=True)
    approvals = Approval.objects.exclude(payout=one).count()
    assert approvals == (2 if done(came_to["batch"]) else 0)


def test_an_approval_of_a_batch_waits_for_an_edit_and_then_does_not_count() -> None:
    wallet = builders.hot_wallet()
    batch = batch_of(2)
    approve = agreeing(batch)
    edit = Rival(editing(waiting_in(batch)[1], builders.approver().pk))
    approval = Waiter(lambda: refusal_of(approve))
    approval.until_it_waits()
    edit.commit()
    assert approval.end() == "BatchChanged"
    assert sign_all(wallet) == 0


def test_the_second_of_two_waits_for_the_first_and_finds_nothing_left() -> None:
    builders.hot_wallet()
    batch = batch_of(2)
    second = refusing(batch)
    first = Rival(agreeing(batch))
    rejection = Waiter(lambda: refusal_of(second))
    rejection.until_it_waits()
    first.commit()
    assert rejection.end() == "NothingWaits"
    assert set(Payout.objects.values_list("review", flat=True)) == {"approved"}


def test_who_has_the_batch_first_has_all_of_it() -> None:
    builders.hot_wallet()
    batch = batch_of(2)
    came_to = at_once(
        {
            "cancel": lambda: batch_cancel(batch_id=batch.pk, by="race", reason="", now=utc_now()),
            "approve": agreeing(batch),
            "reject": refusing(batch),
        }
    )
    assert {row.status for row in Payout.objects.all()} == {"cancelled"} or done(came_to["approve"])
    assert len({(row.status, row.review) for row in Payout.objects.all()}) == 1


@pytest.mark.parametrize("round_", range(6))
def test_two_cancels_of_many_chunks_never_wait_in_a_circle(
    round_: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.services.move_due.CHUNK", 1)
    builders.hot_wallet()
    recipients = [builders.address() for _ in range(6)]
    for recipient in recipients:
        limit_set(
            kind=LimitKind.RECIPIENT, subject=recipient, hourly_micro=10**9, daily_micro=None,
            by="tests", now=utc_now(),
        )  # fmt: skip
    owner, acts = builders.user(), dict[str, Act]()
    for name, order in (("up", recipients), ("down", recipients[::-1])):
        made = builders.batch(
            owner, payouts=[builders.order(recipient_address=one) for one in order]
        )
        acts[name] = partial(batch_cancel, batch_id=made.pk, by="race", reason="", now=utc_now())
    came_to = at_once(acts)
    assert set(came_to) == {"up", "down"}
    assert set(LimitWindow.objects.values_list("used_micro", flat=True)) == {0}
