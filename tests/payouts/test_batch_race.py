"""Those who want the same batch at once, over real connections: one truth, and nobody hangs."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from lucidpay.errors import Conflict
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services import sign
from payouts.services.batch import batch_cancel, batch_pause, batch_resume
from payouts.services.cancel import payout_cancel
from payouts.services.complete import batches_complete
from payouts.services.settle import payouts_settle
from tests import builders
from tests.payouts.rivals import Rival, Waiter
from tests.payouts.test_sign import sign_all
from tron.models import ChainTransaction, TxStatus
from webhooks.models import Event as Announcement

pytestmark = pytest.mark.django_db(transaction=True)
UNTIL_S = 20


def pausing(batch: Batch) -> Callable[[], Any]:
    """Return what pauses the batch."""
    return lambda: batch_pause(batch_id=batch.pk, by="race", now=utc_now())


def cancelling(batch: Batch) -> Callable[[], Any]:
    """Return what cancels the rest of it, and tells how many these were."""
    return lambda: batch_cancel(batch_id=batch.pk, by="race", reason="", now=utc_now()).cancelled


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all of them at the same moment; return what each came to."""
    start = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        start.wait(UNTIL_S)
        try:
            return act()
        except Conflict as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def test_a_pause_waits_for_a_signer_who_was_first_and_sees_what_they_signed() -> None:
    wallet = builders.hot_wallet()
    batch = builders.batch(builders.user())
    signer = Rival(lambda: sign_all(wallet))
    pause = Waiter(pausing(batch))
    pause.until_it_waits()
    signer.commit()
    standing = pause.end()
    assert standing.counts == {"processing": 3}
    assert Batch.objects.get().paused_at is not None


def test_the_signer_passes_by_a_batch_that_is_being_paused() -> None:
    wallet = builders.hot_wallet()
    owner = builders.user()
    batch = builders.batch(owner)
    alone = builders.payout(owner)
    pause = Rival(pausing(batch))
    assert sign_all(wallet) == 1
    pause.commit()
    assert sign_all(wallet) == 0
    assert Payout.objects.get(status="processing").pk == alone.pk


def test_a_signer_who_looked_before_the_pause_signs_nothing_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The payouts are locked, and then the batch is paused: its row has the last word."""
    wallet = builders.hot_wallet()
    batch = builders.batch(builders.user())
    real = sign.of_open_batches

    def paused_in_between(rows: list[Payout]) -> list[Payout]:
        thread = Thread(target=lambda: (pausing(batch)(), connection.close()))
        thread.start()
        thread.join(UNTIL_S)
        return real(rows)

    monkeypatch.setattr(sign, "of_open_batches", paused_in_between)
    assert sign_all(wallet) == 0
    assert not ChainTransaction.objects.exists()


@pytest.mark.parametrize("round_", range(6))
def test_of_cancel_and_sign_each_payout_has_one(round_: int) -> None:
    wallet = builders.hot_wallet()
    batch = builders.batch(builders.user(), count=8)
    cancelled, _ = at_once(cancelling(batch), lambda: sign_all(wallet))
    statuses = Counter(Payout.objects.values_list("status", flat=True))
    assert statuses["cancelled"] + statuses["processing"] == 8
    assert ChainTransaction.objects.count() == statuses["processing"]
    if statuses["cancelled"]:
        assert cancelled == statuses["cancelled"]
    else:
        assert isinstance(cancelled, Conflict)


def test_cancel_waits_for_a_signer_who_was_first_and_cancels_nothing() -> None:
    wallet = builders.hot_wallet()
    batch = builders.batch(builders.user())
    signer = Rival(lambda: sign_all(wallet))

    def refused() -> Any:
        try:
            return cancelling(batch)()
        except Conflict as error:
            return error.details

    cancel = Waiter(refused)
    cancel.until_it_waits()
    signer.commit()
    assert cancel.end() == {"status": "processing"}


def test_a_payout_that_somebody_is_cancelling_is_cancelled_once() -> None:
    builders.hot_wallet()
    batch = builders.batch(builders.user())
    one = batch.payout_set.order_by("pk").first()
    alone = Rival(lambda: payout_cancel(payout_id=one.pk, by="somebody", reason="", now=utc_now()))
    rest = Waiter(cancelling(batch))
    rest.until_it_waits()
    alone.commit()
    assert rest.end() == 2
    assert Announcement.objects.filter(type="payout.cancelled").count() == 3
    assert one.events.filter(to_status="cancelled").get().by == "somebody"


def test_two_who_end_the_last_two_announce_one_end() -> None:
    """Neither sees the other's; whoever looks afterwards sees both."""
    builders.hot_wallet()
    batch = builders.batch(builders.user(), count=2)
    first, second = batch.payout_set.order_by("pk")
    for payout in (first, second):
        builders.signed(payout)
        builders.chain_says(payout, TxStatus.SUCCEEDED)

    def settle_and_look() -> int:
        payouts_settle(now=utc_now())
        return batches_complete(now=utc_now())

    at_once(*[settle_and_look] * 4)
    batches_complete(now=utc_now())
    assert Announcement.objects.filter(type="batch.completed").count() == 1


def test_an_end_that_is_being_announced_is_announced_by_nobody_else() -> None:
    builders.hot_wallet()
    batch = builders.batch(builders.user(), count=1)
    builders.end(batch.payout_set.get(), "cancelled")
    announcer = Rival(lambda: batches_complete(now=utc_now()))
    assert batches_complete(now=utc_now()) == 0
    announcer.commit()
    assert batches_complete(now=utc_now()) == 0
    assert Announcement.objects.filter(type="batch.completed").count() == 1


def test_pauses_and_resumes_at_once_leave_one_truth() -> None:
    builders.hot_wallet()
    batch = builders.batch(builders.user())
    resuming = lambda: batch_resume(batch_id=batch.pk, by="race", now=utc_now())  # noqa: E731
    at_once(*[pausing(batch), resuming] * 4)
    kinds = [one.kind for one in batch.events.order_by("pk")][1:]
    # Each does something only when there is something to do, so they take turns.
    assert all(one != other for one, other in zip(kinds, kinds[1:], strict=False))
    is_paused = Batch.objects.get().paused_at is not None
    assert is_paused == (kinds[-1] == "paused" if kinds else False)
