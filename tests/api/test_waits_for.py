"""What a payout waits for: its owner is told why, and not what is nobody else's business."""

from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts import tasks
from payouts.models import Payout
from payouts.services.sign import payouts_sign
from payouts.services.wait import NO_TRX, NO_USDT, payouts_wait
from payouts.states import Status
from tests import builders
from tests.api.client import Api
from tests.api.test_batch_get import batch_with
from tests.api.test_events import story
from tron.halt import halt
from tron.models import HaltCause
from wallets.models import Wallet


def waits_for(api: Api, payout: Payout) -> Any:
    return story(api, payout)["waits_for"]


@pytest.mark.contract("C-EVENTS-6")
def test_one_that_waits_for_the_signer_alone_says_nothing(alice: Api) -> None:
    assert waits_for(alice, builders.payout(alice.user)) is None


@pytest.mark.contract("C-EVENTS-6")
def test_a_wallet_without_money_is_told(alice: Api, settings: Any) -> None:
    settings.UNDERFUNDED_PAYOUTS = "wait"
    poor = builders.hot_wallet(usdt_micro=builders.USDT)
    payout = builders.payout(alice.user)
    builders.screened(payout)
    assert payouts_sign(wallet_id=poor.pk, now=utc_now()) == 0
    assert waits_for(alice, payout) == NO_USDT


@pytest.mark.contract("C-EVENTS-6")
def test_how_much_is_missing_is_for_those_who_see_everybody_s(alice: Api, auditor: Api) -> None:
    payout = builders.payout(alice.user)
    payouts_wait([payout], f"{NO_TRX} It needs 13 TRX, has 2 TRX.")
    assert waits_for(alice, payout) == NO_TRX
    assert waits_for(auditor, payout) == f"{NO_TRX} It needs 13 TRX, has 2 TRX."


@pytest.mark.contract("C-EVENTS-6")
def test_why_all_is_stopped_is_for_those_who_see_everybody_s(
    alice: Api, operator: Api, wallet: Wallet
) -> None:
    payout = builders.payout(alice.user)
    builders.screened(payout)
    halt(cause=HaltCause.BOOKS, subject="s", reason="s3cret", by="b", now=utc_now())
    tasks.sign()
    assert waits_for(alice, payout) == "Nothing is signed now."
    assert "s3cret" in waits_for(operator, payout)


@pytest.mark.contract("C-EVENTS-6")
def test_a_review_and_a_pause_are_told(alice: Api, wallet: Wallet) -> None:
    reviewed = builders.in_review(alice.user)
    assert "approve" in waits_for(alice, reviewed)
    batch = batch_with(alice.user, "pending", "pending")
    builders.signed(batch.payout_set.order_by("batch_row")[0])
    alice.post(f"/api/payment/payouts/batch/{batch.public_id}/pause")
    told = {one.status: waits_for(alice, one) for one in batch.payout_set.all()}
    assert told == {"pending": "Its batch is paused.", "processing": None}


@pytest.mark.contract("C-EVENTS-6")
@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.FAILED, Status.CANCELLED])
def test_what_has_ended_waits_for_nothing(alice: Api, status: str) -> None:
    payout = builders.payout(alice.user, status=status)
    Payout.objects.filter(pk=payout.pk).update(wait_reason="left over")
    assert waits_for(alice, payout) is None
