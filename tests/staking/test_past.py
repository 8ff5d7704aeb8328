"""What is replayed for advice does not grow with the days that are asked about."""

from uuid import uuid4

import pytest

from lucidpay.clock import utc_now
from staking.past import past_of
from tests import builders
from tron.models import ChainTransaction

DAY_MS, MINUTE_MS = 86_400_000, 60_000


@pytest.mark.django_db
def test_of_a_year_an_hour_is_told_together_and_nothing_is_lost() -> None:
    """A caller waits for it: five minutes each would be a hundred thousand steps, three times."""
    builders.hot_wallet()
    payout = builders.payout(builders.user(), status="confirmed")
    tx = payout.transaction
    assert tx is not None
    # In the middle of what a year's steps are, so that nothing falls over an edge.
    step_ms = 365 * DAY_MS // 30 // 288
    ago_ms = int(utc_now().timestamp() * 1000) - 2 * DAY_MS
    begin_ms = ago_ms // step_ms * step_ms + MINUTE_MS
    for number in range(6):
        tx.pk, tx.txid, tx.subject = None, uuid4().hex * 2, uuid4()
        tx.block_number, tx.block_time_ms = 2_000 + number, begin_ms + number * 8 * MINUTE_MS
        tx.save()
    month, year = past_of(30), past_of(365)
    assert len(month.uses[tx.sender]) == 6
    assert len(year.uses[tx.sender]) == 1 + _of_the_first(year.from_ms)
    assert sum(use.energy for use in month.uses[tx.sender]) == 6 * (tx.energy_used or 0)
    assert year.uses[tx.sender][-1].energy == 6 * (tx.energy_used or 0)
    assert year.burned_sun[tx.sender] >= month.burned_sun[tx.sender]


def _of_the_first(from_ms: int) -> int:
    """Return how many of the payout's own transaction are within these days."""
    first = ChainTransaction.objects.order_by("pk").first()
    assert first is not None
    return int((first.block_time_ms or 0) > from_ms)
