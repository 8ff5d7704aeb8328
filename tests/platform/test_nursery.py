"""Whom a nursery forks is what Python itself would have started, and nobody else's concern."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.platform.nursery import Child, Nursery

MODULES = {
    "tells": """
import json, os, random, sys, threading
from lucidpay import leaving
from tron.request_times import _cells
_cells[0] += 1
print(json.dumps({
    "pid": os.getpid(), "session": os.getsid(0), "argv": sys.argv[1:], "name": __name__,
    "read": sys.stdin.read(), "me": leaving._ME, "dice": random.random(), "counted": _cells[0],
    "threads": threading.active_count(), "files": len(os.listdir("/dev/fd")),
}))
sys.exit(3)
""",
    "dies": "import os, signal; os.killpg(0, signal.SIGKILL)",
    "fails": "raise ValueError('as it should')",
    "stays": "import time; time.sleep(600)",
}


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    directory = tmp_path_factory.mktemp("nursery")
    made = Nursery(environment(directory), directory / "nursery.log")
    yield made
    left = psutil.Process(born(made, directory / "said", "stays").pid)
    made.close()
    assert not left.is_running()


def environment(directory: Path) -> dict[str, str]:
    """Return one in which the modules are found."""
    for name, code in MODULES.items():
        (directory / f"{name}.py").write_text(code)
    return os.environ | {"PYTHONPATH": os.pathsep.join((str(directory), os.environ["PYTHONPATH"]))}


def born(nursery: Nursery, said: Path, *words: str) -> Child:
    return nursery.fork(list(words), (os.devnull, str(said), str(said)))


def told(nursery: Nursery, said: Path, *words: str) -> dict[str, Any]:
    said.write_text("")
    child = born(nursery, said, "tells", *words)
    assert child.wait() == 3
    return json.loads(said.read_text()) | {"is_it": child.pid}


def test_a_child_is_as_if_python_had_started_it(nursery: Nursery, tmp_path: Path) -> None:
    one = told(nursery, tmp_path / "said", "a", "b c")
    assert one["is_it"] == one["pid"] == one["session"]
    assert (one["name"], one["argv"], one["read"]) == ("__main__", ["a", "b c"], "")
    assert one["threads"] == 1
    assert one["files"] == 4  # the three of everybody, and the one that lists them


def test_two_children_have_nothing_of_one_another(nursery: Nursery, tmp_path: Path) -> None:
    one, other = (told(nursery, tmp_path / "said") for _ in range(2))
    assert one["me"] != other["me"]
    assert one["dice"] != other["dice"]
    assert one["counted"] == other["counted"] == 1


def test_a_child_that_kills_its_group_kills_nobody_else(nursery: Nursery, tmp_path: Path) -> None:
    stays = born(nursery, tmp_path / "said", "stays")
    assert born(nursery, tmp_path / "said", "dies").wait() == -signal.SIGKILL
    assert stays.poll() is None
    os.killpg(stays.pid, signal.SIGKILL)
    assert stays.wait() == stays.returncode == stays.poll() == -signal.SIGKILL


def test_a_child_that_fails_says_why(nursery: Nursery, tmp_path: Path) -> None:
    assert born(nursery, tmp_path / "said", "fails").wait() == 1
    assert "ValueError: as it should" in (tmp_path / "said").read_text()


def test_whoever_is_killed_takes_the_nursery_along_and_no_child(tmp_path: Path) -> None:
    nursery = Nursery(environment(tmp_path), tmp_path / "nursery.log")
    stays = psutil.Process(born(nursery, tmp_path / "said", "stays").pid)
    nursery._asking.shutdown()
    nursery._process.communicate()  # closes what it reads, as the end of a process does
    assert nursery._process.returncode == 0
    assert stays.status() != psutil.STATUS_ZOMBIE
    os.killpg(stays.pid, signal.SIGKILL)
