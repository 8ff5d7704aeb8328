"""The stream of events, for those who would rather ask."""

from typing import Any

import pytest

from lucidpay.ids import public_id
from tests import builders
from tests.api.client import Api, refused
from tests.webhooks.api.hooks import HOOKS, endpoint, happened, merchant, place_all, told
from webhooks.models import Event, Place

pytestmark = pytest.mark.django_db
STREAM = f"{HOOKS}/events"


@pytest.fixture
def shop(db: None) -> Api:
    """A merchant."""
    return merchant()


def read(one: Api, query: str = "") -> dict[str, Any]:
    answer = one.get(f"{STREAM}{query}")
    assert answer.status == 200, answer.text
    return dict(answer.body)


def numbers(body: dict[str, Any]) -> list[int]:
    return [event["sequence"] for event in body["events"]]


@pytest.mark.contract("C-HOOK-12")
def test_events_are_told_in_the_words_of_webhooks(shop: Api) -> None:
    data = {"amount_usdt": 12.5, "name": 'Zoë "of" {x}', "n": None}
    [event] = told(shop.user, data=data)
    answer = shop.get(STREAM)
    inside = event.body.removeprefix("{")
    assert answer.text == (
        f'{{"events":[{{"event_id":"{public_id("evt", event.pk)}","sequence":1,{inside}],'
        '"next_after":1,"has_more":false,"oldest_sequence":null}'
    )
    assert answer.body["events"][0]["data"]["name"] == 'Zoë "of" {x}'


@pytest.mark.contract("C-HOOK-12")
def test_amounts_are_the_same_digit_for_digit(shop: Api) -> None:
    [event] = told(shop.user)
    place = Place.objects.get()
    Event.objects.filter(pk=event.pk).delete()
    kept = Event.objects.create(
        type="payout.confirmed", subject=event.subject, owner_id=shop.user.pk,  # type: ignore[union-attr]
        created_at=event.created_at,
        body='{"type":"payout.confirmed","timestamp":"x","data":{"a":100000000000.000001,"b":1.10}}',
    )  # fmt: skip
    Place.objects.filter(event=kept.pk).delete()
    Place.objects.filter(pk=place.pk).delete()
    Place.objects.create(event_id=kept.pk, owner_id=shop.user.pk, sequence=1, owner_sequence=1)  # type: ignore[union-attr]
    assert '"data":{"a":100000000000.000001,"b":1.10}}' in shop.get(STREAM).text


@pytest.mark.contract("C-HOOK-12")
def test_reading_on_finds_every_event_once_and_in_order(shop: Api, operator: Api) -> None:
    other = merchant()
    for _ in range(3):
        told(shop.user, count=2)
        told(other.user)
    for one, count in ((shop, 6), (other, 3), (operator, 9)):
        seen, after, more = [], 0, True
        while more:
            body = read(one, f"?after={after}&limit=2")
            assert body["oldest_sequence"] is None
            seen += body["events"]
            after, more = body["next_after"], body["has_more"]
        assert [event["sequence"] for event in seen] == list(range(1, count + 1))
        assert len({event["event_id"] for event in seen}) == count
        assert read(one, f"?after={after}")["next_after"] == after


@pytest.mark.contract("C-HOOK-4", "C-HOOK-12")
def test_others_see_their_own_alone(shop: Api) -> None:
    told(merchant().user, count=3)
    assert read(shop) == {
        "events": [], "next_after": 0, "has_more": False, "oldest_sequence": None,
    }  # fmt: skip


@pytest.mark.contract("C-HOOK-12")
def test_what_has_no_place_yet_is_not_told(shop: Api) -> None:
    told(shop.user)
    happened(shop.user)
    assert numbers(read(shop)) == [1]
    place_all()
    assert numbers(read(shop)) == [1, 2]


@pytest.mark.contract("C-HOOK-12")
def test_a_test_event_is_in_no_stream(shop: Api, operator: Api) -> None:
    hook = endpoint(shop.user)
    shop.post(f"{HOOKS}/{hook.public_id}/test")
    place_all()
    assert read(shop)["events"] == read(operator)["events"] == []


@pytest.mark.contract("C-HOOK-12")
@pytest.mark.parametrize("forgotten", [2, 3])
def test_it_says_what_can_not_be_had_any_more(shop: Api, forgotten: int) -> None:
    told(shop.user, count=3)
    Place.objects.filter(sequence__lte=forgotten).delete()
    body = read(shop)
    assert (numbers(body), body["oldest_sequence"]) == (
        list(range(forgotten + 1, 4)), forgotten + 1,
    )  # fmt: skip
    assert body["next_after"] == 3
    assert read(shop, f"?after={forgotten}")["oldest_sequence"] is None
    assert read(shop, "?after=1")["oldest_sequence"] == forgotten + 1


@pytest.mark.contract("C-HOOK-12")
def test_a_number_that_none_has_had_is_not_waited_for(shop: Api) -> None:
    told(shop.user, count=2)
    answer = shop.get(f"{STREAM}?after=3")
    assert refused(answer, 409, "LUCID_ERR_1005") == {"last_sequence": 2}


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1.0", "after=01", "after=",
                                   f"after={10**18}", "limit=0", "limit=101", "cursor=x",
                                   "after=%D9%A1"])  # fmt: skip
def test_odd_queries_are_refused(shop: Api, query: str) -> None:
    refused(shop.get(f"{STREAM}?{query}"), 400, "LUCID_ERR_1001")


def test_the_largest_number_is_read(shop: Api) -> None:
    refused(shop.get(f"{STREAM}?after={10**18 - 1}"), 409, "LUCID_ERR_1005")


def test_payouts_are_told_there(alice: Api, operator: Api) -> None:
    payout = builders.payout(alice.user, status="confirmed")
    place_all()
    told_of = read(operator)["events"]
    assert [event["type"] for event in told_of] == [
        "payout.created", "payout.processing", "payout.confirmed",
    ]  # fmt: skip
    assert {event["data"]["payout_id"] for event in told_of} == {payout.public_id}
