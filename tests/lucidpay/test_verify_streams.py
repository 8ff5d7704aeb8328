"""What can be wrong with a stream is named: break it, and verification says so."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from lucidpay.clock import utc_now
from lucidpay.verification import streams
from lucidpay.verification.findings import Scope
from tests import builders
from tests.corruption import guards_off
from tests.webhooks import making
from webhooks.models import Event, Place, Stream

pytestmark = pytest.mark.django_db


def findings() -> list[str]:
    """Return what is wrong with streams."""
    scope = Scope(now=utc_now())
    return [found.what for check in streams.CHECKS for found in check(scope)]


@pytest.fixture(autouse=True)
def _placed() -> None:
    """Events of two owners that have their places."""
    making.events(builders.user(), 2)
    making.events(builders.user(), 2)
    making.place()
    assert findings() == []


def without_place() -> None:
    Place.objects.get(sequence=4).delete()


def missing() -> None:
    Place.objects.get(sequence=2).delete()


def says_less() -> None:
    Stream.objects.filter(owner_id=Stream.EVERYBODY).update(last=1)


def of_another() -> None:
    with guards_off(Place):
        Place.objects.filter(sequence=2).update(owner_id=0)


def waits() -> None:
    with guards_off(Event, Place):
        first = Place.objects.get(sequence=1)
        Event.objects.filter(pk=first.event_id).update(created_at=utc_now() - timedelta(hours=1))
        Place.objects.filter(pk=first.pk).update(sequence=None, owner_sequence=None)


def of_nothing() -> None:
    Event.objects.filter(pk=Place.objects.get(sequence=2).event_id).delete()


@pytest.mark.parametrize(
    ("breaks", "said"),
    [
        (without_place, "has no place in any stream"),
        (missing, "the stream of everybody goes on with 3 after 1"),
        (says_less, "the stream of everybody says it ends with 1"),
        (of_another, "but stands in the stream of user"),
        (waits, "still waits for its place"),
        (of_nothing, "that is gone"),
    ],
)
def test_it_is_named(breaks: Callable[[], None], said: str) -> None:
    breaks()
    assert any(said in found for found in findings())
