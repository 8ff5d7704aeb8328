"""Limits with real connections: whoever comes second counts what the first has taken."""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from gateway.models import Payment
from gateway.models_limits import GatewayWindow
from gateway.policy.limits import check_and_reserve
from gateway.states import PaymentStatus
from lucidpay.errors import InvariantBroken
from payouts.policy.refusals import LimitExceeded
from tests import builders
from tests.builders import USDT
from tests.gateway.counted import asked_for, move, payment
from tests.payouts.rivals import Rival, Waiter

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 3, 31, 12, 0, 30, tzinfo=UTC)
THREADS = 8


def reserved(*payments: Payment) -> Any:
    """Reserve in a transaction; return the reasons, or the refusal's limit."""
    try:
        with transaction.atomic():
            return check_and_reserve(list(payments), now=NOON)
    except LimitExceeded as error:
        return error.details


def holding(*payments: Payment) -> Callable[[], Any]:
    """Reserve in the transaction of whoever calls."""
    return lambda: check_and_reserve(list(payments), now=NOON)


def used(kind: str) -> list[int]:
    return list(GatewayWindow.objects.filter(kind=kind).values_list("used", flat=True))


def test_it_reserves_only_in_a_transaction() -> None:
    with pytest.raises(InvariantBroken):
        check_and_reserve([payment(NOON)], now=NOON)
    assert not GatewayWindow.objects.exists()


@pytest.mark.parametrize("is_first_of_the_day", [True, False])
def test_the_second_is_refused_what_the_first_has_taken(
    settings: Any, is_first_of_the_day: bool
) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT = 100
    if not is_first_of_the_day:
        reserved(payment(NOON, 1))
    first = Rival(holding(payment(NOON, 60 * USDT)))
    second = Waiter(lambda: reserved(payment(NOON, 60 * USDT)))
    second.until_it_waits()
    first.commit()
    told = second.end()
    assert (told["limit_name"], int(told["used"])) == ("payments_daily", 60)
    assert used("day") == [60 * USDT + (0 if is_first_of_the_day else 1)]
    assert used("minute") == [1 if is_first_of_the_day else 2]


def test_the_second_has_what_the_first_gave_up(settings: Any) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT = 100

    def changes_its_mind() -> None:
        check_and_reserve([payment(NOON, 60 * USDT)], now=NOON)
        transaction.set_rollback(True)

    first = Rival(changes_its_mind)
    second = Waiter(lambda: reserved(payment(NOON, 60 * USDT)))
    second.until_it_waits()
    first.commit()
    assert second.end() == {}
    assert used("day") == [60 * USDT]


def test_the_second_from_one_payer_counts_the_first(settings: Any) -> None:
    settings.PAYER_PER_MINUTE_MAX = 2
    payer = builders.address()
    first = Rival(holding(*[payment(NOON, payer_address=payer) for _ in range(2)]))
    late = payment(NOON, payer_address=payer)
    second = Waiter(lambda: reserved(late))
    second.until_it_waits()
    first.commit()
    assert list(second.end()) == [late.pk]


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all of these at one moment, each with a connection of its own; return their results."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(index: int) -> None:
        try:
            connection.ensure_connection()
            barrier.wait()
            results[index] = acts[index]()
        except Exception as error:  # a deadlock is a result, too
            results[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index,)) for index in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_many_at_once_exactly_those_pass_that_fit(settings: Any) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT = 50
    results = at_once(*[lambda: reserved(payment(NOON, 10 * USDT)) for _ in range(THREADS)])
    assert results.count({}) == 5
    assert [one["limit_name"] for one in results if one] == ["payments_daily"] * 3
    assert used("day") == [50 * USDT]


def test_of_many_at_once_only_so_many_pass_in_a_minute(settings: Any) -> None:
    settings.PAYMENTS_PER_MINUTE_MAX = 5
    results = at_once(*[lambda: reserved(payment(NOON)) for _ in range(THREADS)])
    assert results.count({}) == 5
    assert (used("minute"), used("day")) == ([5], [5 * USDT])


def test_nobody_waits_in_a_circle() -> None:
    """Several payers in any order, and others who give back meanwhile."""
    owner = builders.user("merchant")
    payers = [builders.address() for _ in range(6)]
    old = [asked_for(owner, payment(NOON))[0] for _ in range(4 * THREADS)]

    def ask(turned: bool) -> None:
        order = reversed(payers) if turned else payers
        assert reserved(*[payment(NOON, payer_address=payer) for payer in order]) == {}

    def four_times(act: Callable[[int], Any]) -> Callable[[], Any]:
        return lambda: [act(turn) for turn in range(4)]

    results = at_once(
        *[four_times(lambda turn: ask(bool(turn % 2))) for _ in range(THREADS // 2)],
        *[four_times(lambda turn: ask(not turn % 2)) for _ in range(THREADS // 2)],
        *[
            four_times(lambda turn, at=at: move(old[4 * at + turn], to=PaymentStatus.FAILED))
            for at in range(THREADS)
        ],
    )
    assert [one for one in results if isinstance(one, Exception)] == []
    assert used("day") == [4 * THREADS * len(payers) * USDT]


def test_a_locked_window_is_given_back_to_after_its_turn() -> None:
    owner = builders.user("merchant")
    (one,) = asked_for(owner, payment(NOON, 7 * USDT))
    first = Rival(holding(payment(NOON, 5 * USDT)))
    second = Waiter(lambda: move(one, to=PaymentStatus.CANCELLED))
    second.until_it_waits()
    first.commit()
    second.end()
    assert used("day") == [5 * USDT]
