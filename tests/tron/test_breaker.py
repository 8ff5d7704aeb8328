"""The network breaker: five failures in a row open it for a minute, an answer closes it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from lucidpay.api.throttling import redis_client
from payouts.policy.breakers import breaker_status
from tron.breaker import (
    network_breaker_reset,
    network_breaker_status,
    network_breaker_trip,
    note_answer,
    note_failure,
)
from tron.errors import NodeError, OutcomeUnknown, Refused, Throttled, Unreachable, WrongChain
from tron.tasks import scan

NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _closed() -> None:
    redis_client().flushdb()


def fail(times: int, error: NodeError | None = None) -> None:
    for _ in range(times):
        note_failure(error or Unreachable("nobody there"))


def test_the_fifth_failure_in_a_row_opens_it() -> None:
    fail(4)
    note_answer()
    fail(4, OutcomeUnknown("no answer"))
    assert network_breaker_status() == "closed"
    fail(1)
    assert network_breaker_status() == "open"


def test_it_stays_open_for_a_minute_and_closes_with_the_first_answer_after() -> None:
    with time_machine.travel(NOON, tick=False):
        fail(5)
        note_answer()
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False):
        note_answer()
        assert network_breaker_status() == "open"
    with time_machine.travel(NOON + timedelta(seconds=61), tick=False):
        note_answer()
    assert network_breaker_status() == "closed"


def test_a_failure_after_the_minute_opens_it_again() -> None:
    with time_machine.travel(NOON, tick=False):
        fail(5)
    with time_machine.travel(NOON + timedelta(seconds=61), tick=False):
        fail(1)
        note_answer()
        assert network_breaker_status() == "open"


@pytest.mark.parametrize("error", [Throttled("later"), Refused("no"), WrongChain("who?")])
def test_what_is_no_failure_of_the_network_does_not_count(error: NodeError) -> None:
    fail(9, error)
    assert network_breaker_status() == "closed"


@pytest.mark.django_db
def test_a_person_trips_and_resets_it() -> None:
    network_breaker_trip()
    assert (network_breaker_status(), breaker_status()) == ("open", "open")
    network_breaker_reset()
    assert (network_breaker_status(), breaker_status()) == ("closed", "closed")


@pytest.mark.django_db
def test_the_scanner_feeds_it(settings: Any) -> None:
    settings.TRON_NODES = ["http://127.0.0.1:1"]
    for _ in range(5):
        scan()
    assert network_breaker_status() == "open"


@pytest.mark.django_db
def test_the_scanner_that_reads_closes_it(node: Any) -> None:
    with time_machine.travel(datetime.now(UTC) - timedelta(seconds=61), tick=False):
        fail(5)
    scan()
    assert network_breaker_status() == "closed"
