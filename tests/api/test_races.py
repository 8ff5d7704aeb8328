"""Many at once, over real connections: one order is one payout."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client

from access.idempotency import Key, _claim
from payouts.models import Payout, PayoutEvent
from payouts.models_batch import Batch
from tests.api.client import PAYOUTS, Answer, Api, nothing_written, order, refused

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 20
UNTIL_S = 20


@pytest.fixture(autouse=True)
def _middleware_made(db: None) -> None:
    """The first request makes the middleware, whose metrics cannot be registered twice at once."""
    Client().get("/api/payment/health")


def _many(calls: int, send: Callable[[int], Answer]) -> list[Answer]:
    """Send from many threads, the first ``AT_ONCE`` at the same moment."""
    start = threading.Barrier(AT_ONCE)

    def one(number: int) -> Answer:
        if number < AT_ONCE:
            start.wait(UNTIL_S)
        try:
            return send(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(calls)))


@contextmanager
def _held_elsewhere(user_id: int, key: str) -> Iterator[None]:
    """Hold a key over another connection, as a first request that is still running does."""
    taken, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            _claim(Key(user_id, "payouts.create", key))
            taken.set()
            done.wait(UNTIL_S)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert taken.wait(UNTIL_S)
    try:
        yield
    finally:
        done.set()
        thread.join(UNTIL_S)


@pytest.mark.contract("C-IDEM-7")
def test_a_hundred_requests_with_one_key_are_one_payout(alice: Api) -> None:
    body = order()

    def send(_: int) -> Answer:
        answer = alice.post(PAYOUTS, body, Idempotency_Key="k")
        while answer.status == 409:
            refused(answer, 409, "LUCID_ERR_1005")
            answer = alice.post(PAYOUTS, body, Idempotency_Key="k")
        return answer

    answers = _many(100, send)
    assert {answer.status for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert Counter("Idempotent-Replayed" in one.headers for one in answers) == {True: 99, False: 1}
    assert (Payout.objects.count(), PayoutEvent.objects.count()) == (1, 1)


@pytest.mark.contract("C-IDEM-7")
def test_twenty_requests_with_one_reference_are_one_payout(alice: Api) -> None:
    body = order(reference_id="7")
    answers = _many(AT_ONCE, lambda _: alice.post(PAYOUTS, body))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.body["payout_id"] for answer in answers}) == 1
    assert (Payout.objects.count(), PayoutEvent.objects.count()) == (1, 1)


@pytest.mark.contract("C-IDEM-7", "C-IDEM-9")
def test_of_twenty_bodies_with_one_reference_one_wins(alice: Api) -> None:
    bodies = [order(reference_id="7", amount_usdt=1 + number) for number in range(AT_ONCE)]
    answers = _many(AT_ONCE, lambda number: alice.post(PAYOUTS, bodies[number]))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: AT_ONCE - 1}
    payout = Payout.objects.get()
    losers = [answer for answer in answers if answer.status == 409]
    assert {answer.body["error"]["details"]["payout_id"] for answer in losers} == {payout.public_id}


@pytest.mark.contract("C-IDEM-3")
def test_a_key_whose_first_request_still_runs_is_refused(alice: Api) -> None:
    body = order()
    with _held_elsewhere(alice.user.pk, "k"), nothing_written():
        refused(alice.post(PAYOUTS, body, Idempotency_Key="k"), 409, "LUCID_ERR_1005")
        refused(alice.post("/api/v1/payouts", body, Idempotency_Key="k"), 409, "LUCID_ERR_1005")
    assert alice.post(PAYOUTS, body, Idempotency_Key="k").status == 201


@pytest.mark.contract("C-IDEM-4")
def test_other_keys_and_people_do_not_wait_for_it(alice: Api, bob: Api) -> None:
    with _held_elsewhere(alice.user.pk, "k"):
        assert alice.post(PAYOUTS, order(), Idempotency_Key="other").status == 201
        assert bob.post(PAYOUTS, order(), Idempotency_Key="k").status == 201


@pytest.mark.contract("C-CANCEL-4")
def test_a_payout_is_cancelled_once_however_many_ask(alice: Api) -> None:
    path = f"{alice.pay().headers['Location']}/cancel"
    answers = _many(AT_ONCE, lambda _: alice.post(path))
    assert Counter(answer.status for answer in answers) == {200: 1, 409: AT_ONCE - 1}
    assert PayoutEvent.objects.count() == 2


def test_twenty_batches_with_one_key_are_one_batch(alice: Api) -> None:
    body = {"payouts": [order() for _ in range(3)]}
    answers = _many(AT_ONCE, lambda _: alice.post(f"{PAYOUTS}/batch", body, Idempotency_Key="k"))
    assert {answer.status for answer in answers} <= {201, 409}
    accepted = {answer.text for answer in answers if answer.status == 201}
    assert len(accepted) == 1
    assert (Batch.objects.count(), Payout.objects.count()) == (1, 3)


def test_twenty_batches_with_the_same_references_are_one_batch(alice: Api) -> None:
    body = {"payouts": [order(reference_id=str(row)) for row in range(3)]}
    answers = _many(AT_ONCE, lambda _: alice.post(f"{PAYOUTS}/batch", body))
    assert Counter(answer.status for answer in answers) == {201: 1, 200: AT_ONCE - 1}
    assert len({answer.body["batch_id"] for answer in answers}) == 1
    assert (Batch.objects.count(), Payout.objects.count()) == (1, 3)
