"""What can be wrong with a batch is named: break it, and verification says so."""

from collections.abc import Callable

import pytest

from lucidpay.clock import utc_now
from lucidpay.verification import batches
from lucidpay.verification.findings import Scope
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.complete import batches_complete
from tests import builders
from tests.corruption import constraint_dropped, guards_off
from webhooks.models import Event

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    """Return what is wrong with batches."""
    scope = Scope(now=utc_now())
    return [found.what for check in batches.CHECKS for found in check(scope)]


@pytest.fixture
def batch() -> Batch:
    """A batch whose two payouts have ended, and been told of."""
    builders.hot_wallet()
    made = builders.batch(builders.user(), count=2)
    for payout, end in zip(made.payout_set.order_by("pk"), ("confirmed", "failed"), strict=True):
        builders.end(payout, end)
    assert batches_complete(now=utc_now()) == 1
    builders.batch(made.owner, batch_type="DAILY")
    assert findings() == []
    return made


def one_gone(batch: Batch) -> None:
    with guards_off(Payout):
        Payout.objects.filter(batch=batch, batch_row=1).update(batch=None, batch_row=None)


def other_amount(batch: Batch) -> None:
    with guards_off(Payout):
        Payout.objects.filter(batch=batch, batch_row=1).update(amount_micro=1)


def not_filled(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(filled_at=None)


def open_again(batch: Batch) -> None:
    with guards_off(Payout):
        Payout.objects.filter(batch=batch, batch_row=1).update(status="pending")


def told_twice(batch: Batch) -> None:
    Event.objects.create(type="batch.completed", subject=batch.pk, body="{}", created_at=utc_now())


def not_told(batch: Batch) -> None:
    Event.objects.filter(type="batch.completed", subject=batch.pk).delete()


def told_too_early(batch: Batch) -> None:
    Batch.objects.filter(pk=batch.pk).update(completed_at=None)


def miscounted(batch: Batch) -> None:
    constraint_dropped(Batch, "batch_filled_when_all_rows_are_in")
    Batch.objects.filter(pk=batch.pk).update(rows_stored=1)


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (one_gone, "{} was asked to pay 2 payouts of 25000000 micro-USDT in all, and has 1 of"),
        (other_amount, "{} was asked to pay 2 payouts of 25000000 micro-USDT in all, and has 2 of"),
        (miscounted, "{} says that 1 of its rows are in, and has 2 payouts"),
        (not_filled, "{} is not complete, but 2 of its payouts were signed"),
        (open_again, "{} was told to have ended, but 1 of its payouts are open"),
        (told_twice, "{}: batch.completed should be announced 1 times and was announced 2 times"),
        (not_told, "{}: batch.completed should be announced 1 times and was announced 0 times"),
        (told_too_early, "{}: batch.completed should be announced 0 times and was announced 1"),
    ],
)
def test_it_is_named(batch: Batch, breaks: Callable[[Batch], None], said: str) -> None:
    breaks(batch)
    assert any(found.startswith(said.format(batch.public_id)) for found in findings())
