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
from lucidpay.sealing import VaultClosed, vault_key_pair
from tests.webhooks import making
from tests.webhooks.receiver import TAKEN, Receiver, Reply, Request, Served
from webhooks import delivery as sending
from webhooks.attempt import Answered
from webhooks.claim import deliveries_claim
from webhooks.delivery import deliveries_send
from webhooks.models import Attempt, Delivery, Endpoint, Event, Outcome
from webhooks.models_endpoint import DisabledFor
from webhooks.record import Done, attempts_record
from webhooks.secrets import secret_make, secret_seal
from webhooks.services.change import endpoint_change

DELIVERED, PENDING, EXHAUSTED = "delivered", "pending", "exhausted"


def register(owner: User, receiver: Receiver, **fields: Any) -> Endpoint:
    """An endpoint whose receiver verifies with the public library."""
    endpoint, receiver.secret = making.endpoint(owner, receiver.url, **fields)
    return endpoint


def answers(status: int, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, earlier: (status, named, b"no")


def only() -> Delivery:
    return Delivery.objects.get()


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


@pytest.mark.contract("C-HOOK-15")
def test_a_receiver_that_is_gone_is_told_nothing_more(operator: User, receiver: Receiver) -> None:
    endpoint = register(operator, receiver)
    receiver.reply = answers(410)
    making.events(operator, 1)
    now = utc_now()
    making.send(now)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.disabled_for) == (False, DisabledFor.GONE)
    assert only().status == EXHAUSTED
    making.events(operator)
    assert making.send(now + timedelta(days=1)) == 0
    assert len(receiver.requests) == 1


def failing_for(operator: User, receiver: Receiver, days: float) -> datetime:
    """Let a receiver fail for so long, with a new event twice a day."""
    register(operator, receiver)
    receiver.reply = answers(500)
    start = now = utc_now()
    while now < start + timedelta(days=days):
        making.events(operator)
        making.send(now)
        now += timedelta(hours=12)
    return now


@pytest.mark.contract("C-HOOK-17")
def test_one_that_fails_for_five_days_is_switched_off(operator: User, receiver: Receiver) -> None:
    now = failing_for(operator, receiver, 5)
    assert Endpoint.objects.get().is_active
    making.send(now + timedelta(minutes=10))
    endpoint = Endpoint.objects.get()
    assert (endpoint.is_active, endpoint.disabled_for) == (False, DisabledFor.FAILING)
    before = len(receiver.requests)
    making.events(operator)
    making.send(now + timedelta(days=1))
    assert len(receiver.requests) == before


def test_one_success_in_between_begins_the_five_days_anew(
    operator: User, receiver: Receiver
) -> None:
    now = failing_for(operator, receiver, 4)
    receiver.reply = answers(200)
    making.send(now)
    receiver.reply = answers(500)
    making.events(operator)
    making.send(now + timedelta(days=2))
    endpoint = Endpoint.objects.get()
    assert (endpoint.is_active, endpoint.failing_since) == (True, now + timedelta(days=2))


def test_silence_between_two_failures_is_no_failing(operator: User, receiver: Receiver) -> None:
    register(operator, receiver)
    receiver.reply = answers(500)
    now = utc_now()
    making.events(operator)
    making.send(now)
    Delivery.objects.update(status=EXHAUSTED, ended_at=now)
    making.events(operator)
    making.send(now + timedelta(days=9))
    endpoint = Endpoint.objects.get()
    assert (endpoint.is_active, endpoint.failures) == (True, 2)
    assert endpoint.failing_since == now + timedelta(days=9)


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


def test_an_owner_s_headers_are_sent_and_never_shown(operator: User, receiver: Receiver) -> None:
    wanted = {"Authorization": "Bearer of-the-owner", "X-Team": "blue"}
    register(operator, receiver, headers=wanted)
    making.events(operator)
    making.send()
    headers = receiver.requests[0].headers
    assert (headers["authorization"], headers["x-team"]) == ("Bearer of-the-owner", "blue")
    shown = Attempt.objects.get().request_headers
    assert (shown["Authorization"], shown["X-Team"]) == ("********", "********")
    assert shown["webhook-id"] == headers["webhook-id"]
    assert "of-the-owner" not in json.dumps([str(vars(Endpoint.objects.get())), shown])


@pytest.mark.parametrize(
    "name", ["webhook-id", "Webhook-Signature", "CONTENT-TYPE", "x-webhook-signature", "User-Agent"]
)
@pytest.mark.contract("C-HOOK-14")
def test_an_owner_s_header_never_takes_the_place_of_ours(
    operator: User, receiver: Receiver, name: str
) -> None:
    register(operator, receiver, headers={name: "theirs"})
    making.events(operator)
    making.send()
    assert "theirs" not in receiver.requests[0].headers[name.lower()]
    assert receiver.refused == []
    assert only().status == DELIVERED


