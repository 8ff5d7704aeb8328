"""Places: gapless, in order, once; and deliveries for those who may hear."""

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.errors import InvariantBroken
from lucidpay.ids import new_id
from tests import builders
from tests.webhooks import making
from webhooks import outbox
from webhooks.models import Delivery, Event, Place, Stream
from webhooks.outbox import Fact
from webhooks.services import place as placing
from webhooks.services.place import events_place

URL = "http://127.0.0.1:1/hooks"


def sequences(**filters: object) -> list[int]:
    rows = Place.objects.filter(sequence__isnull=False, **filters)
    return list(rows.order_by("sequence").values_list("sequence", flat=True))


def test_an_event_wants_a_place_as_soon_as_it_is_stored(operator: User) -> None:
    [subject] = making.events(operator)
    place = Place.objects.get(event__subject=subject)
    assert (place.owner_id, place.sequence, place.owner_sequence) == (operator.pk, None, None)


def test_numbers_have_no_gaps_in_everybody_s_stream_nor_in_an_owner_s(
    operator: User, merchant: User
) -> None:
    for owner in (operator, merchant, merchant, operator, merchant):
        making.events(owner)
    assert making.place() == 5
    making.events(merchant, 2)
    making.place()
    assert sequences() == [1, 2, 3, 4, 5, 6, 7]
    own = Place.objects.filter(owner_id=merchant.pk).order_by("sequence")
    assert list(own.values_list("owner_sequence", flat=True)) == [1, 2, 3, 4, 5]
    assert Stream.objects.get(owner_id=0).last == 7


def test_what_was_rolled_back_leaves_no_gap(operator: User) -> None:
    with transaction.atomic():
        making.events(operator)
        transaction.set_rollback(True)
    making.events(operator)
    making.place()
    assert sequences() == [1]


def test_they_follow_the_order_in_which_events_were_stored(operator: User) -> None:
    subjects = [making.events(operator)[0] for _ in range(5)]
    making.place()
    placed = Place.objects.order_by("sequence").values_list("event__subject", flat=True)
    assert list(placed) == subjects


def test_a_number_is_never_changed(operator: User) -> None:
    making.events(operator)
    making.place()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Place.objects.update(sequence=9)


def test_a_number_is_never_given_twice_after_events_were_forgotten(operator: User) -> None:
    making.events(operator, 3)
    making.place()
    Place.objects.all().delete()
    Event.objects.all().delete()
    making.events(operator)
    making.place()
    assert sequences() == [4]


def test_steps_of_one_chunk_go_on_where_the_last_ended(
    operator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "EVENTS_MAX", 2)
    making.events(operator, 5)
    assert [events_place(now=utc_now()) for _ in range(4)] == [2, 2, 1, 0]
    assert sequences() == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_place_each_event_once_and_without_gaps() -> None:
    owner = builders.user("operator")
    making.endpoint(owner, URL)
    ends = threading.Event()

    def store() -> None:
        for _ in range(30):
            making.events(owner, 3)
        connection.close()

    def place() -> None:
        while not ends.is_set():
            events_place(now=utc_now())
        connection.close()

    writers = [threading.Thread(target=store) for _ in range(3)]
    placers = [threading.Thread(target=place) for _ in range(2)]
    for thread in (*writers, *placers):
        thread.start()
    for thread in writers:
        thread.join()
    ends.set()
    for thread in placers:
        thread.join()
    making.place()
    assert sequences() == list(range(1, 271))
    assert Delivery.objects.count() == 270


@pytest.mark.django_db(transaction=True)
def test_whoever_finds_another_at_it_goes_away() -> None:
    owner = builders.user("operator")
    making.events(owner)
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Stream.objects.select_for_update().get(owner_id=0)
            taken.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    taken.wait(30)
    assert events_place(now=utc_now()) == 0
    done.set()
    holder.join()
    assert events_place(now=utc_now()) == 1


def test_a_stream_that_lost_its_row_says_so(operator: User) -> None:
    making.events(operator)
    Stream.objects.all().delete()
    with pytest.raises(InvariantBroken, match="webhooks_stream"):
        events_place(now=utc_now())


def test_an_endpoint_hears_the_types_it_asked_for_and_no_others(operator: User) -> None:
    endpoint, _ = making.endpoint(operator, URL, events=("payout.failed",))
    making.events(operator, kind="payout.confirmed")
    [failed] = making.events(operator, kind="payout.failed")
    making.place()
    told = Delivery.objects.filter(endpoint=endpoint)
    assert [one.event.subject for one in told] == [failed]


def test_others_hear_of_their_own_only_and_operators_of_everybody_s(
    operator: User, merchant: User
) -> None:
    all_seeing, _ = making.endpoint(operator, URL)
    own, _ = making.endpoint(merchant, URL)
    making.events(operator)
    [subject] = making.events(merchant)
    making.place()
    assert Delivery.objects.filter(endpoint=all_seeing).count() == 2
    assert [one.event.subject for one in Delivery.objects.filter(endpoint=own)] == [subject]


@pytest.mark.parametrize("lost", ["role", "account", "active"])
def test_who_may_no_longer_hear_is_told_nothing(operator: User, lost: str) -> None:
    endpoint, _ = making.endpoint(operator, URL)
    if lost == "role":
        operator.groups.clear()
    elif lost == "account":
        User.objects.update(is_active=False)
    else:
        endpoint.is_active = False
        endpoint.save()
    making.events(operator)
    making.place()
    assert Delivery.objects.count() == 0


@pytest.mark.contract("C-HOOK-14")
def test_the_body_is_what_it_was_when_it_happened(operator: User) -> None:
    now = utc_now()
    with transaction.atomic():
        outbox.record("payout.failed", [Fact(new_id(), operator.pk, {"n": 1})], at=now)
    event = Event.objects.get()
    with pytest.raises(DatabaseError, match="Cannot update"), transaction.atomic():
        Event.objects.update(body="{}")
    assert '"data":{"n":1}' in event.body.replace(" ", "")
