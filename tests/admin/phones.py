"""People with phones, at a time that passes when a test says so."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from lucidpay.api.throttling import redis_client
from tests.second_factor import Phone

NOON = datetime(2026, 3, 1, 12, 0, 15, tzinfo=UTC)


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Traveller]:
    """Time that passes when a test says so, and guesses that nobody has made yet."""
    redis_client().flushdb()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def phone(client: Client) -> Phone:
    """Return the phone of whoever sits before a browser."""
    return client.phone  # type: ignore[attr-defined, no-any-return]


def text_of(answer: Any) -> str:
    """Return a page."""
    return answer.content.decode()
