"""Requests that meet are stored by one statement, and each is still answered for itself."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from lucidpay.clock import utc_now
from payouts.models import Payout, PayoutEvent
from payouts.models_limits import LimitKind, LimitWindow
from payouts.services import request
from payouts.services.limits import limit_set
from tests import builders
from tests.api.client import PAYOUTS, Answer, Api, caller, order, refused
from tests.payouts.rivals import PATIENCE_S, Rival
from tests.waiting import until
from webhooks.models import Event

pytestmark = pytest.mark.django_db(transaction=True)
USDT = 1_000_000
Stored = list[int]


def window_locked() -> None:
    """Lock what the day has used of the router: who stores a payout waits for it."""
    assert list(LimitWindow.objects.select_for_update().filter(kind="router", period="day"))


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Stored:
    """How many payouts each statement was to store."""
    numbers: Stored = []

    def counted(begun: Any, **rest: Any) -> bool:
        numbers.append(len(begun.payouts))
        return original(begun, **rest)

    original = request.store
    monkeypatch.setattr(request, "store", counted)
    return numbers


def _send(one: Api, body: dict[str, Any], **headers: str) -> Answer:
    try:
        return one.post(PAYOUTS, body, **headers)
    finally:
        connection.close()


@pytest.fixture
def meet(
    alice: Api, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., list[Answer]]]:
    """Let requests meet: the first one waits for a lock, and the others for the first."""
    # Makes the middleware, whose metrics cannot be registered twice at once, and the windows.
    Client().get("/api/payment/health")
    assert alice.pay().status == 201
    monkeypatch.setattr(request._meeting, "patience_s", PATIENCE_S)
    threads = ThreadPoolExecutor(40)

    def waiting() -> int:
        return sum(len(places) for places in request._meeting._waiting.values())

    def all_of(
        bodies: list[dict[str, Any]],
        *,
        keys: list[str] | None = None,
        amid: Callable[[], None] = lambda: None,
        by: Api = alice,
    ) -> list[Answer]:
        stored.clear()
        rival = Rival(window_locked)
        futures: list[Future[Answer]] = [threads.submit(_send, by, order())]
        try:
            until("the first is being stored", lambda: len(stored) == 1, pause_s=0.005)
            for number, body in enumerate(bodies):
                headers = {"Idempotency-Key": keys[number]} if keys else {}
                futures.append(threads.submit(_send, by, body, **headers))
                until("it waits", lambda number=number: waiting() == number + 1, pause_s=0.005)
            amid()
        finally:
            rival.commit()
        return [one.result(PATIENCE_S) for one in futures[1:]]

    yield all_of
    threads.shutdown()


def test_they_are_stored_by_one_statement(
    meet: Callable[..., list[Answer]], stored: Stored
) -> None:
    bodies = [order(reference_id=f"salary {number}", amount_usdt=number + 1) for number in range(9)]
    answers = meet(bodies, keys=[f"k{number}" for number in range(9)])
    assert stored == [1, 9]
    assert [one.status for one in answers] == [201] * 9
    for body, answer in zip(bodies, answers, strict=True):
        assert answer.body["reference_id"] == body["reference_id"]
        assert answer.body["amount_usdt"] == body["amount_usdt"]
        assert answer.body["request_id"] == answer.headers["X-Request-ID"]
    ids = {one.body["payout_id"] for one in answers}
    assert {one.public_id for one in Payout.objects.exclude(reference_id=None)} == ids
    assert PayoutEvent.objects.count() == Event.objects.count() == 11


def test_each_key_replays_the_answer_of_its_own_request(
    meet: Callable[..., list[Answer]], alice: Api
) -> None:
    bodies, keys = [order() for _ in range(5)], [f"k{number}" for number in range(5)]
    for body, key, answer in zip(bodies, keys, meet(bodies, keys=keys), strict=True):
        again = alice.post(PAYOUTS, body, Idempotency_Key=key)
        assert (again.status, again.text) == (201, answer.text)
        assert again.headers["Idempotent-Replayed"] == "true"


def test_those_that_do_not_fit_are_refused_and_the_others_are_stored(
    meet: Callable[..., list[Answer]], alice: Api
) -> None:
    assert alice.user is not None
    limit_set(
        kind=LimitKind.CALLER, subject=str(alice.user.pk), hourly_micro=None,
        daily_micro=100 * USDT, by="tests", now=utc_now(),
    )  # fmt: skip
    answers = meet([order(amount_usdt=20) for _ in range(6)])  # 25 are taken, 60 fit in the rest
    assert sorted(one.status for one in answers) == [201, 201, 201, 400, 400, 400]
    for one in answers:
        if one.status == 400:
            assert refused(one, 400, "LUCID_ERR_2002")["remaining"] == 15


def test_one_that_was_asked_for_before_is_replayed_beside_new_ones(
    meet: Callable[..., list[Answer]], alice: Api
) -> None:
    known, taken = order(), order(reference_id="taken")
    first = alice.post(PAYOUTS, known, Idempotency_Key="known")
    alice.post(PAYOUTS, taken)
    bodies = [order(), known, order(reference_id="taken", amount_usdt=77), order()]
    answers = meet(bodies, keys=["a", "known", "b", "c"])
    assert [one.status for one in answers] == [201, 201, 409, 201]
    assert (answers[1].text, answers[1].headers["Idempotent-Replayed"]) == (first.text, "true")


@pytest.mark.contract("C-IDEM-7")
@pytest.mark.parametrize("twin", ["key", "reference"])
def test_twins_among_them_are_one_payout(meet: Callable[..., list[Answer]], twin: str) -> None:
    """The first of their kind: nothing in the database speaks against them before."""
    body = order(reference_id="once") if twin == "reference" else order()
    before = Payout.objects.count()
    answers = meet([body, order(), body], keys=["k", "l", "k" if twin == "key" else "m"])
    statuses = sorted(one.status for one in answers)
    assert statuses in ([201, 201, 201], [201, 201, 409])
    made = {one.body["payout_id"] for one in answers if one.status == 201}
    assert len(made) == 2
    assert Payout.objects.count() == before + 3  # the first, the other, and one of the twins


def test_each_is_reviewed_for_itself(meet: Callable[..., list[Answer]]) -> None:
    builders.lift_limits()
    answers = meet([order(amount_usdt=amount) for amount in (4_999, 5_000, 1)])
    assert [one.body["review"] for one in answers] == ["not_required", "required", "not_required"]


def test_what_one_takes_is_counted_for_those_after_it(
    meet: Callable[..., list[Answer]], alice: Api
) -> None:
    meet([order(amount_usdt=10) for _ in range(4)])
    used = LimitWindow.objects.get(kind="router", period="day", subject="PayoutRouterV0")
    assert used.used_micro == sum(Payout.objects.values_list("amount_micro", flat=True))


def test_callers_do_not_meet_each_other(meet: Callable[..., list[Answer]], stored: Stored) -> None:
    bob = caller()
    assert bob.pay().status == 201
    threads = ThreadPoolExecutor(1)

    def of_bob() -> None:
        futures.append(threads.submit(_send, bob, order()))
        until("it is being stored", lambda: len(stored) == 2, pause_s=0.005)

    futures: list[Future[Answer]] = []
    assert [one.status for one in meet([order(), order()], amid=of_bob)] == [201, 201]
    assert futures[0].result(PATIENCE_S).status == 201
    assert sorted(stored) == [1, 1, 2]


@pytest.mark.contract("C-ERR-10")
def test_of_a_connection_that_is_lost_all_are_told_that_nobody_knows(
    meet: Callable[..., list[Answer]], alice: Api, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been stored, so none of them may be stored once more by itself."""
    keys, bodies = [f"k{number}" for number in range(4)], [order() for _ in range(4)]
    counted = request.store

    def lost(begun: Any, **rest: Any) -> bool:
        done = counted(begun, **rest)
        if len(begun.payouts) > 1:  # committed, and the answer never comes
            _cut_off(connection.connection.info.backend_pid)
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        return done

    monkeypatch.setattr(request, "store", lost)
    before = Payout.objects.count()
    answers = meet(bodies, keys=keys)
    for one in answers:
        refused(one, 503, "LUCID_ERR_1000")
    monkeypatch.setattr(request, "store", counted)
    again = [
        alice.post(PAYOUTS, body, Idempotency_Key=key)
        for body, key in zip(bodies, keys, strict=True)
    ]
    assert [one.headers.get("Idempotent-Replayed") for one in again] == ["true"] * 4
    assert Payout.objects.count() == before + 5
    assert stored == [1, 4]


