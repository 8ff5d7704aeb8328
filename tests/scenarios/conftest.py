"""A sandbox of two nodes a run; every test makes its own wallet and leaves healthy nodes."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess
from tests.scenarios.world import SOLID_LAG, World
from tron import nodes


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Give two running nodes on one chain that makes blocks on demand."""
    arguments = ("--block-ms", "0", "--solid-lag", str(SOLID_LAG))
    process = SandboxProcess(tmp_path_factory.mktemp("chain"), *arguments, nodes=2).start()
    process.mine(SOLID_LAG + 2)
    yield process
    process.close()


@pytest.fixture
def world(sandbox: SandboxProcess, settings: Any, transactional_db: None) -> Iterator[World]:
    """Give a world whose platform knows both nodes and has little patience."""
    settings.TRON_NODES = [sandbox.url, sandbox.face("b").url]
    settings.TRON_TIMEOUT_S = 1
    # Each of these stories is about one attempt, unless it says otherwise.
    settings.PAYOUT_NEW_ATTEMPTS = 0
    nodes.forget()
    yield World(sandbox)
    sandbox.post("/sandbox/faults/clear")
    nodes.forget()
