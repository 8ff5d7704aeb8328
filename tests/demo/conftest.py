import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucidpay.embedded import clean
from tests.demo.support import OWN, Demo


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Demo]:
    """A demo in a directory of its own. Not tmp_path: too long, and closed to root's helper."""
    parent = Path(tempfile.mkdtemp(prefix="lucid-demo-", dir="/tmp")).resolve()
    parent.chmod(0o755)
    one = Demo(parent)
    yield one
    one.close()
    for name in OWN:
        monkeypatch.delenv(name, raising=False)
    clean(one.directory)
    shutil.rmtree(parent)
