"""A receiver on this machine, and people who register it."""

from collections.abc import Iterator
from typing import Any

import pytest

from access.models import User
from lucidpay.api.throttling import redis_client
from tests import builders
from tests.webhooks.receiver import Receiver, Served


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Forget how often anybody has called."""
    redis_client().flushdb()


@pytest.fixture(autouse=True)
def _this_machine_is_allowed(settings: Any) -> None:
    """Let receivers of this machine be sent to, as in the demo."""
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with Served() as served:
        yield served


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who sees everybody's payouts."""
    return builders.user("operator")


@pytest.fixture
def merchant(db: None) -> User:
    """Somebody who has webhooks, and sees only their own."""
    return builders.user("merchant")
