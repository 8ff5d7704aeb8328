"""People, and counters that nobody has used."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from access.models import User
from lucidpay.api.throttling import redis_client
from tests import builders


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Forget who has failed; the Redis number is this run's own."""
    redis_client().flushdb()


@pytest.fixture
def owner(db: None) -> User:
    """An end user."""
    return builders.user()


@pytest.fixture
def dead_redis(settings: Any) -> Iterator[None]:
    """Redis is away."""
    redis_client.cache_clear()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    yield
    redis_client.cache_clear()
