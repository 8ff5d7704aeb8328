"""Every task delivered many times at once, and two beats: nothing changes in what is paid."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.outage.steps import (
    ask,
    assert_told_once,
    attempts,
    until_all_confirmed,
)
from tests.platform.running import Platform

pytestmark = pytest.mark.slow

PEOPLE, WORKERS, TIMES = 60, ("worker", "worker-2", "worker-3"), 40


@pytest.fixture
def crowded(running: Platform) -> Iterator[Platform]:
    """Give the platform with more workers and beats than it should have."""
    for name in WORKERS[1:]:
        running.start_worker(name)
    running.start_beat("beat-2")
    yield running
    for name in (*WORKERS[1:], "beat-2"):
        running.kill(name)


def test_doubled_doorbells_change_nothing(crowded: Platform) -> None:
    ring = f"from tests.platform.ringing import ring_all; ring_all({TIMES})"
    with ThreadPoolExecutor(4) as people:
        ringing = [people.submit(crowded.manage, "shell", "-v", "0", "-c", ring) for _ in range(2)]
        paths = list(people.map(lambda _: ask(crowded), range(PEOPLE)))
        for one in ringing:
            one.result()
    until_all_confirmed(crowded)
    assert_told_once(crowded)
    # The chain never stood still here, so nobody had a reason to sign twice.
    assert [attempts(crowded, path) for path in paths] == [["succeeded"]] * PEOPLE
