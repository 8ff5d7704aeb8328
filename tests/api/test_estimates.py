"""When a payout or a batch should be sent and final: counted from its release."""

from datetime import UTC, datetime

import pytest
import time_machine

from tests.api.client import PAYOUTS, Api, order

ASKED = datetime(2026, 3, 30, 22, 30, tzinfo=UTC)  # a Monday
BATCH = f"{PAYOUTS}/batch"
RELEASES = [
    ("IMMEDIATE", "2026-03-30T22:30:00Z"),
    ("HOURLY", "2026-03-30T23:00:00Z"),
    ("DAILY", "2026-03-31T00:00:00Z"),
    ("WEEKLY", "2026-04-06T00:00:00Z"),
]


def minutes_after(release: str, minutes: int) -> str:
    """Return the time so long after a release, which has no minutes of its own but tens."""
    return release.replace("0:00Z", f"{minutes}:00Z")


@pytest.mark.contract("C-PAYOUT-7")
@pytest.mark.parametrize(("batch_type", "release"), RELEASES)
@time_machine.travel(ASKED, tick=False)
def test_it_is_sent_a_minute_after_its_release_and_final_after_three(
    alice: Api, batch_type: str, release: str
) -> None:
    made = alice.pay(batch_type=batch_type).body
    assert made["estimated_completion"] == minutes_after(release, 1)
    assert made["estimated_confirmation"] == minutes_after(release, 3)


@pytest.mark.contract("C-PAYOUT-7", "C-BATCH-11")
@pytest.mark.parametrize(("batch_type", "release"), RELEASES)
@time_machine.travel(ASKED, tick=False)
def test_a_batch_is_as_well(alice: Api, batch_type: str, release: str) -> None:
    made = alice.post(BATCH, {"payouts": [order()], "batch_type": batch_type})
    shown = alice.get(made.headers["Location"])
    for answer in (made, shown):
        assert answer.body["estimated_completion"] == minutes_after(release, 1)


@pytest.mark.contract("C-PAYOUT-7")
def test_a_release_by_hand_moves_both(alice: Api, operator: Api) -> None:
    with time_machine.travel(ASKED, tick=False):
        made = alice.post(BATCH, {"payouts": [order()]}).body
        released = operator.post(f"{BATCH}/{made['batch_id']}/release")
        payout = alice.get(f"{PAYOUTS}/{made['payout_ids'][0]}").body
    assert released.body["estimated_completion"] == "2026-03-30T22:31:00Z"
    assert payout["estimated_completion"] == "2026-03-30T22:31:00Z"
    assert payout["estimated_confirmation"] == "2026-03-30T22:33:00Z"
