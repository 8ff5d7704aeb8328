"""Doorbells of webhooks: a seat for as many senders as are set, and for no dead one."""

import threading
from typing import Any

import pytest
from structlog.testing import capture_logs

from access.models import User
from lucidpay import leaving
from lucidpay.api.throttling import redis_client
from lucidpay.sealing import VaultClosed
from tests.webhooks import making
from tests.webhooks.receiver import Receiver
from webhooks import tasks
from webhooks.models import Delivery


def seat(number: int) -> Any:
    return redis_client().lock(f"lucidpay:webhooks:sender:{number}", timeout=60)


@pytest.fixture
def due(operator: User, receiver: Receiver) -> None:
    """An event that is due."""
    making.endpoint(operator, receiver.url)
    making.events(operator)
    making.place()


@pytest.mark.usefixtures("due")
def test_what_is_due_is_sent() -> None:
    tasks.deliver()
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.usefixtures("due")
def test_while_all_seats_are_taken_nothing_is_sent(settings: Any) -> None:
    taken = seat(0)
    assert taken.acquire(blocking=False)
    tasks.deliver()
    assert Delivery.objects.get().status == "pending"
    settings.WEBHOOK_SENDERS = 2
    tasks.deliver()
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.usefixtures("due")
def test_a_seat_is_free_again_afterwards() -> None:
    tasks.deliver()
    assert seat(0).acquire(blocking=False)


def test_who_has_lost_its_seat_claims_no_more(
    operator: User, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_CONCURRENCY = 1
    making.endpoint(operator, receiver.url)
    making.events(operator, 3)
    making.place()
    met = threading.Event()

    def reply(request: Any, earlier: int) -> Any:
        redis_client().delete("lucidpay:webhooks:sender:0")
        met.set()
        return 204, {}, b""

    receiver.reply = reply
    with capture_logs() as logs:
        tasks.deliver()
    assert met.is_set()
    assert Delivery.objects.filter(status="delivered").count() == 1
    assert {one["event"] for one in logs} == {"webhook_seat_lost"}


@pytest.mark.usefixtures("due")
def test_a_worker_without_the_vault_s_key_says_so(settings: Any) -> None:
    settings.VAULT_KEY = ""
    with capture_logs() as logs, pytest.raises(VaultClosed):
        tasks.deliver()
    assert [one["event"] for one in logs] == ["webhooks_not_sent"]
    assert Delivery.objects.get().status == "pending"


def test_events_are_placed_and_the_sender_is_rung(
    operator: User, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[Any] = []
    monkeypatch.setattr(tasks, "ring", rung.append)
    making.endpoint(operator, receiver.url)
    making.events(operator, 3)
    tasks.place()
    assert Delivery.objects.count() == 3
    assert rung == [tasks.deliver]


def test_who_was_told_to_stop_claims_no_more_and_ends_what_it_began(
    operator: User, receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_CONCURRENCY = 1
    making.endpoint(operator, receiver.url)
    making.events(operator, 3)
    making.place()

    def reply(request: Any, earlier: int) -> Any:
        leaving.leave()
        return 204, {}, b""

    receiver.reply = reply
    tasks.deliver.apply().get()
    assert Delivery.objects.filter(status="delivered").count() == 1
    # Nobody takes it back: a worker that starts anew is another one, under whatever name.
    monkeypatch.setattr(leaving, "_ME", "another")
    receiver.reply = lambda request, earlier: (204, {}, b"")
    tasks.deliver.apply().get()
    assert Delivery.objects.filter(status="delivered").count() == 3
