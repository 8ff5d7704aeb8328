"""A failed payout is asked for again once, and only when its end is proven."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.cancel import payout_cancel
from payouts.services.request import InsufficientBalance, InvalidRouter
from payouts.services.retry import (
    NotFailed,
    NotSafe,
    RetriedBefore,
    payout_retry,
    why_safe,
)
from payouts.services.settle import payouts_settle
from payouts.states import Status
from tests import builders
from tests.api.client import Api, nothing_written, refused
from tests.corruption import guards_off
from tron.models import ChainTransaction, TxStatus
from wallets.models import Wallet
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_new_attempts(settings: Any) -> None:
    """A failing receipt is the end: nothing is tried anew by itself."""
    settings.PAYOUT_NEW_ATTEMPTS = 0


@pytest.fixture
def wallet() -> Wallet:
    return builders.hot_wallet()


@pytest.fixture
def owner(wallet: Wallet) -> Any:
    return builders.user()


@pytest.fixture
def failed(owner: Any) -> Payout:
    order = {"reference_id": "march-17", "metadata": {"a": 1}, "priority": "HIGH"}
    return builders.payout(owner, status=Status.FAILED, **order)


def retried(payout: Payout, **fields: Any) -> Payout:
    """Retry a payout as an operator."""
    given = {"by": "user 7", "reason": "the fee was too low", "now": utc_now()}
    return payout_retry(payout_id=payout.pk, **{**given, **fields})


def end(payout: Payout, end: TxStatus) -> Payout:
    """Sign a payout, let the chain end it, and settle."""
    builders.signed(payout)
    builders.chain_says(payout, end)
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    return payout


@pytest.mark.contract("C-PAYOUT-5")
def test_it_makes_a_payout_of_its_own_that_pays_the_same(failed: Payout) -> None:
    retry = retried(failed)
    assert retry.pk != failed.pk
    same = ("recipient_address", "amount_micro", "router_type", "metadata", "priority", "owner_id")
    assert all(getattr(retry, name) == getattr(failed, name) for name in same)
    assert (retry.status, retry.retry_of_id, retry.tries) == ("pending", failed.pk, 0)
    assert retry.transaction is None
    failed.refresh_from_db()
    assert failed.status == Status.FAILED
    assert end(retry, TxStatus.SUCCEEDED).status == Status.CONFIRMED


def test_both_stories_tell_it(failed: Payout) -> None:
    retry = retried(failed)
    begun, told = retry.events.get(), failed.events.order_by("-pk")[0]
    assert (begun.by, begun.details["retry_of"]) == ("user 7", failed.public_id)
    assert set(begun.details["checks"]) >= {"recipient", "funds"}
    assert (told.by, told.details["retried_as"]) == ("user 7", retry.public_id)
    assert begun.details["reason"] == told.details["reason"] == "the fee was too low"
    assert "Nothing was paid" in told.details["why_safe"][0]
    assert Event.objects.filter(subject=retry.pk, type="payout.created").count() == 1


def test_the_reference_stays_with_the_original(failed: Payout, owner: Any) -> None:
    assert retried(failed).reference_id is None
    failed.refresh_from_db()
    assert failed.reference_id == "march-17"
    api = Api(builders.token(owner), owner)
    details = refused(api.pay(reference_id="march-17"), 409, "LUCID_ERR_1005")
    assert details["payout_id"] == failed.public_id


@pytest.mark.contract("C-PAYOUT-5")
@pytest.mark.parametrize(
    "status", [one for one in Status if one != Status.FAILED], ids=lambda one: one.value
)
def test_it_refuses_what_has_not_failed(owner: Any, status: Status) -> None:
    payout = builders.payout(owner, status=status)
    with nothing_written(), pytest.raises(NotFailed):
        retried(payout)


@pytest.mark.contract("C-PAYOUT-5")
def test_it_refuses_a_second_retry_while_the_first_is_open(failed: Payout) -> None:
    retry = retried(failed)
    for _ in range(2):
        with nothing_written(), pytest.raises(RetriedBefore) as caught:
            retried(failed)
        assert caught.value.details["payout_id"] == retry.public_id
        builders.signed(retry) if retry.status == Status.PENDING else None


def test_a_confirmed_retry_ends_the_chain(failed: Payout) -> None:
    end(retried(failed), TxStatus.SUCCEEDED)
    with nothing_written(), pytest.raises(RetriedBefore):
        retried(failed)


def test_of_a_chain_only_the_newest_failed_one_is_retried(failed: Payout) -> None:
    second = end(retried(failed), TxStatus.FAILED)
    with nothing_written(), pytest.raises(RetriedBefore) as caught:
        retried(failed)
    assert caught.value.details["payout_id"] == second.public_id
    third = retried(second)
    end(third, TxStatus.SUCCEEDED)
    for older in (failed, second):
        with nothing_written(), pytest.raises(RetriedBefore):
            retried(older)


def test_a_cancelled_retry_leaves_the_way_open(failed: Payout) -> None:
    retry = retried(failed)
    payout_cancel(payout_id=retry.pk, by="user 7", reason="too early", now=utc_now())
    again = retried(failed)
    assert again.retry_of_id == failed.pk
    with pytest.raises(RetriedBefore):
        retried(failed)


def test_it_needs_the_money_like_any_other(failed: Payout, wallet: Wallet) -> None:
    builders.fund(wallet, usdt_micro=-1_000_000 * builders.USDT)
    with nothing_written(), pytest.raises(InsufficientBalance):
        retried(failed)


def test_it_says_of_every_attempt_why_nothing_was_paid(owner: Any, settings: Any) -> None:
    settings.PAYOUT_TRIES_MAX = 2
    payout = builders.payout(owner)
    end(payout, TxStatus.DEAD)
    end(payout, TxStatus.DEAD)
    assert payout.status == Status.FAILED
    first, second = why_safe(payout, now=utc_now())
    assert first.startswith("Attempt 1: Proven dead")
    assert second.startswith("Attempt 2: Proven dead")
    assert "Solid block 1,010" in first
    assert retried(payout).status == Status.PENDING


@pytest.mark.parametrize("status", ["signed", "sent", "succeeded", "contradicted"])
def test_it_refuses_while_any_attempt_may_have_paid(failed: Payout, status: str) -> None:
    _falsify(failed, status=status)
    with nothing_written(), pytest.raises(NotSafe) as caught:
        retried(failed)
    assert caught.value.details["status"] == status


@pytest.mark.parametrize(
    "wrong",
    [
        {"result": "SUCCESS"},
        {"result": ""},
        {"status": "dead", "proof": {"until_block": 5}},
        {"status": "dead", "proof": "early"},
        {"status": "dead", "proof": "gap"},
        {"status": "dead", "proof": "other"},
    ],
    ids=str,
)
def test_it_refuses_an_end_without_its_evidence(failed: Payout, wrong: dict[str, Any]) -> None:
    tx = ChainTransaction.objects.get(subject=failed.pk)
    proof = builders.death(tx, 1010)
    early = {**proof, "solid_block_time_ms": tx.expiration_ms - 1}
    gap, other = {**proof, "blocks_scanned": 9}, {**proof, "expiration_ms": 1}
    spoiled = {"early": early, "gap": gap, "other": other}
    if isinstance(wrong.get("proof"), str):
        wrong = {**wrong, "proof": spoiled[wrong["proof"]]}
    _falsify(failed, **wrong)
    with nothing_written(), pytest.raises(NotSafe):
        retried(failed)


def _falsify(payout: Payout, **fields: Any) -> None:
    """Write an end that the guards would refuse."""
    with guards_off(ChainTransaction):
        assert ChainTransaction.objects.filter(subject=payout.pk).update(**fields) == 1


def test_what_a_person_had_to_approve_is_approved_again(failed: Payout) -> None:
    Payout.objects.filter(pk=failed.pk).update(review="approved")
    assert retried(failed).review == "required"


@pytest.mark.contract("C-PAYOUT-5")
@pytest.mark.django_db(transaction=True)
def test_two_operators_at_once_make_one_retry() -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status=Status.FAILED)
    start, outcomes = threading.Barrier(4), []

    def click() -> None:
        start.wait()
        try:
            outcomes.append(retried(payout).public_id)
        except RetriedBefore:
            outcomes.append("refused")
        finally:
            connection.close()

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert sorted(outcomes)[-3:] == ["refused"] * 3
    assert Payout.objects.filter(retry_of=payout).count() == 1


def test_a_recipient_whose_kyc_record_has_expired_is_not_paid_again_as_one_who_has_one(
    owner: Any,
) -> None:
    known = builders.kyc(expires_at=utc_now() + timedelta(hours=1))
    payout = builders.payout(owner, status=Status.FAILED, recipient_address=known)
    assert payout.router_type == "PayoutRouterKYC"
    with pytest.raises(InvalidRouter):
        retried(payout, now=utc_now() + timedelta(hours=2))
    assert retried(payout).router_type == "PayoutRouterKYC"
