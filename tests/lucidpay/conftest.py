"""A node of the tests', and a company that pays through it."""

from typing import Any

import pytest

from tests.lucidpay.world import World, world
from tests.sandbox.process import SandboxProcess
from tests.tron.conftest import liar, node, sandbox

__all__ = ["company", "liar", "node", "sandbox"]


@pytest.fixture
def company(db: None, node: SandboxProcess, settings: Any) -> World:
    """A wallet, and payouts of every fate."""
    # The test's chain stands still between its steps.
    settings.TRON_HEAD_AGE_MAX_S = 3600
    settings.PAYOUT_NEW_ATTEMPTS = 0  # after a failing receipt
    return world(node)
