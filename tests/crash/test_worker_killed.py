"""A worker killed at any point of a payout's road costs time, never money."""

import pytest

from tests.platform.checks import assert_books_are_right, assert_each_paid_once
from tests.platform.people import somebody
from tests.platform.running import Platform
from tests.platform.worker_points import POINT_NAMES
from tests.waiting import until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("point", POINT_NAMES)
def test_it_pays_once_when_the_worker_is_killed(running: Platform, point: str) -> None:
    recipient = somebody()
    body = {"recipient_address": recipient, "amount_usdt": "3.21", "reason": point}
    running.start_worker(killed_at=point)
    created = running.api("POST", "/api/payment/payouts", body)
    assert created.status == 201, created.body
    running.died("worker")

    running.start_worker()
    path = f"/api/payment/payouts/{created.body['payout_id']}"
    until(
        "the payout is confirmed",
        lambda: running.api("GET", path).body["status"] == "confirmed",
    )
    until("the books are closed", lambda: no_open_hold(running))
    running.kill("worker")

    to_recipient = [one for one in running.transfers() if one["to"] == recipient]
    assert [one["amount"] for one in to_recipient] == ["3210000"]
    assert_each_paid_once(running, running.one("SELECT count(*) FROM payouts_payout"))
    assert_books_are_right(running)


def no_open_hold(running: Platform) -> bool:
    """Return whether all holds have ended."""
    return bool(running.one("SELECT count(*) FROM wallets_hold WHERE status = 'open'") == 0)
