"""Workers killed while first attempts are proven to have paid nothing: paid once."""

import pytest

from tests.outage.steps import ask, attempts, until_all_confirmed
from tests.platform.running import BLOCK_MS, Platform
from tests.platform.worker_points import SECOND_ATTEMPT_POINT_NAMES
from tests.waiting import until

pytestmark = pytest.mark.slow


def sent(running: Platform) -> str:
    """Have a payout sent, to a node that makes no blocks, and leave no worker; return its path."""
    running.control("auto", {"block_ms": 0})
    running.start_worker()
    path = ask(running)
    until("it was sent", lambda: attempts(running, path) == ["sent"])
    running.kill("worker")
    return path


def killed_at(running: Platform, point: str) -> None:
    """Let a worker go on from what it finds to a point, where it dies."""
    running.start_worker(killed_at=point)
    running.control("auto", {"block_ms": BLOCK_MS})
    running.died("worker")


def paid(running: Platform) -> None:
    """Let a worker finish."""
    running.start_worker()
    until_all_confirmed(running)
    running.kill("worker")


def test_it_pays_once_when_workers_are_killed_at_every_point_after_a_death(
    running: Platform,
) -> None:
    path = sent(running)
    # The node forgets the transfer, and chain time passes beyond its expiration.
    running.kill("node")
    running.start_node()
    running.control("auto", {"block_ms": 0})
    running.control("step", {"seconds": 600})
    for point in SECOND_ATTEMPT_POINT_NAMES:
        killed_at(running, point)
    paid(running)
    assert attempts(running, path) == ["dead", "succeeded"]


def test_it_pays_once_when_a_worker_is_killed_after_a_revert(running: Platform) -> None:
    """The road is the same from the witness on; one point shows that a receipt takes it too."""
    path = sent(running)
    # The token's owner pauses it before the transfer is executed.
    running.control("usdt", {"paused": True})
    running.control("mine", {"blocks": 2})
    running.control("usdt", {"paused": False})
    killed_at(running, SECOND_ATTEMPT_POINT_NAMES[1])
    paid(running)
    assert attempts(running, path) == ["failed", "succeeded"]
