"""Nobody waits in a circle, and whoever asks for a payout waits for no signer."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from payouts.models import Payout, RouterType
from payouts.models_limits import LimitWindow
from payouts.services import batch as batches
from payouts.services import move_due
from payouts.services.batch import batch_cancel
from payouts.services.cancel import payout_cancel
from payouts.services.sign import payouts_sign
from payouts.services.wait import NO_USDT
from tests import builders
from tests.payouts.rivals import Rival, Waiter
from tests.payouts.test_limits_settled import with_kyc
from tests.payouts.test_sign import sign_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def impatient() -> Iterator[None]:
    """Let a statement that would wait for somebody's lock fail instead."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")


def test_a_payout_is_asked_for_while_the_wallet_is_being_signed_with(impatient: None) -> None:
    """Its commit has the limits locked: it must not wait for who may give back to them."""
    wallet = builders.hot_wallet()
    owner = builders.user()
    builders.payout(owner)
    signer = Rival(lambda: sign_all(wallet))
    try:
        builders.payout(owner)
    finally:
        signer.commit()


def test_saying_why_payouts_wait_waits_for_nobody(impatient: None) -> None:
    wallet = builders.hot_wallet(usdt_micro=0)
    owner = builders.user()
    order = {"batch_type": "DAILY", "now": utc_now() - timedelta(days=2)}
    busy, _ = builders.payout(owner, **order), builders.payout(owner, **order)
    cancelling = Rival(
        lambda: payout_cancel(payout_id=busy.pk, by="race", reason="", now=utc_now())
    )
    try:
        assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 0
    finally:
        cancelling.commit()
    reasons = Payout.objects.order_by("pk").values_list("status", "wait_reason")
    assert list(reasons) == [("cancelled", ""), ("pending", NO_USDT)]


def test_the_cancel_of_a_large_batch_and_a_request_never_wait_in_a_circle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """V0's payout is in the first chunk and KYC's in the second; requests lock KYC's first."""
    monkeypatch.setattr(move_due, "CHUNK", 1)
    builders.hot_wallet()
    owner, checked = builders.user(), with_kyc()
    orders = [builders.order(), builders.order(recipient_address=checked)]
    batch = builders.batch(owner, payouts=orders)
    routers = batch.payout_set.order_by("pk").values_list("router_type", flat=True)
    assert list(routers) == [RouterType.V0, RouterType.KYC]
    asker: list[Waiter] = []
    real: Callable[..., Any] = batches.cancel_locked

    def between_the_chunks(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        if not asker:
            both = [builders.order(), builders.order(recipient_address=checked)]
            asker.append(Waiter(lambda: builders.batch(owner, payouts=both)))
            asker[0].until_it_waits()

    monkeypatch.setattr(batches, "cancel_locked", between_the_chunks)
    found = batch_cancel(batch_id=batch.pk, by="race", reason="", now=utc_now())
    assert found.cancelled == 2
    assert asker[0].end().total_payouts == 2
    used = LimitWindow.objects.filter(kind="router").values_list("used_micro", flat=True)
    assert set(used) == {12_500_000}
