"""What may be paid already is signed only when a person was told so and approved of it after."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_review import ReviewRule
from payouts.policy.twins import PAID_ALREADY
from payouts.services.build import CannotBeBuilt, payout_build
from payouts.services.hold_paid import payouts_hold_paid
from payouts.services.wait import WAITS_FOR_APPROVAL
from tests import builders
from tests.outflows import left_without_order
from tests.payouts.onchain import fresh, screen, sign_screened, unscreened, wallet_on
from tests.sandbox.process import SandboxProcess
from wallets.models import Wallet, WalletKind

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wallet(chain: SandboxProcess) -> Wallet:
    return wallet_on(chain)


@pytest.fixture
def owner(wallet: Wallet) -> Any:
    return builders.user()


def hold_paid() -> int:
    return payouts_hold_paid(now=utc_now())


def left(wallet: Wallet, payout: Payout, *, more_micro: int = 0, **other: Any) -> None:
    """Let what a payout asks for have left, before a database was set back that had it."""
    units = payout.amount_micro + more_micro
    left_without_order(wallet, payout.recipient_address, units, **other)


def reviews(*payouts: Payout) -> list[str]:
    return [fresh(payout).review for payout in payouts]


def told(payout: Payout) -> str:
    return str(fresh(payout).events.order_by("pk").last().details["hits"]["duplicate"])


def test_what_may_be_paid_already_waits_for_a_person_whatever_the_rules_say(
    wallet: Wallet, owner: Any
) -> None:
    ReviewRule.objects.filter(code="duplicate").update(enabled=False)
    payout, other = unscreened(owner), unscreened(owner)
    left(wallet, payout)
    assert screen(wallet) == 2
    assert reviews(payout, other) == ["required", "not_required"]
    assert told(payout) == PAID_ALREADY


def test_another_amount_is_another_payment(wallet: Wallet, owner: Any) -> None:
    payout = unscreened(owner)
    left(wallet, payout, more_micro=1)
    screen(wallet)
    assert reviews(payout) == ["not_required"]
    assert sign_screened(wallet) == 1


def test_one_that_was_screened_and_approved_before_its_money_left_waits_again(
    wallet: Wallet, owner: Any
) -> None:
    waits, agreed, other = (builders.payout(owner) for _ in range(3))
    Payout.objects.filter(pk=agreed.pk).update(review="required")
    builders.approved(fresh(agreed))
    assert hold_paid() == 0
    left(wallet, waits, txid="ab" * 32)
    left(wallet, agreed, txid="cd" * 32)
    assert hold_paid() == 2
    assert reviews(waits, agreed, other) == ["required", "required", "not_required"]
    assert sign_screened(wallet) == 1


def test_the_signer_looks_itself_at_what_nobody_screens(wallet: Wallet, owner: Any) -> None:
    """An exempt caller repeats its request while signing goes on: no other look sees it."""
    again, other = builders.payout(owner), builders.payout(owner)
    left(wallet, again)
    assert sign_screened(wallet) == 1
    assert reviews(again, other) == ["required", "not_required"]
    row = fresh(again)
    assert (row.status, row.wait_reason) == ("pending", WAITS_FOR_APPROVAL)
    assert told(again) == PAID_ALREADY


def test_whoever_approves_it_knowing_that_decides(wallet: Wallet, owner: Any) -> None:
    payout = builders.payout(owner)
    left(wallet, payout)
    assert sign_screened(wallet) == 0
    builders.approved(fresh(payout))
    assert hold_paid() == 0
    assert sign_screened(wallet) == 1


def test_it_is_told_once_also_by_a_clock_that_is_behind(wallet: Wallet, owner: Any) -> None:
    payout = builders.payout(owner)
    left(wallet, payout)
    assert payouts_hold_paid(now=utc_now() - timedelta(hours=1)) == 1
    builders.approved(fresh(payout))
    assert hold_paid() == 0
    assert sign_screened(wallet) == 1


def test_who_approved_it_for_another_reason_is_asked_once_more(wallet: Wallet, owner: Any) -> None:
    """Its amount was large, and nobody had told that it had left already."""
    payout = builders.payout(owner)
    Payout.objects.filter(pk=payout.pk).update(review="required")
    left(wallet, payout)
    builders.approved(fresh(payout))
    assert sign_screened(wallet) == 0
    assert reviews(payout) == ["required"]
    builders.approved(fresh(payout))
    assert sign_screened(wallet) == 1


def test_people_are_handed_nothing_to_sign_that_may_be_paid(wallet: Wallet, owner: Any) -> None:
    payout = builders.payout(owner)
    Wallet.objects.filter(pk=wallet.pk).update(kind=WalletKind.COLD)
    left(wallet, payout)
    with pytest.raises(CannotBeBuilt) as refused:
        payout_build(payout_id=payout.pk, permission_id=0, valid=None, now=utc_now())
    assert refused.value.details["reason"] == WAITS_FOR_APPROVAL
    assert reviews(payout) == ["required"]
