"""Trying again, paying many, and waiting for the end: nobody is paid twice."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from access import idempotency
from lucidpay_client import (
    AdvancedLucidPaymentClient,
    AdvancedLucidPaymentClientSync,
    AnswerLost,
    AuthenticationFailed,
    ConfirmationTimeout,
    InsufficientBalance,
    InvalidAddress,
    KeyInUse,
    LucidPayError,
    PayoutNotFound,
    PayoutResponse,
    RateLimited,
    Retries,
    ServerFailed,
)
from lucidpay_client.calls import payout_create, payout_get
from lucidpay_client.errors import Facts
from lucidpay_client.plans import Pause, until_final, with_retries
from lucidpay_client.testing import FakeLucidPay
from tests.sdk.conftest import AT_ONCE
from tests.sdk.people import salary

Advanced = AdvancedLucidPaymentClientSync


def _steps(plan: Any, *outcomes: Any) -> Iterator[Any]:
    """Give the steps of a plan, of which each request ends so: an error, or an answer."""
    step, left = next(plan), list(outcomes)
    while True:
        yield step
        if isinstance(step, Pause):
            step = plan.send(None)
        elif isinstance(left[0], LucidPayError):
            step = plan.throw(left.pop(0))
        else:
            step = plan.send(left.pop(0))


def _pauses(plan: Any, *outcomes: Any) -> tuple[list[float], LucidPayError]:
    """Return how long a plan has waited, and with what it failed."""
    waited = []
    try:
        for step in _steps(plan, *outcomes):
            waited += [step.seconds] if isinstance(step, Pause) else []
    except LucidPayError as error:
        return waited, error
    raise AssertionError("the plan did not fail")


def _lost() -> LucidPayError:
    return AnswerLost("No answer came", Facts(outcome_unknown=True))


def _limited(seconds: int | None = None) -> LucidPayError:
    return RateLimited("Too many", Facts(retry_after_s=seconds))


def test_it_waits_four_seconds_then_eight() -> None:
    plan = with_retries(payout_create(salary()), Retries())
    assert _pauses(plan, _lost(), _lost(), _lost())[0] == [4, 8]
    assert Retries().wait_s(9) == 10


def test_it_waits_as_long_as_it_is_asked_to() -> None:
    plan = with_retries(payout_create(salary()), Retries())
    assert _pauses(plan, _limited(40), _limited(2), _limited())[0] == [40, 8]


def test_it_does_not_wait_for_hours() -> None:
    plan = with_retries(payout_create(salary()), Retries())
    waited, error = _pauses(plan, _limited(7200))
    assert (waited, error.retry_after_s) == ([], 7200)


@pytest.mark.parametrize("last", [_limited(), AuthenticationFailed("The key was revoked")])
def test_a_refusal_at_the_end_does_not_undo_a_lost_answer_before(last: LucidPayError) -> None:
    plan = with_retries(payout_create(salary()), Retries(tries=2))
    _, error = _pauses(plan, _lost(), last)
    assert isinstance(error, type(last))
    assert error.outcome_unknown


def test_it_pays_once_although_two_answers_are_lost(fake: FakeLucidPay, client: Advanced) -> None:
    fake.lose_answers(2)
    payout = client.create_payout_with_retry(salary())
    assert payout.replayed
    assert [one["payout_id"] for one in fake.payouts] == [payout.payout_id]


def test_it_waits_for_a_request_that_still_runs(fake: FakeLucidPay, client: Advanced) -> None:
    in_use = idempotency.KeyInUse().message  # the platform's own words
    fake.refuse(409, "LUCID_ERR_1005", message=in_use)
    assert client.create_payout_with_retry(salary()).status == "pending"
    fake.refuse(409, "LUCID_ERR_1005", message=in_use, count=3)
    with pytest.raises(KeyInUse) as raised:
        client.create_payout_with_retry(salary())
    assert raised.value.outcome_unknown


def test_it_gives_up_after_three_tries_and_says_how_to_repeat(
    fake: FakeLucidPay, client: Advanced
) -> None:
    request = salary()
    fake.refuse(500, "LUCID_ERR_1000", count=3)
    with pytest.raises(ServerFailed, match=f"same idempotency key {request.idempotency_key}"):
        client.create_payout_with_retry(request)
    assert client.create_payout_with_retry(request).status == "pending"
    assert len(fake.payouts) == 1


def test_it_does_not_try_again_what_was_refused(fake: FakeLucidPay, client: Advanced) -> None:
    fake.refuse(500, "LUCID_ERR_2007")
    with pytest.raises(InsufficientBalance):
        client.create_payout_with_retry(salary())
    assert fake.payouts == []


def test_what_fails_hides_nothing_of_the_others(fake: FakeLucidPay, client: Advanced) -> None:
    requests = [salary(1), salary(2, recipient_address="TWrong"), salary(3), salary(4)]
    first, second, third, fourth = client.create_payouts_parallel(requests, max_concurrent=2)
    assert isinstance(second, InvalidAddress)
    made = (first, third, fourth)
    assert [one.amount_usdt for one in made if isinstance(one, PayoutResponse)] == [1, 3, 4]
    again = client.create_payouts_parallel(requests)
    assert [getattr(one, "replayed", None) for one in again] == [True, None, True, True]
    assert len(fake.payouts) == 3


def test_many_are_paid_without_threads_as_well(fake: FakeLucidPay) -> None:
    async def pay() -> list[Any]:
        async with AdvancedLucidPaymentClient(fake.api_key, fake.url, retries=AT_ONCE) as client:
            fake.lose_answers(3)
            return await client.create_payouts_parallel([salary(n) for n in range(1, 13)])

    assert [one.amount_usdt for one in asyncio.run(pay())] == list(range(1, 13))
    assert len(fake.payouts) == 12


@pytest.mark.parametrize("end", ["confirmed", "failed", "cancelled"])
def test_the_waiting_ends_with_each_end(fake: FakeLucidPay, client: Advanced, end: str) -> None:
    payout_id = client.create_payout(salary()).payout_id
    if end == "cancelled":
        client.cancel_payout(payout_id)
    if end == "failed":
        fake.fail(payout_id)
    seen: list[str] = []

    def step(payout: PayoutResponse) -> None:
        seen.append(payout.status)
        fake.step()

    found = client.wait_for_confirmation(payout_id, poll_s=0, on_change=step)
    assert (found.status, found.is_final, found.is_paid) == (end, True, end == "confirmed")
    assert seen == (["pending", "processing", end] if end == "confirmed" else [end])


def test_what_can_pass_does_not_end_the_waiting(fake: FakeLucidPay, client: Advanced) -> None:
    payout_id = client.create_payout(salary()).payout_id
    fake.step()
    fake.step()
    fake.refuse(503, "LUCID_ERR_1000", count=4)
    assert client.wait_for_confirmation(payout_id, poll_s=0).is_paid
    with pytest.raises(PayoutNotFound):
        client.wait_for_confirmation("payout_0", poll_s=0)


def test_a_timeout_says_that_it_is_still_under_way(fake: FakeLucidPay, client: Advanced) -> None:
    payout_id = client.create_payout(salary()).payout_id
    with pytest.raises(ConfirmationTimeout, match="do NOT pay again") as raised:
        client.wait_for_confirmation(payout_id, timeout_minutes=0)
    assert raised.value.payout_id == payout_id
    assert "pending" in str(raised.value)


def test_it_waits_no_longer_than_it_may() -> None:
    now_s = iter([0.0, 50.0, 55.0, 60.0])
    plan = until_final(
        payout_get("payout_1"), "payout_1", timeout_s=60, poll_s=30, clock=lambda: next(now_s)
    )
    waited, error = _pauses(plan, _lost(), _limited(40), _lost())
    assert waited == [10, 5]
    assert isinstance(error, ConfirmationTimeout)


def test_a_payout_that_waits_for_a_person_says_so() -> None:
    told = {"payout_id": "payout_1", "status": "pending", "review": "required"}
    call = payout_get("payout_1")
    plan = until_final(call, "payout_1", timeout_s=0, poll_s=0, clock=lambda: 0.0)
    rest = {"recipient_address": "T", "amount_usdt": 1, "created_at": "2026-01-31T09:00:00Z"}
    _, error = _pauses(plan, call.read(told | rest))
    assert "waiting for approval" in str(error)
