"""What was told long ago is forgotten; what was not told yet, and the numbers, stay."""

from datetime import timedelta
from typing import Any

import pytest

from access.models import User
from lucidpay.clock import utc_now
from tests.webhooks import making
from tests.webhooks.receiver import Receiver
from webhooks.models import Attempt, Delivery, Event, Place, Stream
from webhooks.services.delete import endpoint_delete
from webhooks.services.forget import deliveries_forget, events_forget, orphans_cancel
from webhooks.services.try_out import endpoint_try_out

YEAR = timedelta(days=365)


@pytest.fixture
def told(operator: User, receiver: Receiver) -> None:
    """Two events that were delivered long ago, and one of today."""
    making.endpoint(operator, receiver.url)
    long_ago = utc_now() - YEAR - timedelta(days=1)
    making.events(operator, 2, now=long_ago)
    making.send(long_ago)
    making.events(operator)
    making.send()


@pytest.mark.usefixtures("told")
def test_deliveries_go_with_their_attempts_and_events_stay() -> None:
    assert deliveries_forget(now=utc_now()) == 2
    assert (Delivery.objects.count(), Attempt.objects.count()) == (1, 1)
    assert (Event.objects.count(), Place.objects.count()) == (3, 3)
    assert deliveries_forget(now=utc_now()) == 0


@pytest.mark.usefixtures("told")
def test_events_go_from_the_beginning_and_their_number_is_kept() -> None:
    assert events_forget(now=utc_now()) == 2
    assert list(Place.objects.values_list("sequence", flat=True)) == [3]
    assert (Event.objects.count(), Delivery.objects.count(), Attempt.objects.count()) == (1, 1, 1)
    stream = Stream.objects.get(owner_id=0)
    assert stream.last == 3
    assert stream.forgotten_until is not None
    assert stream.forgotten_until < utc_now() - YEAR
    assert events_forget(now=utc_now()) == 0


@pytest.mark.usefixtures("told")
def test_each_stays_as_long_as_its_setting_says(settings: Any) -> None:
    settings.RETENTION_DELIVERIES_DAYS = settings.RETENTION_EVENTS_DAYS = 3000
    assert (deliveries_forget(now=utc_now()), events_forget(now=utc_now())) == (0, 0)


def test_a_delivery_that_is_pending_waits_as_long_as_its_event(
    operator: User, receiver: Receiver
) -> None:
    making.endpoint(operator, receiver.url)
    receiver.reply = lambda request, earlier: (500, {}, b"")
    long_ago = utc_now() - timedelta(days=100)
    making.events(operator, now=long_ago)
    making.send(long_ago)
    assert deliveries_forget(now=utc_now()) == 0
    assert Delivery.objects.get().status == "pending"
    assert events_forget(now=utc_now() + YEAR) == 1
    assert Delivery.objects.count() == 0


def test_what_has_no_number_yet_stays(operator: User) -> None:
    making.events(operator, now=utc_now() - 2 * YEAR)
    assert events_forget(now=utc_now()) == 0
    assert Event.objects.count() == 1


def test_tests_go_with_their_deliveries(operator: User, receiver: Receiver) -> None:
    endpoint, _ = making.endpoint(operator, receiver.url)
    long_ago = utc_now() - timedelta(days=100)
    endpoint_try_out(endpoint_id=endpoint.pk, now=long_ago)
    making.send(long_ago)
    endpoint_try_out(endpoint_id=endpoint.pk, now=utc_now())
    assert Place.objects.count() == 0
    while deliveries_forget(now=utc_now()):
        pass
    assert (Event.objects.count(), Delivery.objects.count()) == (1, 1)


def test_what_waits_for_a_deleted_endpoint_is_cancelled(operator: User, receiver: Receiver) -> None:
    gone, _ = making.endpoint(operator, receiver.url)
    kept, _ = making.endpoint(operator, receiver.url)
    making.events(operator)
    making.place()
    endpoint_delete(endpoint_id=gone.pk, now=utc_now())
    # As somebody leaves it who had seen the endpoint before.
    Delivery.objects.filter(endpoint=gone).update(status="pending", ended_at=None)
    assert orphans_cancel(now=utc_now()) == 1
    assert orphans_cancel(now=utc_now()) == 0
    assert Delivery.objects.get(endpoint=gone).status == "cancelled"
    assert Delivery.objects.get(endpoint=kept).status == "pending"
