"""People who may do something with wallets, and a log to look through."""

from typing import Any

import pytest
import structlog

from tests.api.client import Api, caller
from tests.api.conftest import _fresh_counters, dead_port
from tests.payouts.conftest import chain
from tests.tron.api.conftest import reader
from tests.tron.conftest import liar, node, sandbox

__all__ = ["_fresh_counters", "chain", "dead_port", "liar", "node", "reader", "sandbox"]


@pytest.fixture
def boss(db: Any) -> Api:
    """An operator: may manage wallets."""
    return caller("operator")


@pytest.fixture
def viewer(db: Any) -> Api:
    """A node operator: may look at wallets."""
    return caller("node_operator")


@pytest.fixture
def all_logged(caplog: pytest.LogCaptureFixture, settings: Any) -> pytest.LogCaptureFixture:
    """Catch every line from DEBUG up, with all its facts."""
    structlog.contextvars.clear_contextvars()
    caplog.set_level("DEBUG")
    return caplog
