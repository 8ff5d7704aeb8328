"""How a receiver is doing, by its answers: failing, gone, another, switched off."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from access.models import User
from lucidpay.clock import utc_now
from tests.webhooks import making
from tests.webhooks.making import DELIVERED, EXHAUSTED, answers, only, register
from tests.webhooks.receiver import Receiver
from webhooks import delivery as sending
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.models_endpoint import DisabledFor
from webhooks.services.change import endpoint_change


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


@pytest.mark.contract("C-HOOK-17")
def test_another_url_has_not_failed_yet(operator: User, receiver: Receiver) -> None:
    now = failing_for(operator, receiver, 5)
    endpoint = Endpoint.objects.get()
    endpoint_change(endpoint_id=endpoint.pk, changes={"url": receiver.url + "/new"}, now=now)
    making.send(now + timedelta(minutes=10))
    endpoint.refresh_from_db()
    assert endpoint.is_active
    assert endpoint.failing_since == now + timedelta(minutes=10)


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
