"""People who call, and a wallet that pays."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from lucidpay.api.throttling import redis_client
from tests import builders
from tests.api.client import Api, caller
from wallets.models import Wallet


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Forget how often anybody has called; the Redis number is this run's own."""
    redis_client().flushdb()


@pytest.fixture
def wallet(db: None) -> Wallet:
    """A wallet with 1 000 000 USDT that pays for all routers."""
    return builders.hot_wallet()


@pytest.fixture
def alice(wallet: Wallet) -> Api:
    """An end user."""
    return caller()


@pytest.fixture
def bob(wallet: Wallet) -> Api:
    """Another end user."""
    return caller()


@pytest.fixture
def operator(wallet: Wallet) -> Api:
    """Sees everybody's payouts and cancels them."""
    return caller("operator")


@pytest.fixture
def auditor(wallet: Wallet) -> Api:
    """Sees everything and writes nothing."""
    return caller("auditor")


@pytest.fixture
def dead_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def no_redis(settings: Any, dead_port: int) -> Iterator[None]:
    """Redis is away."""
    redis_client.cache_clear()
    settings.REDIS_URL = f"redis://127.0.0.1:{dead_port}/0"
    yield
    redis_client.cache_clear()
