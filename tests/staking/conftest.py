"""One sandbox a run, a wallet with TRX, and those who may stake them."""

from typing import Any

import pytest

from tests.api.client import Api, caller
from tests.api.conftest import _fresh_counters
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.staking.world import Staker, staker_on
from tests.tron.conftest import liar, node, sandbox

__all__ = ["_fresh_counters", "liar", "node", "sandbox"]


@pytest.fixture
def chain(node: SandboxProcess, settings: Any) -> SandboxProcess:
    """Give the node; its blocks come on demand, and its time is stepped."""
    settings.TRON_HEAD_AGE_MAX_S = 3600
    return node


@pytest.fixture
def staker(db: None, chain: SandboxProcess) -> Staker:
    """A hot wallet with 100 000 TRX, and an operator who acts for it."""
    return staker_on(chain)


@pytest.fixture
def receiver(chain: SandboxProcess) -> Person:
    """Somebody whose account is activated."""
    from tests.sandbox.people import funded

    return funded(chain, trx=1)


@pytest.fixture
def reader(db: None) -> Api:
    """Reads wallets."""
    return caller("node_operator")
