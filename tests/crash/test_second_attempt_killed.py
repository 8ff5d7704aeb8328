"""A worker killed while a payout's first attempt is proven to have paid nothing: paid once."""

from collections.abc import Callable

import pytest

from tests.outage.steps import ask, attempts, until_all_confirmed
from tests.platform.running import BLOCK_MS, Platform
from tests.platform.worker_points import SECOND_ATTEMPT_POINT_NAMES
from tests.waiting import until

pytestmark = pytest.mark.slow


def reverted(running: Platform) -> None:
    """The token's owner pauses it before the transfer is executed."""
    running.control("usdt", {"paused": True})
    running.control("mine", {"blocks": 2})
    running.control("usdt", {"paused": False})


def expired(running: Platform) -> None:
    """The node forgets the transfer, and chain time passes beyond its expiration."""
    running.kill("node")
    running.start_node()
    running.control("auto", {"block_ms": 0})
    running.control("step", {"seconds": 600})


CASES = [
    *((expired, "dead", point) for point in SECOND_ATTEMPT_POINT_NAMES),
    # The road is the same from the witness on; one point shows that a receipt takes it too.
    (reverted, "failed", SECOND_ATTEMPT_POINT_NAMES[1]),
]


@pytest.mark.parametrize(("end", "status", "point"), CASES)
def test_it_pays_once_when_the_worker_is_killed(
    running: Platform, end: Callable[[Platform], None], status: str, point: str
) -> None:
    running.control("auto", {"block_ms": 0})  # it is sent, and stands in no block yet
    running.start_worker()
    path = ask(running)
    until("it was sent", lambda: attempts(running, path) == ["sent"])
    running.kill("worker")
    end(running)
    running.start_worker(killed_at=point)
    running.control("auto", {"block_ms": BLOCK_MS})
    running.died("worker")

    running.start_worker()
    until_all_confirmed(running)
    running.kill("worker")
    assert attempts(running, path) == [status, "succeeded"]
