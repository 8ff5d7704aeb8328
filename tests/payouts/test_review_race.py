"""An approval, an edit, a cancel, a reject and the signer at once: one truth, whoever was first."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from payouts.models import Payout
from payouts.models_review import Approval, ApprovalTier
from payouts.person import Person
from payouts.policy.approval import content_hash
from payouts.services.cancel import payout_cancel
from payouts.services.edit import payout_edit
from payouts.services.review import approvals_expire, payout_approve, payout_reject
from tests import builders
from tests.payouts.rivals import Rival, Waiter
from tests.payouts.test_sign import sign_all
from tron.models import ChainTransaction
from wallets.models import Wallet
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
Act = Callable[[], Any]


def approving(payout: Payout, by: int) -> Act:
    seen = content_hash(Payout.objects.get(pk=payout.pk))
    return lambda: payout_approve(
        payout_id=payout.pk, by=Person(by), seen_hash=seen, reason="ok", now=utc_now()
    )


def editing(payout: Payout, by: int) -> Act:
    return lambda: payout_edit(
        payout_id=payout.pk, by=Person(by), changes={"priority": 0}, why="fast", now=utc_now()
    )


def cancelling(payout: Payout) -> Act:
    return lambda: payout_cancel(payout_id=payout.pk, by="race", reason="", now=utc_now())


def rejecting(payout: Payout, by: int) -> Act:
    return lambda: payout_reject(payout_id=payout.pk, by=Person(by), reason="no", now=utc_now())


def signing(wallet: Wallet) -> Act:
    return lambda: sign_all(Wallet.objects.get(pk=wallet.pk))


def at_once(acts: dict[str, Act]) -> dict[str, Any]:
    """Let all act at the same moment, each with a connection of its own; say what each came to."""
    barrier, came_to = Barrier(len(acts)), dict[str, Any]()

    def run(name: str, act: Act) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            came_to[name] = act()
        except LucidError as error:
            came_to[name] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=item) for item in acts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return came_to


def done(result: Any) -> bool:
    return not isinstance(result, LucidError)


@pytest.mark.parametrize("round_", range(12))
def test_approve_edit_cancel_and_sign_at_once_end_in_one_truth(round_: int) -> None:
    wallet = builders.hot_wallet()
    payout = builders.in_review(builders.user())
    approver, editor = builders.approver(), builders.approver()

    came_to = at_once(
        {
            "approve": approving(payout, approver.pk),
            "edit": editing(payout, editor.pk),
            "cancel": cancelling(payout),
            "sign": signing(wallet),
        }
    )

    row = Payout.objects.get(pk=payout.pk)
    signed = ChainTransaction.objects.filter(subject=payout.pk).count()
    assert signed == came_to["sign"] == (row.status == "processing")
    assert done(came_to["cancel"]) == (row.status == "cancelled")
    assert signed or row.status == "cancelled"
    # Signed only as it was approved, and then the edit found it signed.
    if signed:
        assert done(came_to["approve"])
        assert not done(came_to["edit"])
        assert Approval.objects.get().content_hash == content_hash(row)
    approved = Event.objects.filter(type="payout.approved").count()
    assert approved == Approval.objects.count() == done(came_to["approve"])
    assert row.review_round == done(came_to["edit"])


@pytest.mark.parametrize("round_", range(12))
def test_edit_cancel_and_sign_of_an_approved_one_end_in_one_truth(round_: int) -> None:
    wallet = builders.hot_wallet()
    payout = builders.approved(builders.in_review(builders.user()))
    acts = {"edit": editing(payout, builders.approver().pk), "sign": signing(wallet)}
    if round_ % 2:
        acts["cancel"] = cancelling(payout)

    came_to = at_once(acts)

    row = Payout.objects.get(pk=payout.pk)
    assert came_to["sign"] == (row.status == "processing")
    if came_to["sign"]:
        assert not done(came_to["edit"])
        assert Approval.objects.get().content_hash == content_hash(row)
    elif row.status == "pending":
        assert (row.review, row.review_round) == ("required", 1)
    else:
        assert done(came_to["cancel"])


@pytest.mark.parametrize("round_", range(6))
def test_two_approvals_at_once_count_as_two_and_are_announced_once(round_: int) -> None:
    builders.hot_wallet()
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    payout = builders.in_review(builders.user())
    people = [builders.approver().pk for _ in range(3)]

    came_to = at_once({str(pk): approving(payout, pk) for pk in people})

    assert sorted(map(done, came_to.values())) == [False, True, True]
    assert Payout.objects.get().review == "approved"
    assert Approval.objects.count() == 2
    assert Event.objects.filter(type="payout.approved").count() == 1


@pytest.mark.parametrize("round_", range(6))
def test_one_person_who_clicks_twice_counts_once(round_: int) -> None:
    builders.hot_wallet()
    ApprovalTier.objects.create(from_amount_micro=1, approvals_needed=2)
    payout = builders.in_review(builders.user())
    person = builders.approver().pk

    came_to = at_once({name: approving(payout, person) for name in ("first", "second")})

    assert sorted(map(done, came_to.values())) == [False, True]
    assert Approval.objects.count() == 1
    assert Payout.objects.get().review == "required"


@pytest.mark.parametrize("round_", range(6))
def test_approve_and_reject_at_once_never_both_hold(round_: int) -> None:
    wallet = builders.hot_wallet()
    payout = builders.in_review(builders.user())
    first, second = builders.approver().pk, builders.approver().pk

    came_to = at_once(
        {
            "approve": approving(payout, first),
            "reject": rejecting(payout, second),
            "sign": signing(wallet),
        }
    )

    row = Payout.objects.get()
    assert (row.status, row.review) in {("cancelled", "rejected"), ("processing", "approved")}
    assert done(came_to["reject"]) == (row.status == "cancelled")
    assert came_to["sign"] == (row.status == "processing")


def test_an_approval_waits_for_an_edit_and_then_does_not_count() -> None:
    wallet = builders.hot_wallet()
    payout = builders.in_review(builders.user())
    approve = approving(payout, builders.approver().pk)
    edit = Rival(editing(payout, builders.approver().pk))
    approval = Waiter(lambda: refusal_of(approve))
    approval.until_it_waits()
    edit.commit()
    assert approval.end() == "ChangedMeanwhile"
    assert sign_all(wallet) == 0


def test_the_signer_passes_by_what_is_being_edited() -> None:
    wallet = builders.hot_wallet()
    payout = builders.approved(builders.in_review(builders.user()))
    edit = Rival(editing(payout, builders.approver().pk))
    assert sign_all(wallet) == 0
    edit.commit()
    assert sign_all(wallet) == 0
    assert Payout.objects.get().review == "required"


def test_an_edit_waits_for_the_signer_and_finds_it_signed() -> None:
    wallet = builders.hot_wallet()
    payout = builders.approved(builders.in_review(builders.user()))
    edit = editing(payout, builders.approver().pk)
    signer = Rival(signing(wallet))
    editor = Waiter(lambda: refusal_of(edit))
    editor.until_it_waits()
    signer.commit()
    assert editor.end() == "NotEditable"
    assert Payout.objects.get().priority == 2


def test_a_reject_waits_for_the_signer_and_finds_it_signed() -> None:
    wallet = builders.hot_wallet()
    payout = builders.approved(builders.in_review(builders.user()))
    reject = rejecting(payout, builders.approver().pk)
    signer = Rival(signing(wallet))
    rejection = Waiter(lambda: refusal_of(reject))
    rejection.until_it_waits()
    signer.commit()
    assert rejection.end() == "NotWaiting"
    assert (Payout.objects.get().status, Payout.objects.get().review) == ("processing", "approved")


def test_two_sweeps_ask_anew_once() -> None:
    builders.hot_wallet()
    builders.approved(builders.in_review(builders.user()))
    late = utc_now().replace(year=utc_now().year + 1)
    first = Rival(lambda: approvals_expire(now=late))
    assert approvals_expire(now=late) == 0
    first.commit()
    assert Payout.objects.get().review_round == 1


def refusal_of(act: Act) -> str:
    """Return the name of what is raised."""
    try:
        act()
    except LucidError as error:
        return type(error).__name__
    return ""
