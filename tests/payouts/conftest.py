"""The sandbox node for tests that ask a real one."""

from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess
from tests.tron.conftest import alice, liar, node, sandbox

__all__ = ["alice", "chain", "liar", "node", "sandbox"]


@pytest.fixture
def chain(liar: Any, node: SandboxProcess, settings: Any) -> SandboxProcess:
    """Give the true node behind the one that lies when told to; its blocks come on demand."""
    # However long ago the run has begun: the chain's time stands still between blocks.
    settings.TRON_HEAD_AGE_MAX_S = 3600
    return node
