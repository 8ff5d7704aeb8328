"""Cancel against the signer: whoever has the row first wins, and both tell the truth."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.cancel import NotCancellable, payout_cancel
from tests import builders
from tests.payouts.test_sign import sign_all
from tron.models import ChainTransaction
from wallets.models import Wallet


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
    from payouts.services.settle import payouts_settle

    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="processing")
    builders.chain_says(payout, "dead")
    payouts_settle(now=utc_now())
    cancelled = payout_cancel(payout_id=payout.pk, by="x", reason="too late", now=utc_now())
    assert cancelled.status == "cancelled"
    assert cancelled.events.order_by("id").last().note == "cancelled: too late"
