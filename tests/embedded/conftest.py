import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucidpay.embedded import clean
from tests.embedded.support import OWN, SPAWNED


@pytest.fixture(autouse=True)
def _no_outside_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OWN:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_launcher_left() -> Iterator[None]:
    yield
    while SPAWNED:
        with SPAWNED.pop() as process:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory for servers. Not tmp_path, which is long, and closed to root's helper account."""
    parent = Path(tempfile.mkdtemp(prefix="lucid-", dir="/tmp")).resolve()
    parent.chmod(0o755)
    yield parent / "dev"
    for path in parent.iterdir():
        if path.is_dir():
            clean(path)
    shutil.rmtree(parent)
