"""What receivers get, and what becomes of a delivery when they do not take it."""

import gzip
import hashlib
import hmac
import json
import socket
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.ids import public_id
from tests.webhooks import making
from tests.webhooks.making import DELIVERED, EXHAUSTED, PENDING, answers, only, register
from tests.webhooks.receiver import TAKEN, Receiver, Reply, Request, Served
from webhooks import delivery as sending
from webhooks.attempt import Answered
from webhooks.claim import deliveries_claim
from webhooks.delivery import deliveries_send
from webhooks.models import Attempt, Delivery, Endpoint, Event, Outcome
from webhooks.record import Done, attempts_record


@pytest.mark.contract("C-HOOK-14")
def test_it_is_verified_by_the_public_library(operator: User, receiver: Receiver) -> None:
    register(operator, receiver)
    making.events(operator, 5)
    assert making.send() == 5
    assert receiver.refused == []
    assert set(receiver.events) == {
        public_id("evt", pk) for pk in Event.objects.values_list("pk", flat=True)
    }  # noqa: E501
    assert {one.status for one in Delivery.objects.all()} == {DELIVERED}


@pytest.mark.contract("C-HOOK-14")
def test_the_simple_signature_is_keyed_with_the_secret_as_shown(
    operator: User, receiver: Receiver
) -> None:
    register(operator, receiver)
    making.events(operator)
    making.send()
    [request] = receiver.requests
    expected = hmac.new(receiver.secret.encode(), request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-webhook-signature"] == expected


@pytest.mark.contract("C-HOOK-14")
def test_the_body_is_sent_byte_for_byte(operator: User, receiver: Receiver) -> None:
    register(operator, receiver)
    making.events(operator)
    making.send()
    assert receiver.requests[0].body.decode() == Event.objects.get().body
    assert json.loads(receiver.requests[0].body)["type"] == making.CONFIRMED


@pytest.mark.contract("C-HOOK-14")
def test_one_that_fails_three_times_has_it_once_in_the_end(
    operator: User, receiver: Receiver
) -> None:
    register(operator, receiver)
    receiver.reply = lambda request, earlier: (500, {}, b"") if earlier < 3 else TAKEN
    making.events(operator)
    now = utc_now()
    for wait_s in (0, 6, 400, 2200, 9000):
        now += timedelta(seconds=wait_s)
        making.send(now)
    assert len(receiver.requests) == 4
    assert len({request.event_id for request in receiver.requests}) == 1
    assert len({request.body for request in receiver.requests}) == 1
    assert len({request.headers["webhook-timestamp"] for request in receiver.requests}) == 4
    assert len(receiver.events) == 1
    assert (only().status, only().attempts) == (DELIVERED, 4)
    assert receiver.refused == []


@pytest.mark.contract("C-HOOK-15")
def test_it_is_retried_by_the_schedule_and_then_given_up(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    register(operator, receiver)
    receiver.reply = answers(500)
    making.events(operator)
    now = utc_now()
    assert making.send(now) == 1
    for pause_s in settings.WEBHOOK_RETRIES_S:
        due_in = only().due_at - now
        assert timedelta(seconds=pause_s) <= due_in <= timedelta(seconds=pause_s * 1.1)
        assert making.send(only().due_at - timedelta(milliseconds=1)) == 0
        now = only().due_at
        assert making.send(now) == 1
    assert (only().status, only().attempts, only().ended_at) == (EXHAUSTED, 10, now)
    assert making.send(now + timedelta(days=30)) == 0
    assert len(receiver.requests) == 10


@pytest.mark.contract("C-HOOK-15")
def test_a_receiver_that_was_down_for_a_day_gets_everything(operator: User) -> None:
    receiver = Receiver()
    with Served(receiver):
        pass  # its port, where nobody listens from now on
    register(operator, receiver)
    now = utc_now()
    for _ in range(8):
        making.events(operator, 3, now=now)
        making.send(now)
        now += timedelta(hours=3)
    assert {one.error != "" for one in Attempt.objects.all()} == {True}
    with Served(receiver):
        for _ in range(8):
            making.send(now)
            now += timedelta(hours=3)
    assert len(receiver.events) == 24
    assert receiver.refused == []
    assert set(Delivery.objects.values_list("status", flat=True)) == {DELIVERED}
    endpoint = Endpoint.objects.get()
    assert (endpoint.failures, endpoint.failing_since) == (0, None)


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 429, 500, 502, 504])
@pytest.mark.contract("C-HOOK-15")
def test_only_2xx_is_taken(operator: User, receiver: Receiver, status: int) -> None:
    register(operator, receiver)
    receiver.reply = answers(status, Location=f"{receiver.url}/other")
    making.events(operator)
    making.send()
    assert only().status == PENDING
    assert [request.path for request in receiver.requests] == ["/hooks"]
    attempt = Attempt.objects.get()
    assert (attempt.status_code, attempt.response_body, attempt.outcome) == (
        status,
        "no",
        "refused",
    )
    assert str(status) in attempt.error


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
@pytest.mark.contract("C-HOOK-15")
def test_every_2xx_is_taken(operator: User, receiver: Receiver, status: int) -> None:
    register(operator, receiver)
    receiver.reply = lambda request, earlier: (status, {}, b"")
    making.events(operator)
    making.send()
    assert only().status == DELIVERED


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.contract("C-HOOK-15")
def test_retry_after_is_waited_for(operator: User, receiver: Receiver, form: str) -> None:
    register(operator, receiver)
    now = utc_now().replace(microsecond=0)
    date = (now + timedelta(seconds=900)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    receiver.reply = answers(503, Retry_After="900" if form == "seconds" else date)
    making.events(operator)
    making.send(now)
    assert only().due_at >= now + timedelta(seconds=900)
    # All that is for it, and not this event alone.
    making.events(operator)
    assert making.send(now + timedelta(seconds=890)) == 0
    receiver.reply = answers(200)
    assert making.send(now + timedelta(seconds=1200)) == 2


@pytest.mark.contract("C-HOOK-15")
def test_retry_after_is_never_sooner_than_the_schedule_nor_later_than_a_day(
    operator: User, receiver: Receiver
) -> None:
    register(operator, receiver)
    now = utc_now()
    receiver.reply = answers(500, Retry_After="1")
    making.events(operator)
    making.send(now)
    assert only().due_at >= now + timedelta(seconds=5)
    receiver.reply = answers(429, Retry_After="99999999999")
    now = only().due_at
    making.send(now)
    assert only().due_at == now + timedelta(days=1)


def test_a_slow_receiver_delays_nobody_else(operator: User, settings: Any) -> None:
    settings.WEBHOOK_CONCURRENCY = 3
    may_answer, is_met = threading.Event(), threading.Event()

    def slow(request: Request, earlier: int) -> Reply:
        may_answer.wait(30)
        return TAKEN

    with Served(Receiver(reply=slow)) as dead_slow, Served() as quick:
        making.endpoint(operator, dead_slow.url)
        making.endpoint(operator, quick.url)

        def note(request: Request, earlier: int) -> Reply:
            if len(quick.requests) == 40:
                is_met.set()
            return TAKEN

        quick.reply = note
        making.events(operator, 40)
        watcher = threading.Thread(target=lambda: (is_met.wait(30), may_answer.set()))
        watcher.start()
        assert making.send() == 80
        watcher.join()
        assert is_met.is_set()  # all of them, while the slow one answered nothing
        assert len(dead_slow.requests) == 40


def test_no_more_than_its_room_is_under_way_to_one_endpoint(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_CONCURRENCY = 3
    register(operator, receiver)
    lock, met, most = threading.Lock(), threading.Barrier(3), [0, 0]

    def count(request: Request, earlier: int) -> Reply:
        with lock:
            most[0] += 1
            most[1] = max(most)
        met.wait(30)  # three are under way at once, each time
        with lock:
            most[0] -= 1
        return TAKEN

    receiver.reply = count
    making.events(operator, 9)
    assert making.send() == 9
    assert most[1] == 3


def test_a_receiver_that_sends_a_byte_now_and_then_holds_nobody_up(
    operator: User, settings: Any
) -> None:
    settings.WEBHOOK_TIMEOUT_S = 1
    with socket.create_server(("127.0.0.1", 0)) as server:
        ends = threading.Event()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                while not ends.wait(0.1):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        making.endpoint(operator, f"http://127.0.0.1:{server.getsockname()[1]}/")
        making.events(operator)
        assert making.send() == 1
        ends.set()
        thread.join()
    assert (only().status, Attempt.objects.get().outcome) == (PENDING, "timeout")


def test_of_an_answer_a_person_s_worth_is_kept(operator: User, receiver: Receiver) -> None:
    register(operator, receiver)
    huge = b"\0\xff" + b"x" * 3_000_000
    receiver.reply = lambda request, earlier: (500, {"X-Long": "y" * 5000}, huge)
    making.events(operator)
    making.send()
    attempt = Attempt.objects.get()
    assert attempt.response_body.startswith("\ufffd\ufffdxxx")
    assert len(attempt.response_body) == 2000
    assert attempt.response_headers["X-Long"] == "y" * 200


def test_what_is_compressed_is_not_unpacked(operator: User, receiver: Receiver) -> None:
    bomb = gzip.compress(b"0" * 10_000_000)
    register(operator, receiver)
    receiver.reply = lambda request, earlier: (200, {"Content-Encoding": "gzip"}, bomb)
    making.events(operator)
    making.send()
    assert only().status == DELIVERED
    assert "000" not in Attempt.objects.get().response_body
    assert receiver.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("lost", ["sight", "scope"])
def test_who_has_lost_a_role_is_not_told_what_was_on_its_way(
    operator: User, merchant: User, receiver: Receiver, lost: str
) -> None:
    register(operator, receiver)
    making.events(operator)
    making.events(merchant)
    making.place()
    kept = Group.objects.get_or_create(name="merchant" if lost == "sight" else "end_user")[0]
    operator.groups.set([kept])
    making.send()
    own = Delivery.objects.filter(event__owner_id=operator.pk).get()
    others = Delivery.objects.exclude(pk=own.pk).get()
    assert own.status == (DELIVERED if lost == "sight" else "cancelled")
    assert (others.status, others.ended_at is None) == ("cancelled", False)
    assert len(receiver.requests) == (1 if lost == "sight" else 0)


def test_outcomes_are_counted_for_good(operator: User, receiver: Receiver) -> None:
    register(operator, receiver)
    receiver.reply = lambda request, earlier: TAKEN if earlier else (500, {}, b"")
    making.events(operator, 3)
    now = utc_now()
    making.send(now)
    making.send(now + timedelta(minutes=1))
    assert dict(Outcome.objects.values_list("kind", "count")) == {"delivered": 3, "refused": 3}


def test_one_that_was_asked_for_again_while_it_was_sent_is_sent_again(
    operator: User, receiver: Receiver
) -> None:
    register(operator, receiver)
    now = utc_now()
    receiver.reply = answers(500)
    making.events(operator)
    making.place(now)
    original = sending.attempts_record

    def meanwhile(done: Any, *, now: datetime) -> None:
        if len(receiver.requests) == 1:
            Delivery.objects.update(due_at=now, tries=0)
        original(done, now=now)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "attempts_record", meanwhile)
        assert making.send(now) == 2
    assert (only().attempts, only().tries) == (2, 1)


@pytest.mark.parametrize(
    "date",
    ["Mon, 01 Jan 99999999999999999999 00:00:00 GMT", f"Mon, 01 Jan 2026 00:00:00 +{'9' * 20}"],
)
def test_a_retry_after_of_no_calendar_takes_nothing_from_the_answer(
    operator: User, receiver: Receiver, date: str
) -> None:
    register(operator, receiver)
    receiver.reply = lambda request, earlier: (200, {"Retry-After": date}, b"")
    making.events(operator)
    making.send()
    assert only().status == DELIVERED


def test_who_has_much_under_way_takes_no_turn_of_somebody_else(
    operator: User, receiver: Receiver
) -> None:
    busy, now = register(operator, receiver), utc_now()
    making.events(operator, 5)
    making.place(now - timedelta(hours=1))
    other = register(operator, receiver)
    making.events(operator)
    making.place(now)

    def claimed(free: int, under_way: dict[Any, int]) -> list[Any]:
        found = deliveries_claim(free=free, busy=under_way, now=now)
        Delivery.objects.update(due_at=now)  # as they were, but for what was due an hour longer
        return [one.endpoint_id for one in found]

    # One each, though five of them have waited longer; also with one place only.
    assert sorted(claimed(2, {})) == sorted([busy.pk, other.pk])
    assert claimed(1, {busy.pk: 3}) == [other.pk]
    assert claimed(1, {other.pk: 3}) == [busy.pk]


@pytest.mark.parametrize("taken_by", [0, 1])
def test_one_that_was_tried_twice_at_once_is_taken_if_either_was(
    operator: User, receiver: Receiver, taken_by: int
) -> None:
    endpoint, now = register(operator, receiver), utc_now()
    making.events(operator)
    making.place(now)
    done = []
    for number in range(2):
        Delivery.objects.update(due_at=now)  # as somebody asks for it again
        [claimed] = deliveries_claim(free=1, busy={}, now=now + timedelta(seconds=number))
        kind = Outcome.Kind.DELIVERED if number == taken_by else Outcome.Kind.REFUSED
        answered = Answered(kind, status_code=200)
        done.append(Done(claimed, now, endpoint.updated_at, endpoint.url, {}, answered))
    attempts_record(done, now=now)
    assert (only().status, only().attempts) == (DELIVERED, 2)
    assert sorted(one.number for one in Attempt.objects.all()) == [1, 2]


def test_who_was_told_once_to_stop_claims_no_more_however_long_a_receiver_takes(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_CONCURRENCY = 2
    register(operator, receiver)
    making.events(operator, 3)
    making.place()
    first, let_go = threading.Event(), threading.Event()
    asked: list[bool] = []

    def reply(request: Request, earlier: int) -> Reply:
        if not first.is_set():
            first.set()
            let_go.wait(20)
        return TAKEN

    def goes_on() -> bool:
        """Yes, no, and yes again while the slow one is still under way."""
        asked.append(len(asked) != 1)
        if len(asked) > 3:
            let_go.set()
        return asked[-1]

    receiver.reply = reply
    assert deliveries_send(clock=utc_now, goes_on=goes_on) == 2
    assert asked[:4] == [True, False, True, True]
    assert Delivery.objects.filter(status=PENDING).count() == 1
