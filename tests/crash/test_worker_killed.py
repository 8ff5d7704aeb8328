"""Workers killed at every point of a payout's road: it costs time, never money."""

import pytest

from tests.outage.steps import ask, until_all_confirmed
from tests.platform.running import Platform
from tests.platform.worker_points import POINT_NAMES

pytestmark = pytest.mark.slow


def test_it_pays_once_when_workers_are_killed_at_every_point(running: Platform) -> None:
    """Each worker finds what the one before it left, and a new payout, and dies further on."""
    for point in POINT_NAMES:
        running.start_worker(killed_at=point)
        ask(running, amount_usdt="3.21", reason=point)
        running.died("worker")

    running.start_worker()
    until_all_confirmed(running)
    running.kill("worker")
    amounts = [one["amount"] for one in running.transfers()]
    assert amounts.count("3210000") == len(POINT_NAMES)
