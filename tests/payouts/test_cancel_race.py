"""Cancel against the signer and the settlement: whoever has the row first wins, and all tell
the truth.
"""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.cancel import NotCancellable, payout_cancel
from payouts.services.settle import payouts_settle
from tests import builders
from tests.payouts.rivals import Rival, Waiter
from tests.payouts.test_sign import sign_all
from tron.models import ChainTransaction
from wallets.models import Account, Hold, Wallet


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(8))
def test_exactly_one_of_cancel_and_sign_wins(round_: int) -> None:
    wallet = builders.hot_wallet()
    payout = builders.payout(builders.user())
    barrier = Barrier(2)
    seen: dict[str, Any] = {}

    def cancel() -> None:
        barrier.wait()
        try:
            payout_cancel(payout_id=payout.pk, by="race", reason="", now=utc_now())
            seen["cancel"] = True
        except NotCancellable as error:
            seen["cancel"] = False
            seen["told"] = error.details["status"]
        finally:
            connection.close()

    def sign() -> None:
        barrier.wait()
        try:
            seen["signed"] = sign_all(Wallet.objects.get(pk=wallet.pk))
        finally:
            connection.close()

    threads = [Thread(target=cancel), Thread(target=sign)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    status = Payout.objects.get(pk=payout.pk).status
    signed = ChainTransaction.objects.filter(subject=payout.pk).count()
    assert (status, signed, seen["cancel"]) in {
        ("cancelled", 0, True),
        ("processing", 1, False),
    }
    assert seen.get("told", "processing") == "processing"


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["processing", "confirmed", "failed", "cancelled"])
def test_it_refuses_what_is_not_pending_and_names_its_status(status: str) -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status=status)
    events = payout.events.count()
    with pytest.raises(NotCancellable) as caught:
        payout_cancel(payout_id=payout.pk, by="x", reason="", now=utc_now())
    assert caught.value.details == {"status": status}
    assert payout.events.count() == events


@pytest.mark.django_db
def test_it_cancels_a_payout_whose_transaction_is_proven_dead() -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="processing")
    builders.chain_says(payout, "dead")
    payouts_settle(now=utc_now())
    cancelled = payout_cancel(payout_id=payout.pk, by="x", reason="too late", now=utc_now())
    assert cancelled.status == "cancelled"
    assert cancelled.events.order_by("id").last().note == "cancelled: too late"


def cancelling(payout: Payout) -> Callable[[], str]:
    """Return what cancels a payout and gives its status."""

    def cancel() -> str:
        return payout_cancel(payout_id=payout.pk, by="race", reason="", now=utc_now()).status

    return cancel


@pytest.mark.django_db(transaction=True)
def test_cancel_waits_for_a_signer_who_was_first_and_loses() -> None:
    wallet = builders.hot_wallet()
    payout = builders.payout(builders.user())
    signer = Rival(lambda: sign_all(Wallet.objects.get(pk=wallet.pk)))
    cancel = Waiter(cancelling(payout))
    cancel.until_it_waits()
    signer.commit()
    assert cancel.end() == {"status": "processing"}
    assert Payout.objects.get().status == "processing"


@pytest.mark.django_db(transaction=True)
def test_the_signer_passes_by_a_payout_that_is_being_cancelled() -> None:
    wallet = builders.hot_wallet()
    payout = builders.payout(builders.user())
    cancel = Rival(cancelling(payout))
    assert sign_all(wallet) == 0
    cancel.commit()
    assert Payout.objects.get().status == "cancelled"
    assert not ChainTransaction.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", ["failed", "dead"])
def test_cancel_waits_for_the_settlement_and_then_cancels_what_is_pending_again(end: str) -> None:
    builders.hot_wallet(trx_sun=100_000_000)
    payout = builders.payout(builders.user(), status="processing")
    builders.chain_says(payout, end)
    settlement = Rival(lambda: payouts_settle(now=utc_now()))
    cancel = Waiter(cancelling(payout))
    cancel.until_it_waits()
    settlement.commit()
    assert cancel.end() == "cancelled"
    trx = Account.objects.get(kind="wallet", asset="TRX")
    burned_sun = 13_500_000 if end == "failed" else 0
    assert (trx.balance_units, trx.held_units) == (100_000_000 - burned_sun, 0)
    assert not Hold.objects.filter(status="open").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("end", "told"), [("succeeded", "confirmed"), ("contradicted", "processing")]
)
def test_cancel_waits_for_the_settlement_and_tells_how_it_ended(end: str, told: str) -> None:
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="processing")
    builders.chain_says(payout, end)
    settlement = Rival(lambda: payouts_settle(now=utc_now()))
    cancel = Waiter(cancelling(payout))
    cancel.until_it_waits()
    settlement.commit()
    assert cancel.end() == {"status": told}


@pytest.mark.django_db(transaction=True)
def test_what_is_told_of_a_cancelled_one_is_read_after_the_wait() -> None:
    """The attempt ended while cancel waited; its fee stands in the answer."""
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="processing")

    def end_it() -> None:
        builders.chain_says(payout, "failed")
        payouts_settle(now=utc_now())

    def cancel_and_tell() -> Any:
        done = payout_cancel(payout_id=payout.pk, by="race", reason="", now=utc_now())
        return done.status, done.transaction.status, done.transaction.fee_sun

    settlement = Rival(end_it)
    cancel = Waiter(cancel_and_tell)
    cancel.until_it_waits()
    settlement.commit()
    assert cancel.end() == ("cancelled", "failed", 13_500_000)
