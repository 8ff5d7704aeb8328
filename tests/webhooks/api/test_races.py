"""Two changes of one endpoint that meet, each with a connection of its own."""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from lucidpay.ids import new_id
from tests import builders
from tests.payouts.rivals import Rival
from tests.webhooks.api.hooks import KINDS, URL, delivery, endpoint, told
from webhooks.models import Delivery, Endpoint
from webhooks.models_endpoint import DisabledFor
from webhooks.queries import EndpointNotFound
from webhooks.secrets import secret_open
from webhooks.services import cancel
from webhooks.services.change import endpoint_change
from webhooks.services.delete import endpoint_delete
from webhooks.services.forget import orphans_cancel
from webhooks.services.redeliver import EndpointInactive, delivery_redeliver, endpoint_redeliver
from webhooks.services.register import TooManyEndpoints, endpoint_register
from webhooks.services.rotate import secret_rotate
from webhooks.services.try_out import endpoint_try_out

pytestmark = pytest.mark.django_db(transaction=True)
Status = Delivery.Status


@pytest.fixture
def hook(transactional_db: None) -> Endpoint:
    """A merchant's endpoint."""
    return endpoint(builders.user("merchant"))


class Waiter:
    """Somebody with a connection of their own who has to wait; ``end`` tells what came of it."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self._result: Any = None
        self._pid: int | None = None
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(act,))
        self._thread.start()
        assert self._ready.wait(20)

    def _run(self, act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            self._pid = connection.connection.info.backend_pid
            self._ready.set()
            self._result = act()
        except LucidError as error:
            self._result = error
        finally:
            connection.close()

    def until_it_waits(self) -> None:
        """Return when the database says that it waits for a lock."""
        waits = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s AND wait_event_type = 'Lock'"
        while True:
            assert self._thread.is_alive(), f"it did not wait: {self._result}"
            with connection.cursor() as cursor:
                cursor.execute(waits, [self._pid])
                if cursor.fetchone()[0]:
                    return

    def end(self) -> Any:
        self._thread.join()
        return self._result


def meet(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """Let the second wait for what the first has done, and return what the second came to."""
    rival = Rival(first)
    waiter = Waiter(second)
    waiter.until_it_waits()
    rival.commit()
    return waiter.end()


def rotate(hook: Endpoint) -> Any:
    return secret_rotate(endpoint_id=hook.pk, overlap_s=60, now=utc_now())


def test_of_two_rotations_the_later_keeps_the_secret_of_the_earlier(hook: Endpoint) -> None:
    secrets: list[str] = []
    _, last = meet(lambda: secrets.append(rotate(hook)[1]), lambda: rotate(hook))
    kept = Endpoint.objects.get()
    assert secret_open(kept.sealed_secret, kept.pk) == last
    assert secret_open(kept.sealed_previous, kept.pk) == secrets[0]


def test_whoever_deletes_first_has_the_last_word(hook: Endpoint) -> None:
    sent = delivery(hook, status="exhausted")
    redeliver = lambda: delivery_redeliver(delivery_id=sent.pk, now=utc_now())  # noqa: E731
    delete = lambda: endpoint_delete(endpoint_id=hook.pk, now=utc_now())  # noqa: E731
    assert isinstance(meet(delete, redeliver), EndpointNotFound)
    sent.refresh_from_db()
    assert sent.status == Status.EXHAUSTED


def test_what_is_sent_again_before_a_deletion_is_cancelled_by_it(hook: Endpoint) -> None:
    one, other = delivery(hook, status="exhausted"), told(hook.owner)[0]

    def redeliver() -> None:
        endpoint_redeliver(endpoint_id=hook.pk, since=hook.created_at, now=utc_now())

    meet(redeliver, lambda: endpoint_delete(endpoint_id=hook.pk, now=utc_now()))
    found = dict(Delivery.objects.values_list("event", "status"))
    assert found == {one.event_id: Status.CANCELLED, other.pk: Status.CANCELLED}


def test_a_change_keeps_what_was_noted_meanwhile(hook: Endpoint) -> None:
    def note_failing() -> None:
        Endpoint.objects.filter(pk=hook.pk).update(
            is_active=False, disabled_at=utc_now(), disabled_for=DisabledFor.FAILING, failures=9
        )

    def change() -> Endpoint:
        events = {"events": ["payout.failed"]}
        return endpoint_change(endpoint_id=hook.pk, changes=events, now=utc_now())

    assert not meet(note_failing, change).is_active
    kept = Endpoint.objects.get()
    assert (kept.events, kept.is_active, kept.disabled_for, kept.failures) == (
        ["payout.failed"], False, DisabledFor.FAILING, 9,
    )  # fmt: skip


def test_switching_on_undoes_what_was_noted_meanwhile(hook: Endpoint) -> None:
    def note_failing() -> None:
        Endpoint.objects.filter(pk=hook.pk).update(
            is_active=False, disabled_at=utc_now(), disabled_for=DisabledFor.GONE, failures=9
        )

    def switch_on() -> Endpoint:
        return endpoint_change(endpoint_id=hook.pk, changes={"is_active": True}, now=utc_now())

    assert meet(note_failing, switch_on).is_active
    kept = Endpoint.objects.get()
    assert (kept.disabled_at, kept.disabled_for, kept.failures) == (None, "", 0)


def test_nothing_is_tried_out_that_was_switched_off_meanwhile(hook: Endpoint) -> None:
    found = meet(
        lambda: endpoint_change(endpoint_id=hook.pk, changes={"is_active": False}, now=utc_now()),
        lambda: endpoint_try_out(endpoint_id=hook.pk, now=utc_now()),
    )
    assert isinstance(found, EndpointInactive)
    assert not Delivery.objects.exists()


def test_two_that_ask_for_all_again_make_each_delivery_once(hook: Endpoint) -> None:
    told(hook.owner, count=3)

    def redeliver() -> Any:
        return endpoint_redeliver(endpoint_id=hook.pk, since=hook.created_at, now=utc_now())

    assert meet(redeliver, redeliver).count == 0
    assert Delivery.objects.count() == 3


def test_the_limit_holds_for_those_who_register_at_once(hook: Endpoint, settings: Any) -> None:
    settings.WEBHOOK_ENDPOINTS_MAX = 2

    def register() -> Any:
        return endpoint_register(
            owner_id=hook.owner_id, url=URL, events=KINDS, headers={}, is_active=True,
            now=utc_now(),
        )  # fmt: skip

    assert isinstance(meet(register, register), TooManyEndpoints)
    assert Endpoint.objects.count() == 2


def test_a_deletion_locks_what_waits_in_the_order_in_which_answers_are_written(
    hook: Endpoint,
) -> None:
    # The later one is stored first, and so is met first by whoever reads the table as it lies.
    later, first = sorted((new_id(), new_id()), reverse=True)
    for key in (later, first):
        delivery(hook, pk=key)

    def hold(key: UUID, **how: bool) -> None:
        Delivery.objects.select_for_update(**how).get(pk=key)

    with transaction.atomic():
        hold(first)
        waiter = Waiter(lambda: endpoint_delete(endpoint_id=hook.pk, now=utc_now()))
        waiter.until_it_waits()
        hold(later, nowait=True)
    waiter.end()
    assert {one.status for one in Delivery.objects.all()} == {Status.CANCELLED}


def test_what_a_deletion_leaves_is_cancelled_by_the_sweep(
    hook: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cancel, "CANCELLED_MAX", 2)
    for _ in range(3):
        delivery(hook)
    endpoint_delete(endpoint_id=hook.pk, now=utc_now())
    assert Delivery.objects.filter(status=Status.CANCELLED).count() == 2
    held = Delivery.objects.get(status=Status.PENDING)
    # One that is being written down is left for the next time.
    rival = Rival(lambda: Delivery.objects.select_for_update().get(pk=held.pk))
    assert orphans_cancel(now=utc_now()) == 0
    rival.commit()
    assert orphans_cancel(now=utc_now()) == 1
