"""When fees are settled: slots, and what is met when nobody was there."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from gateway.policy.settling import (
    DAILY,
    HOURLY,
    INSTANT,
    WEEKLY,
    is_due,
    next_at,
    slot_at,
    time_of,
)
from lucidpay.checks import check_settlement_address
from tests import builders
from tests.gateway.earned import deposit_address
from wallets.models_deposit import DepositAddress


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


NOW = at("2026-03-04T12:20:30.000005")  # a Wednesday


@pytest.mark.parametrize(
    ("frequency", "now", "slot", "following"),
    [
        (HOURLY, "2026-03-04T12:20:30", "2026-03-04T12:00", "2026-03-04T13:00"),
        (HOURLY, "2026-03-04T12:00:00", "2026-03-04T12:00", "2026-03-04T13:00"),
        (DAILY, "2026-03-04T12:20:30", "2026-03-03T23:00", "2026-03-04T23:00"),
        (DAILY, "2026-03-04T22:59:59.999999", "2026-03-03T23:00", "2026-03-04T23:00"),
        (DAILY, "2026-03-04T23:00:00", "2026-03-04T23:00", "2026-03-05T23:00"),
        (DAILY, "2026-03-01T00:00:00", "2026-02-28T23:00", "2026-03-01T23:00"),
        (WEEKLY, "2026-03-04T12:20:30", "2026-03-02T23:00", "2026-03-09T23:00"),
        (WEEKLY, "2026-03-02T22:59:59", "2026-02-23T23:00", "2026-03-02T23:00"),
        (WEEKLY, "2026-03-02T23:00:00", "2026-03-02T23:00", "2026-03-09T23:00"),
        (WEEKLY, "2026-03-08T23:30:00", "2026-03-02T23:00", "2026-03-09T23:00"),
    ],
)
def test_slots_come_in_utc(frequency: str, now: str, slot: str, following: str) -> None:
    assert slot_at(frequency, at(now)) == at(slot)
    assert next_at(frequency, at(now)) == at(following)


def test_every_moment_is_a_slot_of_instant() -> None:
    assert slot_at(INSTANT, NOW) == next_at(INSTANT, NOW) == NOW
    assert is_due(INSTANT, NOW, NOW)


@pytest.mark.parametrize("frequency", [HOURLY, DAILY, WEEKLY])
def test_a_slot_is_met_once_however_late(frequency: str) -> None:
    slot = slot_at(frequency, NOW)
    step = next_at(frequency, NOW) - slot
    assert is_due(frequency, None, NOW)
    assert is_due(frequency, slot - timedelta(microseconds=1), NOW)
    assert is_due(frequency, slot - 3 * step, NOW)
    assert not is_due(frequency, slot, NOW)
    assert not is_due(frequency, NOW, NOW)
    assert is_due(frequency, NOW, NOW + step)


def test_a_settlement_of_the_future_meets_no_slot() -> None:
    assert is_due(DAILY, NOW + timedelta(days=300), NOW)


def test_only_days_and_weeks_have_a_time() -> None:
    assert [time_of(one) for one in (INSTANT, HOURLY, DAILY, WEEKLY)] == [
        None, None, "23:00", "23:00",
    ]  # fmt: skip


@pytest.mark.django_db
def test_fees_go_to_an_address_and_not_to_where_payers_pay(settings: Any) -> None:
    assert check_settlement_address() == []
    settings.SETTLEMENT_ADDRESS = builders.address()
    assert check_settlement_address() == []
    settings.SETTLEMENT_ADDRESS = f"{settings.SETTLEMENT_ADDRESS[:-1]}0"
    assert [error.id for error in check_settlement_address()] == ["lucidpay.E016"]
    settings.SETTLEMENT_ADDRESS = deposit_address(NOW).address
    assert [error.id for error in check_settlement_address()] == ["lucidpay.E017"]


def test_where_no_database_answers_the_address_alone_is_looked_at(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> None:
        raise OperationalError

    settings.SETTLEMENT_ADDRESS = builders.address()
    monkeypatch.setattr(DepositAddress.objects, "filter", away)
    assert check_settlement_address() == []
