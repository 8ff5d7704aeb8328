"""People who may do something with wallets, and a log to look through."""

from typing import Any

import pytest
import structlog

from tests.api.client import Api, caller
from tests.api.conftest import _fresh_counters

__all__ = ["_fresh_counters"]


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
