"""What payouts burned in fees, and what they would have burned without stake.

Burned is what the receipts say. What stake has saved is nowhere written: it is the energy that
stake paid for, by the receipts, at the energy price of its day. That price is read back from the
fee limit of a transaction signed for a payout of that day: limit = energy × price × margin
(``wallets/fees.py``), by today's margin. Of a day without such a transaction it is not known.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings

from lucidpay.ids import first_id_at
from lucidpay.sql import ask
from payouts.analytics import Sums
from payouts.tallies.models import Measure

# One step down an index for each day. A payout that failed before has a wider limit.
PRICED = """
SELECT asked.day, tx.fee_limit_sun, tx.energy_estimate
  FROM unnest(%(days)s::date[], %(firsts)s::uuid[], %(ends)s::uuid[]) AS asked(day, first, last)
  CROSS JOIN LATERAL (
       SELECT transaction_id FROM payouts_payout
        WHERE status = 'confirmed' AND id >= asked.first AND id < asked.last AND failures = 0
        ORDER BY id DESC LIMIT 1) AS paid
  JOIN tron_chaintransaction AS tx ON tx.id = paid.transaction_id AND tx.energy_estimate > 0
"""


@dataclass(frozen=True)
class Fees:
    """What was burned and saved, in sun; ``saved_sun`` is ``None`` where no price is known."""

    burned_sun: int
    energy: int
    staked: int
    saved_sun: int | None


def fees_of(sums: Sums, price_sun: int | None) -> Fees:
    """Return the fees of these payouts at a price of energy, ``None`` when it is not known."""
    staked = sums.costs[Measure.STAKED]
    saved_sun = 0 if not staked else None if price_sun is None else staked * price_sun
    return Fees(sums.costs[Measure.FEE], sums.costs[Measure.ENERGY], staked, saved_sun)


def energy_prices(days: Iterable[date]) -> dict[date, int]:
    """Return the price of a unit of energy in sun, by day, where it can be read back."""
    wanted = list(days)
    starts = [datetime.combine(day, time(), UTC) for day in wanted]
    facts = {
        "days": wanted,
        "firsts": [first_id_at(start) for start in starts],
        "ends": [first_id_at(start + timedelta(days=1)) for start in starts],
    }
    percent = 100 + settings.TRON_ENERGY_MARGIN_PERCENT
    return {
        day: limit_sun * 100 // (energy * percent)
        for day, limit_sun, energy in ask(PRICED, facts, keeps_plan=False)
    }
