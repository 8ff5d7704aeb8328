"""A real node for the tests that need a chain."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.process import SandboxProcess
from tests.tron.conftest import liar

__all__ = ["liar", "node"]


@pytest.fixture
def node(tmp_path: Path, settings: Any) -> Iterator[SandboxProcess]:
    """Give a sandbox that makes blocks on demand, with the platform pointed at it."""
    process = SandboxProcess(tmp_path / "chain")
    process.start()
    settings.TRON_NODES = [process.url]
    process.call("/sandbox/mine", {"blocks": 20})
    yield process
    process.close()


@pytest.fixture
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make backups that cost a thousandth of what they cost in earnest."""
    monkeypatch.setattr("wallets.keystore.SCRYPT_N", 2**7)
