"""What TRX is worth when a person says so, and how many sun pay an amount."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.models_fees import Rate
from gateway.policy.rates import pay_sun_of, rate_now
from gateway.rates.source import RATE_MAX_MICRO, RATE_MIN_MICRO, NoRate, RateNotRead
from gateway.services.rates import rate_set
from lucidpay.checks import check_rate_pair
from lucidpay.errors import InvariantBroken, ValidationFailed
from lucidpay.money import UNITS_MAX
from tests.builders import TRX, USDT

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


def set_to(micro: int, *, now: datetime = NOW, **fields: Any) -> Rate:
    given = {"by": "alice", "reason": "as traded", "is_sure": True}
    return rate_set(micro_per_trx=micro, now=now, **{**given, **fields})


@given(amount=st.integers(1, UNITS_MAX), micro=st.integers(RATE_MIN_MICRO, RATE_MAX_MICRO))
@example(1, RATE_MAX_MICRO)
@example(UNITS_MAX, RATE_MIN_MICRO)
@example(300_000, 300_000)
def test_what_is_paid_is_worth_the_amount_and_less_than_a_sun_more(amount: int, micro: int) -> None:
    sun = pay_sun_of(amount, Rate(micro_per_trx=micro))
    assert (sun - 1) * micro < amount * TRX <= sun * micro
    assert 1 <= sun < 2**63


def test_it_rounds_up() -> None:
    rate = Rate(micro_per_trx=300_000)
    assert pay_sun_of(3 * USDT, rate) == 10 * TRX
    assert pay_sun_of(1 * USDT, rate) == 3_333_334
    assert pay_sun_of(1, rate) == 4


def test_nothing_has_no_price() -> None:
    for amount in (0, -1):
        with pytest.raises(InvariantBroken):
            pay_sun_of(amount, Rate(micro_per_trx=1))


@pytest.mark.contract("C-PAY-10")
@pytest.mark.django_db
def test_without_a_rate_there_is_no_quote() -> None:
    with pytest.raises(NoRate) as caught:
        rate_now(now=NOW)
    assert (caught.value.status_code, caught.value.code) == (409, "LUCID_ERR_1005")
    assert caught.value.details == {"status": "no_rate_was_set"}
    assert caught.value.message.startswith("There is no valid rate of TRX at present.")
    assert issubclass(RateNotRead, NoRate)


@pytest.mark.django_db
def test_the_rate_that_was_set_last_holds_until_it_expires(settings: Any) -> None:
    settings.RATE_MANUAL_VALID_MINUTES = 60
    set_to(300_000)
    last = set_to(310_000, now=NOW + timedelta(minutes=1))
    assert last.details == {"reason": "as traded"}
    assert (last.by, last.source) == ("alice", "manual")
    end = NOW + timedelta(minutes=61)
    assert last.expires_at == end
    assert rate_now(now=end - timedelta(microseconds=1)) == last
    with pytest.raises(NoRate) as caught:
        rate_now(now=end)
    assert caught.value.details == {"status": "rate_expired"}


@pytest.mark.django_db
def test_an_older_rate_never_comes_back(settings: Any) -> None:
    set_to(300_000)
    settings.RATE_MANUAL_VALID_MINUTES = 1
    set_to(310_000)
    with pytest.raises(NoRate):
        rate_now(now=NOW + timedelta(minutes=2))


@pytest.mark.django_db
def test_a_rate_of_the_exchange_never_stands_in_for_a_person_s() -> None:
    Rate.objects.create(
        micro_per_trx=300_000, source="onchain", by="x", at=NOW, expires_at=NOW + timedelta(1)
    )
    with pytest.raises(NoRate):
        rate_now(now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"micro_per_trx": RATE_MIN_MICRO - 1}, "micro_per_trx"),
        ({"micro_per_trx": RATE_MAX_MICRO + 1}, "micro_per_trx"),
        ({"reason": "  "}, "reason"),
        ({"reason": "x" * 201}, "reason"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(wrong: dict[str, Any], field: str) -> None:
    given = {"micro_per_trx": 300_000, "by": "alice", "reason": "as traded", "now": NOW}
    with pytest.raises(ValidationFailed) as caught:
        rate_set(**{**given, **wrong}, is_sure=True)
    assert list(caught.value.details) == [field]
    assert not Rate.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("far", [239_999, 360_001, 30_000])
def test_a_rate_far_from_the_last_one_is_set_by_who_is_sure(far: int) -> None:
    set_to(300_000, is_sure=False)
    for near in (240_000, 288_000, 300_000):
        set_to(near, is_sure=False)
    with pytest.raises(ValidationFailed) as caught:
        set_to(far, is_sure=False)
    assert list(caught.value.details) == ["is_sure"]
    assert set_to(far, now=NOW + timedelta(minutes=1)) == rate_now(now=NOW + timedelta(minutes=1))


def test_a_pair_at_no_address_stops_the_boot(settings: Any) -> None:
    assert check_rate_pair() == []
    settings.RATE_PAIR = "TLkdS7D8Q2UDLSWbsAcYYxecep7SEszBim"
    assert check_rate_pair() == []
    settings.RATE_PAIR = "TLkdS7D8Q2UDLSWbsAcYYxecep7SEszBin"
    assert [error.id for error in check_rate_pair()] == ["lucidpay.E015"]


@pytest.mark.django_db
def test_a_rate_is_never_changed() -> None:
    rate = set_to(300_000)
    for write in (lambda: Rate.objects.update(micro_per_trx=1), rate.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()