@pytest.mark.contract("C-HOOK-14")
def test_while_a_secret_is_replaced_both_sign(operator: User, receiver: Receiver) -> None:
    now = utc_now()
    endpoint = register(operator, receiver)
    old, new = receiver.secret, secret_make()
    endpoint.sealed_previous = endpoint.sealed_secret
    endpoint.sealed_secret = secret_seal(new, endpoint.pk)
    endpoint.previous_until = now + timedelta(hours=1)
    endpoint.save()
    for secret, at, taken in (
        (old, now, True),
        (new, now, True),
        (old, now + timedelta(hours=2), False),
        (new, now + timedelta(hours=2), True),
    ):
        receiver.secret = secret
        receiver.events.clear()
        making.events(operator)
        making.send(at)
        Delivery.objects.filter(status=PENDING).update(status=EXHAUSTED)
        assert bool(receiver.events) is taken


def test_a_secret_of_another_vault_sends_nothing_and_blames_nobody(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    endpoint = register(operator, receiver)
    making.events(operator)
    making.place()
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = vault_key_pair()
    assert making.send() == 1
    assert receiver.requests == []
    endpoint.refresh_from_db()
    assert (only().status, endpoint.failures) == (PENDING, 0)
    assert Attempt.objects.get().outcome == "unsigned"


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


@pytest.mark.contract("C-HOOK-17")
def test_another_url_has_not_failed_yet(operator: User, receiver: Receiver) -> None:
    now = failing_for(operator, receiver, 5)
    endpoint = Endpoint.objects.get()
    endpoint_change(endpoint_id=endpoint.pk, changes={"url": receiver.url + "/new"}, now=now)
    making.send(now + timedelta(minutes=10))
    endpoint.refresh_from_db()
    assert endpoint.is_active
    assert endpoint.failing_since == now + timedelta(minutes=10)


def test_webhooks_may_have_a_vault_of_their_own(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    pair = vault_key_pair()
    settings.WEBHOOK_VAULT_KEY, settings.WEBHOOK_VAULT_PUBLIC_KEY = pair
    register(operator, receiver)
    making.events(operator)
    settings.VAULT_KEY = ""  # who sends needs no key of wallets
    assert making.send() == 1
    assert len(receiver.events) == 1
    settings.WEBHOOK_VAULT_KEY = ""
    with pytest.raises(VaultClosed):
        making.send()


def test_a_box_that_was_copied_to_another_endpoint_signs_nothing(
    operator: User, receiver: Receiver
) -> None:
    other, _ = making.endpoint(operator, receiver.url, is_active=False)
    endpoint = register(operator, receiver)
    Endpoint.objects.filter(pk=endpoint.pk).update(sealed_secret=other.sealed_secret)
    making.events(operator)
    making.send()
    assert receiver.requests == []
    assert Attempt.objects.get().outcome == "unsigned"


def test_a_process_without_the_vault_s_key_claims_nothing(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    register(operator, receiver)
    making.events(operator)
    making.place()
    due_at = only().due_at
    settings.VAULT_KEY = ""
    with pytest.raises(VaultClosed):
        deliveries_send(clock=utc_now)
    assert only().due_at == due_at


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


def meanwhile(act: Any) -> Any:
    """Let something happen while answers are on their way to be written down."""
    original = sending.attempts_record

    def record(done: Any, *, now: datetime) -> None:
        act()
        original(done, now=now)

    patch = pytest.MonkeyPatch()
    patch.setattr(sending, "attempts_record", record)
    return patch


@pytest.mark.contract("C-HOOK-17")
@pytest.mark.parametrize("changes", [{"url": "http://127.0.0.1:1/"}, {"is_active": True}])
def test_what_was_sent_before_a_change_says_nothing_of_it_afterwards(
    operator: User, receiver: Receiver, changes: dict[str, Any]
) -> None:
    endpoint, now = register(operator, receiver), utc_now()
    receiver.reply = answers(410, Retry_After="60")
    making.events(operator)
    at = now + timedelta(seconds=1)
    patch = meanwhile(lambda: endpoint_change(endpoint_id=endpoint.pk, changes=changes, now=at))
    making.send(now)
    patch.undo()
    endpoint.refresh_from_db()
    assert (endpoint.is_active, endpoint.failures, endpoint.paused_until) == (True, 0, None)
    assert only().attempts == 1
    making.events(operator)
    making.send(at)
    endpoint.refresh_from_db()
    assert endpoint.failures == 1


def test_one_that_was_forgotten_while_it_was_sent_takes_nobody_s_answer_along(
    operator: User, receiver: Receiver
) -> None:
    register(operator, receiver)
    making.events(operator, 2)
    making.place()
    first = Delivery.objects.order_by("pk")[0]
    patch = meanwhile(lambda: Delivery.objects.filter(pk=first.pk).delete())
    assert making.send() == 2
    patch.undo()
    assert only().status == DELIVERED
    assert Attempt.objects.get().delivery == only()


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
