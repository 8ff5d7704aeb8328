"""Callers of the calls that ask a node; the chain's fixtures come from one folder up."""

import pytest

from tests.api.client import Api, caller
from tests.api.conftest import _fresh_counters, dead_port

__all__ = ["_fresh_counters", "dead_port"]


@pytest.fixture
def reader(db: None) -> Api:
    """Reads wallets and the chain."""
    return caller("node_operator")
