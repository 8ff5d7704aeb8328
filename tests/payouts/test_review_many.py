"""Several payouts decided in one go: each as strictly as alone, whatever others do meanwhile."""

from collections import Counter

import pytest

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_review import Approval
from payouts.person import NotAllowed, Person
from payouts.services.review_many import (
    Outcome,
    SomeChanged,
    TooMany,
    payouts_approve,
    payouts_reject,
    seen_together,
)
from tests import builders
from tests.payouts.test_review_race import Act, at_once, editing
from tests.payouts.test_sign import sign_all
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wallet() -> Wallet:
    return builders.hot_wallet()


@pytest.fixture
def waiting(wallet: Wallet) -> list[Payout]:
    builders.lift_limits()
    owner = builders.user()
    return [builders.in_review(owner) for _ in range(4)]


def seen(payouts: list[Payout], verb: str) -> str:
    rows = Payout.objects.filter(pk__in=[payout.pk for payout in payouts])
    return seen_together(list(rows), verb=verb)


def approving(payouts: list[Payout], by: User) -> Act:
    keys, seen_hash = [payout.pk for payout in payouts], seen(payouts, "approve")
    return lambda: payouts_approve(
        payout_ids=keys, by=Person(by.pk), seen_hash=seen_hash, reason="ok", now=utc_now()
    )


def rejecting(payouts: list[Payout], by: User) -> Act:
    keys, seen_hash = [payout.pk for payout in payouts], seen(payouts, "reject")
    return lambda: payouts_reject(
        payout_ids=keys, by=Person(by.pk), seen_hash=seen_hash, reason="no", now=utc_now()
    )


def refused(outcomes: list[Outcome]) -> list[bool]:
    return [bool(one.refusal) for one in outcomes]


def test_two_who_approve_the_same_at_once_approve_each_once(waiting: list[Payout]) -> None:
    acts = {name: approving(waiting, builders.approver()) for name in ("anna", "ben")}
    came_to = at_once(acts)
    assert Approval.objects.count() == 4
    assert set(Counter(Approval.objects.values_list("payout", flat=True)).values()) == {1}
    assert sorted(refused(came_to["anna"]) + refused(came_to["ben"])) == [False] * 4 + [True] * 4


def test_one_who_sends_it_twice_at_once_approves_once(
    waiting: list[Payout], wallet: Wallet
) -> None:
    anna = builders.approver()
    at_once({name: approving(waiting, anna) for name in ("click", "second click")})
    assert Approval.objects.count() == 4
    assert sign_all(wallet) == 4


def test_of_approving_and_rejecting_at_once_each_payout_has_one_end(
    waiting: list[Payout], wallet: Wallet
) -> None:
    at_once(
        {
            "approve": approving(waiting, builders.approver()),
            "reject": rejecting(list(reversed(waiting)), builders.approver()),
        }
    )
    # An approved one may still be rejected, never the other way round.
    assert {one.status for one in Payout.objects.all()} == {"cancelled"}
    assert sign_all(wallet) == 0


def test_an_edit_at_the_same_time_is_never_approved_unseen(
    waiting: list[Payout], wallet: Wallet
) -> None:
    editor = builders.user("operator", is_staff=True)
    came_to = at_once(
        {
            "approve": approving(waiting, builders.approver()),
            "edit": editing(waiting[2], editor.pk),
        }
    )
    row = Payout.objects.get(pk=waiting[2].pk)
    assert (row.review, row.review_round) == ("required", 1)
    assert sign_all(wallet) in (0, 3)  # all were refused, or all but the one that was edited
    assert isinstance(came_to["approve"], (list, SomeChanged))


def test_a_role_that_was_taken_away_decides_nothing(waiting: list[Payout]) -> None:
    anna = builders.approver()
    acts = [approving(waiting, anna), rejecting(waiting, anna)]
    anna.groups.clear()
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert not Approval.objects.exists()


def test_what_was_seen_is_all_or_nothing(waiting: list[Payout]) -> None:
    anna = builders.approver()
    act = approving(waiting, anna)
    Payout.objects.filter(pk=waiting[0].pk).update(reason="by hand")
    with pytest.raises(SomeChanged):
        act()
    assert not Approval.objects.exists()


def test_too_many_are_refused_before_anything_is_read(
    waiting: list[Payout], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("payouts.services.review_many.MANY_MAX", 3)
    with pytest.raises(TooMany):
        approving(waiting, builders.approver())()
    assert not Approval.objects.exists()
