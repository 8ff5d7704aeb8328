"""How much may be asked for in a day, how often in a minute, and what people must look at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from access.models import User
from gateway.models import Payment
from gateway.models_limits import GatewayWindow
from gateway.policy.limits import check_and_reserve, fits, give_back, room_for
from gateway.services.forget_windows import windows_forget
from gateway.states import PaymentStatus
from lucidpay.errors import InvariantBroken
from lucidpay.retention import STEPS
from payouts.policy.refusals import LimitExceeded
from tests import builders
from tests.builders import USDT
from tests.gateway.counted import asked_for, move, payment

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 31, 12, 0, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def owner() -> User:
    return builders.user("merchant")


def used(kind: str) -> list[int]:
    """What the windows of a kind hold, oldest first."""
    rows = GatewayWindow.objects.filter(kind=kind).order_by("starts_at", "pk")
    return list(rows.values_list("used", flat=True))


def reserved(*payments: Payment) -> dict[Any, str]:
    with transaction.atomic():
        return check_and_reserve(list(payments), now=payments[0].created_at)


def refusal(*payments: Payment) -> LimitExceeded:
    with pytest.raises(LimitExceeded) as caught:
        reserved(*payments)
    return caught.value


def test_it_counts_amounts_by_the_day_and_payments_by_the_minute() -> None:
    reserved(payment(NOON, 3 * USDT), payment(NOON, 4 * USDT))
    reserved(payment(NOON + MINUTE, 5 * USDT))
    assert (used("day"), used("minute")) == ([12 * USDT], [2, 1])


def test_days_and_minutes_are_those_of_utc_and_begin_at_their_edge(settings: Any) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT = 10
    last = datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    reserved(payment(last.astimezone(ZoneInfo("Asia/Kathmandu")), 10 * USDT))
    assert refusal(payment(last, 1)).details["limit_name"] == "payments_daily"
    reserved(payment(last + timedelta(microseconds=1), 10 * USDT))
    first = GatewayWindow.objects.filter(kind="day").earliest("starts_at")
    assert first.starts_at == datetime(2026, 3, 31, tzinfo=UTC)
    assert (used("day"), used("minute")) == ([10 * USDT, 10 * USDT], [1, 1])


@pytest.mark.contract("C-PAY-15")
def test_what_does_not_fit_into_the_day_is_refused_with_what_is_left(settings: Any) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT = 100
    reserved(payment(NOON, 70 * USDT))
    error = refusal(payment(NOON, 30 * USDT + 1))
    assert (error.code, error.status_code) == ("LUCID_ERR_2002", 400)
    assert error.message == "Amount exceeds daily limit"
    assert error.details == {
        "limit_name": "payments_daily", "subject": "payments", "limit": 100, "used": 70,
        "remaining": 30, "resets_at": "2026-04-01T00:00:00Z",
    }  # fmt: skip
    reserved(payment(NOON, 30 * USDT))
    assert used("day") == [100 * USDT]


def test_the_first_of_a_day_is_refused_as_any_other(settings: Any) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT = 100
    assert refusal(payment(NOON, 100 * USDT + 1)).details["used"] == 0
    assert not GatewayWindow.objects.exists()


def test_more_in_a_minute_than_the_instance_takes_are_refused(settings: Any) -> None:
    settings.PAYMENTS_PER_MINUTE_MAX = 2
    reserved(payment(NOON), payment(NOON))
    error = refusal(payment(NOON))
    assert error.message == "Amount exceeds limit of payments per minute"
    assert error.details == {
        "limit_name": "payments_per_minute", "subject": "payments", "limit": 2, "used": 2,
        "remaining": 0, "resets_at": "2026-03-31T12:01:00Z",
    }  # fmt: skip
    reserved(payment(NOON + MINUTE))


def test_a_payment_that_is_too_large_by_itself_is_refused_whatever_is_left(settings: Any) -> None:
    settings.PAYMENT_AMOUNT_MAX_USDT = 50
    reserved(payment(NOON, 50 * USDT))
    error = refusal(payment(NOON, 50 * USDT + 1))
    assert (error.details["limit_name"], error.details["resets_at"]) == ("payment", None)
    assert error.message == "Amount exceeds payment limit"


@pytest.mark.parametrize("limit", [{"PAYMENTS_DAILY_MAX_USDT": 10}, {"PAYMENTS_PER_MINUTE_MAX": 1}])
def test_what_is_refused_takes_nothing_even_when_somebody_catches_it(
    settings: Any, limit: dict[str, int]
) -> None:
    for name, value in limit.items():
        setattr(settings, name, value)
    reserved(payment(NOON, 6 * USDT))
    before = list(GatewayWindow.objects.order_by("pk").values())
    with transaction.atomic(), pytest.raises(LimitExceeded):
        check_and_reserve([payment(NOON, 6 * USDT)], now=NOON)
    assert list(GatewayWindow.objects.order_by("pk").values()) == before


def test_a_limit_that_was_lowered_refuses_and_still_takes_back(owner: User, settings: Any) -> None:
    first, _ = asked_for(owner, payment(NOON, 60 * USDT), payment(NOON, 60 * USDT))
    settings.PAYMENTS_DAILY_MAX_USDT = 100
    assert refusal(payment(NOON, 1)).details["remaining"] == 0
    move(first, to=PaymentStatus.CANCELLED)
    reserved(payment(NOON, 40 * USDT))
    assert used("day") == [100 * USDT]


# --- Which of several fit -----------------------------------------------------------------------


def test_of_several_those_fit_that_fit_in_order(settings: Any) -> None:
    settings.PAYMENTS_DAILY_MAX_USDT, settings.PAYMENT_AMOUNT_MAX_USDT = 100, 80
    reserved(payment(NOON, 10 * USDT))
    amounts = [usdt * USDT for usdt in (50, 81, 41, 40, 1)]
    assert fits(amounts, now=NOON) == [True, False, False, True, False]
    names = [error and error.details["limit_name"] for error in room_for(amounts, now=NOON)]
    assert names == [None, "payment", "payments_daily", None, "payments_daily"]
    assert used("day") == [10 * USDT]
    reserved(payment(NOON, 50 * USDT), payment(NOON, 40 * USDT))


def test_of_several_only_so_many_fit_as_the_minute_has_left(settings: Any) -> None:
    settings.PAYMENTS_PER_MINUTE_MAX = 3
    reserved(payment(NOON))
    assert fits([USDT] * 4, now=NOON) == [True, True, False, False]
    assert fits([USDT] * 4, now=NOON + MINUTE) == [True, True, True, False]
    assert fits([], now=NOON) == []


# --- What people must look at -------------------------------------------------------------------


def test_nothing_is_held_that_is_not_large(settings: Any) -> None:
    settings.PAYMENT_REVIEW_ABOVE_USDT = 1_000
    assert reserved(payment(NOON, 1_000 * USDT)) == {}
    large = payment(NOON, 1_000 * USDT + 1)
    assert reserved(large) == {large.pk: "more than 1,000 USDT"}


@pytest.mark.contract("C-PAY-15")
def test_too_many_from_one_payer_are_held_and_not_refused(settings: Any) -> None:
    settings.PAYER_PER_MINUTE_MAX = 3
    payer = builders.address()
    mine = [payment(NOON, payer_address=payer) for _ in range(5)]
    reason = "more than 3 payments from this payer in a minute"
    assert reserved(*mine[:2]) == {}
    assert reserved(*mine[2:], payment(NOON)) == {mine[3].pk: reason, mine[4].pk: reason}
    assert reserved(payment(NOON + MINUTE, payer_address=payer)) == {}
    assert sorted(used("payer")) == [1, 1, 5]


def test_both_reasons_are_told(settings: Any) -> None:
    settings.PAYER_PER_MINUTE_MAX, settings.PAYMENT_REVIEW_ABOVE_USDT = 1, 1_000_000_000
    payer = builders.address()
    reserved(payment(NOON, payer_address=payer))
    settings.PAYMENT_REVIEW_ABOVE_USDT = 1
    both = payment(NOON, 2 * USDT, payer_address=payer)
    (reason,) = reserved(both).values()
    assert reason == "more than 1 USDT; more than 1 payments from this payer in a minute"
    assert len(reason) <= Payment._meta.get_field("needs_review").max_length


# --- Giving back --------------------------------------------------------------------------------


@pytest.mark.parametrize("to", [PaymentStatus.FAILED, PaymentStatus.CANCELLED])
def test_who_is_given_up_gives_back_to_the_day_it_came_from(owner: User, to: PaymentStatus) -> None:
    old, kept = asked_for(owner, payment(NOON, 3 * USDT), payment(NOON, 4 * USDT))
    asked_for(owner, payment(NOON + timedelta(days=1), 5 * USDT))
    move(old, to=to)
    assert used("day") == [4 * USDT, 5 * USDT]
    assert used("minute") == [2, 1]
    assert kept.status == PaymentStatus.PENDING


def test_several_of_several_days_give_back_at_once(owner: User) -> None:
    later = NOON + timedelta(days=1)
    old = asked_for(owner, payment(NOON, 3 * USDT), payment(NOON, 4 * USDT))
    new = asked_for(owner, payment(later, 5 * USDT), payment(later, 6 * USDT))
    move(*old, new[0], to=PaymentStatus.FAILED)
    assert used("day") == [0, 6 * USDT]


def test_who_is_given_up_twice_gives_back_once(owner: User) -> None:
    one, _ = asked_for(owner, payment(NOON, 3 * USDT), payment(NOON, 4 * USDT))
    for to in (PaymentStatus.FAILED, PaymentStatus.DISPUTED, PaymentStatus.FAILED):
        move(one, to=to)
    assert used("day") == [4 * USDT]


def test_a_dispute_before_the_end_is_no_end(owner: User) -> None:
    (one,) = asked_for(owner, payment(NOON, 3 * USDT))
    move(one, to=PaymentStatus.DISPUTED)
    assert used("day") == [3 * USDT]
    move(one, to=PaymentStatus.CANCELLED)
    assert used("day") == [0]


def test_a_payment_that_may_still_be_paid_gives_nothing_back(owner: User) -> None:
    (one,) = asked_for(owner, payment(NOON, 3 * USDT))
    with pytest.raises(InvariantBroken):
        give_back([one])
    assert used("day") == [3 * USDT]


def test_a_day_that_was_cleared_away_is_not_missed(owner: User) -> None:
    (one,) = asked_for(owner, payment(NOON, 3 * USDT))
    GatewayWindow.objects.all().delete()
    move(one, to=PaymentStatus.FAILED)
    assert not GatewayWindow.objects.exists()


# --- Rows ---------------------------------------------------------------------------------------


def test_the_database_refuses_more_than_the_limit() -> None:
    for values in ({"used": 11, "most": 10}, {"used": -1, "most": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            GatewayWindow.objects.create(kind="day", starts_at=NOON, **values)


def test_windows_of_two_days_ago_are_forgotten() -> None:
    for days in (0, 1, 2, 3):
        reserved(payment(NOON - timedelta(days=days)))
    assert STEPS["payment_windows"] is windows_forget
    assert [windows_forget(now=NOON), windows_forget(now=NOON)] == [6, 0]
    kept = {at.date() for at in GatewayWindow.objects.values_list("starts_at", flat=True)}
    assert kept == {NOON.date(), (NOON - timedelta(days=1)).date()}


def test_it_reserves_only_in_a_transaction_and_at_the_payments_moment() -> None:
    with pytest.raises(InvariantBroken), transaction.atomic():
        check_and_reserve([payment(NOON)], now=NOON + MINUTE)
    with transaction.atomic():
        assert check_and_reserve([], now=NOON) == {}


def test_however_many_it_is_one_statement(django_assert_num_queries: Any) -> None:
    many = [payment(NOON) for _ in range(50)]
    with transaction.atomic(), django_assert_num_queries(1):
        check_and_reserve(many, now=NOON)
