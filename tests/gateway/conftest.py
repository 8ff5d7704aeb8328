"""A shop on a chain of its own, whose time the tests step."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from gateway.rates.onchain import forget_rates
from lucidpay.api.throttling import redis_client
from lucidpay.clock import from_ms, utc_now
from tests.api.client import Api, caller
from tests.gateway.world import Shop, deposits_ready
from tests.payouts.onchain import wallet_on
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG
from tests.tron.conftest import liar, node

__all__ = ["liar", "node"]


@pytest.fixture(scope="package")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Give a running node of this folder's own: its time runs ahead of everybody else's."""
    process = SandboxProcess(tmp_path_factory.mktemp("shop")).start()
    process.mine(SOLID_LAG + 5)
    yield process
    process.close()


@pytest.fixture(autouse=True)
def _rates_forgotten() -> None:
    """Let every test meet the pair that rates come from for the first time."""
    forget_rates()


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    """Forget how often anybody has called."""
    redis_client().flushdb()


@pytest.fixture
def clock(sandbox: SandboxProcess) -> Iterator[time_machine.Traveller]:
    """Set this process's clock by the chain's, which other tests have moved forward.

    Where it stands back instead, as its blocks come on demand, it is moved to the present first.
    """
    behind = utc_now() - from_ms(sandbox.state()["head_time_ms"])
    if behind > timedelta(seconds=1):
        sandbox.post("/sandbox/step", seconds=int(behind.total_seconds()), blocks=1)
    head: datetime = from_ms(sandbox.state()["head_time_ms"])
    with time_machine.travel(max(head, utc_now()), tick=True) as traveller:
        yield traveller


@pytest.fixture
def merchant(db: None) -> Api:
    """Somebody who takes payments."""
    return caller("merchant", scopes=None)


@pytest.fixture
def shop(node: SandboxProcess, clock: time_machine.Traveller, merchant: Api, settings: Any) -> Shop:
    """Give a shop that can take payments and has money to pay with."""
    settings.TRON_HEAD_AGE_MAX_S = 3600
    node.mine()
    hot = wallet_on(node, usdt=100_000)
    deposits_ready()
    return Shop(node, hot, merchant, clock)
