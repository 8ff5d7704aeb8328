"""What may be asked for in an hour and a day, and what goes back when nothing is paid."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.models import F

from access.models import User
from lucidpay.clock import utc_now
from payouts.models import Payout, RouterType
from payouts.models_limits import Limit, LimitKind, LimitWindow
from payouts.policy.breakers import (
    breaker_status,
    daily_limit_remaining,
    limit_breaker_status,
    limit_usage,
)
from payouts.policy.limits import claim_for, store_within_limits
from payouts.policy.refusals import BreakerOpen, LimitExceeded
from payouts.policy.router import InvalidRouter
from payouts.services.cancel import payout_cancel
from payouts.services.limits import (
    NotTripped,
    TrippedBefore,
    limit_breaker_reset,
    limit_breaker_trip,
    limit_set,
)
from payouts.services.recipients import kyc_add, kyc_revoke
from payouts.services.recipients_approve import kyc_approve, recipient_trust
from payouts.services.retry import payout_retry
from payouts.services.settle import payouts_settle
from payouts.states import Status
from tests import builders
from tests.builders import USDT
from tron.models import TxStatus

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _wallet() -> None:
    builders.hot_wallet()


@pytest.fixture
def owner() -> User:
    return builders.user()


def limit(kind: str, subject: str, hourly: int | None, daily: int | None, **fields: Any) -> Limit:
    """Set a limit in whole USDT."""
    most = [None if usdt is None else usdt * USDT for usdt in (hourly, daily)]
    return limit_set(
        kind=kind, subject=subject, hourly_micro=most[0], daily_micro=most[1], by="tests",
        now=utc_now(), **fields,
    )  # fmt: skip


def v0(hourly: int | None, daily: int | None) -> None:
    limit(LimitKind.ROUTER, RouterType.V0, hourly, daily)


def used(period: str, kind: str = LimitKind.ROUTER) -> list[int]:
    """What is used in the windows of a kind, in whole USDT, oldest first."""
    rows = LimitWindow.objects.filter(kind=kind, period=period).order_by("starts_at")
    return [micro // USDT for micro in rows.values_list("used_micro", flat=True)]


def pay(owner: User, usdt: int, **fields: Any) -> Payout:
    return builders.payout(owner, amount_usdt=usdt * USDT, **fields)


def test_the_defaults_are_those_of_the_contract() -> None:
    found = {
        one.subject: (one.hourly_micro, one.daily_micro)
        for one in Limit.objects.filter(kind="router")
    }
    assert found == {
        "PayoutRouterV0": (10_000 * USDT, 10_000 * USDT),
        "PayoutRouterKYC": (25_000 * USDT, 50_000 * USDT),
    }


@pytest.mark.contract("C-LIMIT-1")
def test_it_counts_in_the_hour_and_the_day(owner: User) -> None:
    v0(100, 150)
    for at in (NOON, NOON + timedelta(minutes=59, seconds=59), NOON + timedelta(hours=1)):
        pay(owner, 50, now=at)
    assert (used("hour"), used("day")) == ([100, 50], [150])


def test_the_hour_and_the_day_begin_anew_at_their_edge(owner: User) -> None:
    v0(100, 100)
    last = datetime(2026, 3, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    pay(owner, 100, now=last)
    with pytest.raises(BreakerOpen):
        pay(owner, 1, now=last)
    pay(owner, 100, now=last + timedelta(microseconds=1))
    assert (used("hour"), used("day")) == ([100, 100], [100, 100])


@pytest.mark.contract("C-LIMIT-1")
def test_hours_and_days_are_those_of_utc(owner: User) -> None:
    v0(100, 100)
    kathmandu = NOON.astimezone(ZoneInfo("Asia/Kathmandu"))
    pay(owner, 60, now=kathmandu)
    pay(owner, 40, now=NOON)
    row = LimitWindow.objects.get(kind="router", period="day")
    assert (row.used_micro, row.starts_at) == (100 * USDT, NOON.replace(hour=0))


@pytest.mark.contract("C-ERR-8")
def test_what_does_not_fit_trips_nothing(owner: User) -> None:
    v0(100, 1000)
    pay(owner, 70)
    with pytest.raises(LimitExceeded) as caught:
        pay(owner, 31)
    assert caught.value.message == "Amount exceeds hourly limit"
    pay(owner, 30)
    assert used("hour") == [100]


def test_a_limit_below_what_is_used_refuses_and_still_takes_back(owner: User) -> None:
    first, second = pay(owner, 60), pay(owner, 60)
    v0(100, 100)
    with pytest.raises(BreakerOpen):
        pay(owner, 1)
    cancel(first)
    assert used("day") == [60]
    pay(owner, 40)
    cancel(second)
    assert used("day") == [40]


def cancel(payout: Payout) -> None:
    payout_cancel(payout_id=payout.pk, by="tests", reason="", now=utc_now())


@pytest.mark.contract("C-LIMIT-2")
def test_a_cancelled_payout_gives_back_to_the_window_it_came_from(owner: User) -> None:
    with time_machine.travel(NOON, tick=False):
        old = pay(owner, 30, now=NOON)
        pay(owner, 10, now=NOON)
    later = NOON + timedelta(days=40)
    pay(owner, 5, now=later)
    cancel(old)
    assert (used("hour"), used("day")) == ([10, 5], [10, 5])


@pytest.mark.contract("C-LIMIT-2")
def test_a_failed_payout_gives_back_once(owner: User, settings: Any) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = 0
    pay(owner, 30, status=Status.FAILED)
    assert used("day") == [0]
    payouts_settle(now=utc_now())
    assert used("day") == [0]


def test_an_attempt_that_goes_on_and_a_payout_that_is_paid_give_nothing_back(
    owner: User, settings: Any
) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = 1
    pay(owner, 30, status=Status.CONFIRMED)
    again = pay(owner, 20)
    builders.signed(again)
    builders.chain_says(again, TxStatus.FAILED)
    payouts_settle(now=utc_now())
    again.refresh_from_db()
    assert again.status == Status.PENDING
    assert used("day") == [50]


def test_a_payout_that_dies_too_often_gives_back(owner: User, settings: Any) -> None:
    settings.PAYOUT_TRIES_MAX = 1
    dead, failed = pay(owner, 30), pay(owner, 20)
    for payout, end in ((dead, TxStatus.DEAD), (failed, TxStatus.FAILED)):
        builders.signed(payout)
        builders.chain_says(payout, end)
    payouts_settle(now=utc_now())
    assert set(Payout.objects.values_list("status", flat=True)) == {Status.FAILED}
    assert used("day") == [0]


@pytest.mark.contract("C-PAYOUT-5")
def test_a_retry_is_reserved_afresh(owner: User, settings: Any) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = 0
    failed = pay(owner, 30, status=Status.FAILED)
    v0(29, 29)
    with pytest.raises(LimitExceeded):
        payout_retry(payout_id=failed.pk, by="user 7", reason="again", now=utc_now())
    v0(30, 30)
    payout_retry(payout_id=failed.pk, by="user 7", reason="again", now=utc_now())
    assert used("day") == [30]


@pytest.mark.parametrize("field", ["limit_kinds", "router_type", "api_key_id", "created_at"])
def test_what_a_payout_was_reserved_in_cannot_be_changed(owner: User, field: str) -> None:
    payout = pay(owner, 1)
    with pytest.raises(Exception, match="reserved in"), transaction.atomic():
        Payout.objects.filter(pk=payout.pk).update(**{field: F(field)})


@pytest.mark.parametrize("micro", [-1, 10_000 * USDT + 1])
def test_the_database_refuses_a_window_beyond_its_bounds(owner: User, micro: int) -> None:
    pay(owner, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        LimitWindow.objects.filter(kind="router", period="day").update(used_micro=micro)


@pytest.mark.contract("C-LIMIT-3")
@pytest.mark.parametrize("kind", ["recipient", "caller"])
def test_a_recipient_and_a_caller_have_limits_of_their_own_or_the_general_one(
    owner: User, kind: str
) -> None:
    recipient = builders.address()
    subject = recipient if kind == "recipient" else str(owner.pk)
    pay(owner, 500, recipient_address=recipient)
    # Callers are counted before anybody sets them a limit.
    counted = 500 if kind == "caller" else 0
    limit(kind, "", counted + 10, counted + 10)
    with pytest.raises(LimitExceeded, match=f"daily limit of this {kind}"):
        pay(owner, 11, recipient_address=recipient)
    limit(kind, subject, None, counted + 20)
    pay(owner, 20, recipient_address=recipient)
    with pytest.raises(BreakerOpen):
        pay(owner, 1, recipient_address=recipient)


def test_a_direct_payout_counts_against_the_limit_of_the_trusted_recipient(owner: User) -> None:
    address, now = builders.address(), utc_now()
    recipient_trust(
        address=address, note="our exchange", hourly_micro=None, daily_micro=10 * USDT,
        by="tests", now=now,
    )  # fmt: skip
    direct = Payout(
        owner=owner, recipient_address=address, amount_micro=11 * USDT,
        router_type=RouterType.DIRECT, created_at=now,
    )  # fmt: skip
    with pytest.raises(LimitExceeded, match="daily limit of this trusted recipient"):
        claim_for([direct], now=now).refuse()
    direct.amount_micro = 10 * USDT
    claim_for([direct], now=now).refuse()


def test_a_router_cannot_lose_its_limit() -> None:
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Limit.objects.filter(kind="router").delete()


def test_a_hundred_are_reserved_in_as_many_statements_as_one(
    owner: User, django_assert_num_queries: Any
) -> None:
    limit(LimitKind.RECIPIENT, "", 100, 100)
    now = utc_now()
    template = pay(owner, 1, now=now)

    def drafts(count: int) -> list[Payout]:
        return [
            Payout(
                owner=owner, recipient_address=builders.address(), amount_micro=USDT,
                router_type=RouterType.V0, wallet_id=template.wallet_id, created_at=now,
            )
            for _ in range(count)
        ]  # fmt: skip

    for count in (1, 100):
        with django_assert_num_queries(4):  # facts, savepoint, one reservation, savepoint's end
            claim = claim_for(drafts(count), now=now)
            claim.refuse()
            store_within_limits(claim, lambda: None)
    assert used("day") == [102]
    assert len(used("day", LimitKind.RECIPIENT)) == 102


def test_all_of_many_are_refused_when_their_sum_does_not_fit(owner: User) -> None:
    v0(100, 100)
    now = utc_now()
    template = pay(owner, 1, now=now)
    many = [
        Payout(
            owner=owner, recipient_address=builders.address(), amount_micro=10 * USDT,
            router_type=RouterType.V0, wallet_id=template.wallet_id, created_at=now,
        )
        for _ in range(10)
    ]  # fmt: skip
    with pytest.raises(LimitExceeded) as caught:
        claim_for(many, now=now).refuse()
    assert caught.value.details["remaining"] == 99
    claim_for(many[:9], now=now).refuse()


# --- Breakers -----------------------------------------------------------------------------------


def test_a_full_window_opens_the_breaker_until_its_end(owner: User) -> None:
    v0(100, 1000)
    pay(owner, 99, now=NOON)
    assert limit_breaker_status(NOON) == "closed"
    pay(owner, 1, now=NOON)
    assert limit_breaker_status(NOON) == "open"
    assert limit_breaker_status(NOON + timedelta(hours=1)) == "closed"


@pytest.mark.contract("C-ERR-9")
def test_operators_trip_one_router_or_all_and_reset_them(owner: User) -> None:
    known = {"reason": "odd", "by": "olga", "now": utc_now()}
    for router in ("PayoutRouterV0", ""):
        limit_breaker_trip(router_type=router, **known)
        with pytest.raises(TrippedBefore):
            limit_breaker_trip(router_type=router, **known)
        assert breaker_status() == "open"
        with pytest.raises(BreakerOpen) as caught:
            pay(owner, 1)
        assert caught.value.details["reopens_at"] is None
        limit_breaker_reset(router_type=router, **known)
        with pytest.raises(NotTripped):
            limit_breaker_reset(router_type=router, **known)
        pay(owner, 1)
    limit_breaker_trip(router_type="PayoutRouterKYC", **known)
    pay(owner, 1)


def test_usage_and_what_remains_are_those_of_v0_and_kyc(owner: User) -> None:
    assert daily_limit_remaining() == 60_000 * USDT
    with_kyc = builders.address()
    kyc(with_kyc)
    pay(owner, 30)
    pay(owner, 70, recipient_address=with_kyc)
    assert daily_limit_remaining() == 59_900 * USDT
    assert limit_usage() == (100 * USDT, 100 * USDT)
    assert limit_usage("PayoutRouterKYC").daily_micro == 70 * USDT
    v0(None, None)
    assert daily_limit_remaining() is None


# --- Routers ------------------------------------------------------------------------------------


def kyc(address: str, **fields: Any) -> Any:
    given = {"level": 1, "expires_at": utc_now() + timedelta(days=1), "kyc_hash": "ab" * 32}
    record = kyc_add(address=address, by="kim", now=utc_now(), **{**given, **fields})
    return kyc_approve(record_id=record.pk, by="kim", now=utc_now())


@pytest.mark.contract("C-CREATE-6")
def test_the_router_is_kyc_while_a_record_is_approved_and_valid(owner: User) -> None:
    address = builders.address()
    waiting = kyc_add(
        address=address, kyc_hash="ab" * 32, level=1, expires_at=utc_now() + timedelta(days=1),
        by="kim", now=utc_now(),
    )  # fmt: skip

    def router(**asked: str) -> str:
        return pay(owner, 1, recipient_address=address, **asked).router_type

    assert router() == RouterType.V0
    with pytest.raises(InvalidRouter):
        router(router_type=RouterType.KYC)
    record = kyc_approve(record_id=waiting.pk, by="kim", now=utc_now())
    assert router() == router(router_type=RouterType.KYC) == RouterType.KYC
    assert router(router_type=RouterType.V0) == RouterType.V0
    expired = utc_now() + timedelta(days=1, seconds=1)
    late = builders.payout(owner, recipient_address=address, now=expired)
    assert late.router_type == RouterType.V0
    newer = kyc(address, kyc_hash="cd" * 32)
    record.refresh_from_db()
    assert (record.status, newer.status) == ("revoked", "approved")
    kyc_revoke(record_id=newer.pk, reason="left", by="kim", now=utc_now())
    assert router() == RouterType.V0
