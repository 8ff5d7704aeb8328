"""What was sent, and sending it again."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import iso, utc_now
from lucidpay.ids import public_id
from tests.api.client import Api, refused
from tests.webhooks.api.hooks import (
    HOOKS,
    URL,
    attempts,
    delivery,
    endpoint,
    happened,
    merchant,
    place_all,
    told,
)
from webhooks.models import Delivery, Endpoint, Event
from webhooks.services import redeliver
from webhooks.services.forget import deliveries_forget

pytestmark = pytest.mark.django_db
Status = Delivery.Status


@pytest.fixture
def shop(db: None) -> Api:
    """A merchant."""
    return merchant()


@pytest.fixture
def hook(shop: Api) -> Endpoint:
    """Their endpoint, of an hour ago."""
    return endpoint(shop.user, now=utc_now() - timedelta(hours=1))


@pytest.fixture
def log(hook: Endpoint) -> str:
    """Where its deliveries are."""
    return f"{HOOKS}/{hook.public_id}/deliveries"


def ids(answer: Any) -> list[str]:
    assert answer.status == 200, answer.text
    return [one["delivery_id"] for one in answer.body["deliveries"]]


@pytest.mark.contract("C-HOOK-9")
def test_a_delivery_is_told_with_its_newest_attempt(shop: Api, hook: Endpoint, log: str) -> None:
    sent = delivery(hook)
    attempts(sent, [1, 2], request_headers={"webhook-id": "evt_1", "X-Shop": "********"})
    [one] = shop.get(log).body["deliveries"]
    newest = sent.attempt_set.get(number=2)
    last = {
        "number": 2,
        "at": iso(newest.at),
        "duration_ms": 84,
        "outcome": "refused",
        "status_code": 503,
        "error": "HTTP 503",
        "request": {"url": URL, "headers": {"webhook-id": "evt_1", "X-Shop": "********"}},
        "response": {"headers": {"retry-after": "60"}, "body": "no 2"},
    }
    assert one == {
        "delivery_id": sent.public_id,
        "webhook_id": hook.public_id,
        "event_id": public_id("evt", sent.event_id),
        "event_type": "payout.confirmed",
        "status": "pending",
        "attempts": 2,
        "next_attempt_at": iso(sent.due_at),
        "created_at": iso(sent.created_at),
        "completed_at": None,
        "last_attempt": last,
    }
    told = shop.get(f"{HOOKS}/deliveries/{sent.public_id}").body
    assert told.pop("request_body") == sent.event.body
    assert [one["number"] for one in told.pop("attempts_log")] == [2, 1]
    assert told == one


@pytest.mark.contract("C-HOOK-9")
def test_what_has_ended_is_not_tried_again(shop: Api, hook: Endpoint, log: str) -> None:
    sent = delivery(hook, status="delivered")
    attempts(sent, [1], outcome="unreachable", status_code=None, response_headers=None, error="")
    [one] = shop.get(log).body["deliveries"]
    assert sent.ended_at is not None
    assert (one["next_attempt_at"], one["completed_at"]) == (None, iso(sent.ended_at))
    assert (one["last_attempt"]["response"], one["last_attempt"]["error"]) == (None, None)


@pytest.mark.contract("C-HOOK-9")
def test_of_many_attempts_the_newest_are_told(shop: Api, hook: Endpoint) -> None:
    sent = delivery(hook)
    attempts(sent, range(1, 53))
    told = shop.get(f"{HOOKS}/deliveries/{sent.public_id}").body
    assert [one["number"] for one in told["attempts_log"]] == list(range(52, 2, -1))


@pytest.mark.contract("C-HOOK-9")
def test_the_log_is_paged_and_filtered(shop: Api, hook: Endpoint, log: str) -> None:
    sent = [
        delivery(hook, happened(hook.owner, kind)[0], status=status)
        for kind in ("payout.failed", "payout.confirmed")
        for status in Status.values
    ][::-1]
    delivery(endpoint(shop.user))
    assert ids(shop.get(log)) == [one.public_id for one in sent]
    for status in Status.values:
        found = ids(shop.get(f"{log}?status={status}"))
        assert found == [one.public_id for one in sent if one.status == status]
    for kind in ("payout.failed", "payout.confirmed", "batch.created"):
        answer = shop.get(f"{log}?event_type={kind}")
        of_kind = [one for one in sent if one.event.type == kind]
        assert ids(answer) == [one.public_id for one in of_kind]
        assert answer.body["pagination"]["total"] == len(of_kind)
        assert answer.body["filters"] == {"event_type": kind}
        for status in Status.values:
            both = ids(shop.get(f"{log}?event_type={kind}&status={status}"))
            assert both == [one.public_id for one in of_kind if one.status == status]
    page = shop.get(f"{log}?limit=3").body["pagination"]
    assert (page["total"], page["has_next"]) == (8, True)
    assert ids(shop.get(f"{log}?cursor={page['next_cursor']}")) == [s.public_id for s in sent[3:]]
    for query in ("status=sent", "event_type=x", "kind=x", "limit=101"):
        refused(shop.get(f"{log}?{query}"), 400, "LUCID_ERR_1001")


@pytest.mark.contract("C-HOOK-9")
@pytest.mark.parametrize("query", ["", "?event_type=payout.confirmed", "?status=pending"])
def test_a_page_costs_the_same_however_much_is_on_it(
    shop: Api, hook: Endpoint, log: str, query: str
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert shop.get(log + query).status == 200
        return len(captured)

    attempts(delivery(hook), [1])
    # The first calls of a key note that it is used, and remember who that is.
    few = [statements() for _ in range(4)][-1]
    for _ in range(10):
        attempts(delivery(hook), [1, 2])
    assert statements() == few


@pytest.mark.contract("C-HOOK-10")
@pytest.mark.parametrize("status", ["delivered", "exhausted", "pending"])
def test_a_delivery_is_sent_again(shop: Api, hook: Endpoint, status: str) -> None:
    sent = delivery(hook, status=status, tries=9)
    attempts(sent, range(1, 10))
    before = utc_now()
    answer = shop.post(f"{HOOKS}/deliveries/{sent.public_id}/redeliver")
    assert answer.status == 202
    again = Delivery.objects.get()
    assert (again.pk, again.event_id) == (sent.pk, sent.event_id)
    assert (again.status, again.tries, again.attempts, again.ended_at) == ("pending", 0, 9, None)
    assert before <= again.due_at <= utc_now()
    assert answer.body["next_attempt_at"] == iso(again.due_at)
    assert answer.body["last_attempt"]["number"] == 9


@pytest.mark.contract("C-HOOK-10")
def test_what_was_cancelled_is_not_sent_again(shop: Api, hook: Endpoint) -> None:
    sent = delivery(hook, status="cancelled")
    answer = shop.post(f"{HOOKS}/deliveries/{sent.public_id}/redeliver")
    assert refused(answer, 409, "LUCID_ERR_1005") == {"status": "cancelled"}


@pytest.mark.contract("C-HOOK-10")
def test_nothing_is_sent_again_while_it_is_off(shop: Api, hook: Endpoint) -> None:
    sent = delivery(hook, status="exhausted")
    shop.call("PATCH", f"{HOOKS}/{hook.public_id}", '{"active": false}')
    for path, body in (
        (f"{HOOKS}/deliveries/{sent.public_id}/redeliver", None),
        (f"{HOOKS}/{hook.public_id}/redeliver", {"since": iso(hook.created_at)}),
    ):
        answer = shop.post(path, body)
        assert refused(answer, 409, "LUCID_ERR_1005") == {"disabled_reason": "owner"}
    sent.refresh_from_db()
    assert sent.status == Status.EXHAUSTED


def since(one: Api, hook: Endpoint, at: Any, **fields: Any) -> dict[str, Any]:
    given = at if isinstance(at, str) else iso(at)
    answer = one.post(f"{HOOKS}/{hook.public_id}/redeliver", {"since": given, **fields})
    assert answer.status == 202, answer.text
    return dict(answer.body)


def done(count: int) -> dict[str, Any]:
    return {"redelivered": count, "more": False, "next_after": None}


@pytest.mark.contract("C-HOOK-11")
def test_what_was_given_up_since_then_is_sent_again(shop: Api, hook: Endpoint) -> None:
    now = utc_now()
    ago = [now - timedelta(minutes=minutes) for minutes in (30, 20, 10)]
    sent = [delivery(hook, status="exhausted", tries=10, ended_at=at) for at in ago]
    for status in ("delivered", "pending", "cancelled"):
        delivery(hook, status=status)
    delivery(endpoint(shop.user), status="exhausted")
    assert since(shop, hook, ago[1]) == done(2)
    assert [Delivery.objects.get(pk=one.pk).status for one in sent] == [
        "exhausted", "pending", "pending",
    ]  # fmt: skip
    assert Delivery.objects.get(pk=sent[2].pk).tries == 0
    assert since(shop, hook, ago[1]) == done(0)


@pytest.mark.contract("C-HOOK-11")
def test_what_was_missed_while_it_was_off_is_sent(shop: Api, hook: Endpoint) -> None:
    now = utc_now()
    told(shop.user, at=now - timedelta(hours=2))  # before it was registered
    told(shop.user, at=now - timedelta(minutes=50))  # before what is asked for
    sent = delivery(hook, told(shop.user)[0], status="delivered")
    told(shop.user, kind="payout.created")  # not subscribed to
    told(merchant().user)  # somebody else's
    missed = told(shop.user, count=3) + told(shop.user, kind="payout.failed")
    unplaced = happened(shop.user)
    shop.post(f"{HOOKS}/{hook.public_id}/test")
    before = set(Delivery.objects.values_list("pk", flat=True))

    assert since(shop, hook, now - timedelta(minutes=40)) == done(4)

    made = Delivery.objects.exclude(pk__in=before)
    assert {one.event_id for one in made} == {event.pk for event in missed}
    assert {(one.status, one.tries, one.attempts, one.ended_at) for one in made} == {
        ("pending", 0, 0, None)
    }
    assert {one.due_at for one in made} == {one.created_at for one in made}
    sent.refresh_from_db()
    assert sent.status == "delivered"
    place_all()
    assert since(shop, hook, hook.created_at) == done(2)
    assert Delivery.objects.filter(event=unplaced[0]).exists()
    assert since(shop, hook, hook.created_at - timedelta(hours=3)) == done(0)


@pytest.mark.contract("C-HOOK-11")
def test_an_operators_missed_events_are_everybodys(operator: Api, shop: Api) -> None:
    hook = endpoint(operator.user)
    told(shop.user, count=2)
    told(operator.user)
    assert since(operator, hook, hook.created_at) == done(3)


@pytest.mark.contract("C-HOOK-11")
def test_a_call_does_a_bounded_part_and_says_where_to_go_on(
    shop: Api, hook: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redeliver, "REDELIVERED_MAX", 3)
    monkeypatch.setattr(redeliver, "LOOKED_THROUGH_MAX", 4)
    for _ in range(4):
        delivery(hook, told(shop.user)[0], status="exhausted")
    told(shop.user, count=9)
    told(merchant().user, count=2)
    start = hook.created_at
    assert since(shop, hook, start) == {"redelivered": 3, "more": True, "next_after": 0}
    # The last that was given up, and the four places after the first: all are sent already.
    assert since(shop, hook, start) == {"redelivered": 1, "more": True, "next_after": 4}
    assert since(shop, hook, start, after=4) == {"redelivered": 3, "more": True, "next_after": 7}
    assert since(shop, hook, start, after=7) == {"redelivered": 3, "more": True, "next_after": 10}
    assert since(shop, hook, start, after=10) == done(3)
    assert Delivery.objects.filter(endpoint=hook, status="pending").count() == 13


@pytest.mark.contract("C-HOOK-11")
def test_events_out_of_order_are_not_missed(shop: Api, hook: Endpoint) -> None:
    now = utc_now()
    for seconds in (10, 30, 5):  # before now; whoever halves looks at the second first
        told(shop.user, at=now - timedelta(seconds=seconds))
    assert since(shop, hook, now - timedelta(seconds=20)) == done(2)
    found = Event.objects.filter(delivery__endpoint=hook)
    assert sorted(round((now - event.created_at).total_seconds()) for event in found) == [5, 10]


@pytest.mark.contract("C-HOOK-11")
def test_the_beginning_is_found_in_a_long_stream_by_few_statements(
    shop: Api, hook: Endpoint
) -> None:
    start = utc_now() - timedelta(minutes=50)
    for minutes in range(40):
        told(shop.user, at=start + timedelta(minutes=minutes), count=2)
    with CaptureQueriesContext(connection) as captured:
        assert since(shop, hook, start + timedelta(minutes=30)) == done(20)
    assert len(captured) < 30


@pytest.mark.contract("C-HOOK-11")
@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "since"), ({"since": "yesterday"}, "since"), ({"since": 7}, "since"),
        ({"since": "2020-01-01T00:00:00Z"}, "since"), ({"since": None}, "since"),
        ({"since": "0001-01-01T00:00:00+23:00"}, "since"),
        ({"since": "9999-12-31", "until": "x"}, "until"),
        ({"since": "9999-12-31", "after": -1}, "after"),
        ({"since": "9999-12-31", "after": "1"}, "after"),
    ],
)  # fmt: skip
def test_it_names_what_is_wrong(shop: Api, hook: Endpoint, body: dict, named: str) -> None:
    answer = shop.post(f"{HOOKS}/{hook.public_id}/redeliver", body)
    assert set(refused(answer, 400, "LUCID_ERR_1001")) == {named}


def test_a_day_far_ahead_finds_nothing(shop: Api, hook: Endpoint) -> None:
    told(shop.user)
    assert since(shop, hook, "9999-12-31") == done(0)


@pytest.mark.contract("C-HOOK-11")
def test_what_was_delivered_and_forgotten_is_not_taken_for_missed(
    shop: Api, hook: Endpoint, settings: Any
) -> None:
    now = utc_now()
    Endpoint.objects.update(created_at=now - timedelta(days=100))
    long_ago = now - timedelta(days=40)
    delivery(hook, told(shop.user, at=long_ago)[0], status="delivered", ended_at=long_ago)
    told(shop.user, at=now - timedelta(days=29))
    assert deliveries_forget(now=now) == 1
    answer = shop.post(f"{HOOKS}/{hook.public_id}/redeliver", {"since": iso(long_ago)})
    [why] = refused(answer, 400, "LUCID_ERR_1001")["since"]
    assert "Deliveries are kept for 30 days" in why
    assert Delivery.objects.count() == 0
    assert since(shop, hook, now - timedelta(days=29, hours=1)) == done(1)


@pytest.mark.contract("C-HOOK-11")
@pytest.mark.parametrize("after", ["1e30", f"{10**28}.5", "9" * 31])
def test_a_number_of_many_digits_is_refused_like_any_other(
    shop: Api, hook: Endpoint, after: str
) -> None:
    raw = f'{{"since": "9999-12-31", "after": {after}}}'
    answer = shop.call("POST", f"{HOOKS}/{hook.public_id}/redeliver", raw.encode())
    assert set(refused(answer, 400, "LUCID_ERR_1001")) == {"after"}