def _cut_off(pid: int) -> None:
    def end() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])

    Rival(end).commit()


@pytest.fixture
def one_that_waits(alice: Api, stored: Stored) -> Iterator[tuple[dict[str, Any], Any]]:
    """Give the body of a request with the key ``k``, which waits for a lock, and a sender."""
    Client().get("/api/payment/health")
    assert alice.pay().status == 201
    stored.clear()
    body, rival, threads = order(), Rival(window_locked), ThreadPoolExecutor(3)
    first = threads.submit(_send, alice, body, Idempotency_Key="k")
    try:
        until("the first is being stored", lambda: len(stored) == 1, pause_s=0.005)
        yield body, lambda *asked, **headers: threads.submit(_send, alice, *asked, **headers)
    finally:
        rival.commit()
        assert first.result(PATIENCE_S).status == 201
        threads.shutdown()


@pytest.mark.contract("C-IDEM-3")
@pytest.mark.parametrize("what", ["twin", "replay", "refused"])
def test_what_needs_no_turn_is_answered_while_another_waits(
    alice: Api, what: str, request: pytest.FixtureRequest
) -> None:
    old = order()
    first = alice.post(PAYOUTS, old, Idempotency_Key="old")
    body, send = request.getfixturevalue("one_that_waits")
    asked, key = {
        "twin": (body, "k"),
        "replay": (old, "old"),
        "refused": (order(amount_usdt=9_999), "x"),
    }[what]
    second: Future[Answer] = send(asked, Idempotency_Key=key)
    until("the second is answered", second.done, deadline_s=10, pause_s=0.005)
    answer = second.result()
    if what == "twin":
        refused(answer, 409, "LUCID_ERR_1005")
    elif what == "replay":
        assert (answer.status, answer.text) == (201, first.text)
    else:
        refused(answer, 400, "LUCID_ERR_2002")


def test_switched_off_nobody_waits_for_another_s_turn(
    settings: Any, stored: Stored, request: pytest.FixtureRequest
) -> None:
    settings.PAYOUTS_TOGETHER_MAX = 1
    _, send = request.getfixturevalue("one_that_waits")
    send(order())
    until("both are being stored", lambda: len(stored) == 2, deadline_s=10, pause_s=0.005)


def test_whether_there_is_money_for_it_is_told_of_each(
    meet: Callable[..., list[Answer]], settings: Any
) -> None:
    settings.UNDERFUNDED_PAYOUTS = "wait"
    builders.hot_wallet(usdt_micro=50 * USDT)  # enough for all but the largest
    meet([order(amount_usdt=amount) for amount in (10, 10, 80)])
    told = PayoutEvent.objects.select_related("payout").order_by("pk")
    said = {
        one.payout.amount_micro // USDT: one.details["checks"]["funds"][:6]
        for one in told
        if one.payout.amount_micro != 12_500_000
    }
    assert said == {10: "passed", 80: "short:"}
