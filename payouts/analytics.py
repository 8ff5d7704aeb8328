"""What `GET /tron/payouts/analytics` tells: payouts by day, router and status, and their costs.

All of it but the exact times comes from sums that the database keeps (``payouts/tallies``), so it
costs the same whether a thousand payouts are in a period or a million.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from lucidpay.clock import iso
from lucidpay.errors import ValidationFailed
from lucidpay.ids import first_id_at
from lucidpay.money import tokens_of
from lucidpay.sql import ask
from payouts.models import RouterType
from payouts.queries import EARLIEST, ID_SLACK
from payouts.states import Status
from payouts.stats import percent
from payouts.tallies.models import Measure
from payouts.tallies.read import HOUR, Counted, Slice, tallied_by_day
from payouts.tallies.triggers import LATENCY_MS

DAYS_DEFAULT = 30
DAYS_MAX = 92
# Up to here times are those of the payouts themselves; beyond, of the buckets they were counted in.
EXACT_MAX = 10_000
QUANTILES = {"p50": 0.5, "p95": 0.95}
_TIMES = """
SELECT percentile_cont(ARRAY[0.5, 0.95]::float8[]) WITHIN GROUP (
         ORDER BY extract(epoch FROM greatest(confirmed_at - due_at, interval '0'))::float8)
  FROM payouts_payout
 WHERE status = 'confirmed' AND {mine}
   AND id >= %(first)s::uuid AND id < %(last)s::uuid
   AND created_at >= %(start)s::timestamptz AND created_at < %(end)s::timestamptz
"""
TIMES_ALL = _TIMES.format(mine="true")
# Of all routers: then the index by owner, router and status has just these.
TIMES_MINE = _TIMES.format(
    mine="owner_id = %(owner)s::bigint AND router_type = ANY(%(routers)s::text[])"
)


@dataclass
class Sums:
    """What payouts add up to."""

    by_status: dict[str, Counted] = field(default_factory=lambda: defaultdict(Counted))
    costs: Counter[str] = field(default_factory=Counter)  # by ``Measure``
    buckets: Counter[int] = field(default_factory=Counter)  # confirmed payouts, by how long

    def add(self, part: Slice, counted: Counted) -> None:
        """Count one line of the tallies in."""
        if part.measure == Measure.CONFIRMATION:
            self.buckets[part.bucket] += counted.count
        elif part.measure in Status.values:
            line = self.by_status[part.measure]
            line.count += counted.count
            line.total += counted.total
        else:
            self.costs[part.measure] += counted.total

    def body(self) -> dict[str, Any]:
        """Return the numbers, in whole tokens."""
        counts = {status: one.count for status, one in self.by_status.items()}
        succeeded, failed = counts.get(Status.CONFIRMED, 0), counts.get(Status.FAILED, 0)
        amounts = {status: one.total for status, one in self.by_status.items()}
        return {
            "total_payouts": sum(counts.values()),
            "total_amount_usdt": tokens_of(sum(amounts.values())),
            "confirmed_payouts": succeeded,
            "confirmed_amount_usdt": tokens_of(amounts.get(Status.CONFIRMED, 0)),
            "failed_payouts": failed,
            "success_rate": percent(succeeded, succeeded + failed),
            "fee_trx": tokens_of(self.costs[Measure.FEE]),
            "energy_used": self.costs[Measure.ENERGY],
            "energy_saved": self.costs[Measure.STAKED],
        }


def hours_of(
    start: datetime | None, end: datetime | None, *, now: datetime
) -> tuple[datetime, datetime]:
    """Return the whole hours (UTC) of a period: from the first on, and before the second.

    Without an end up to now, without a start ``DAYS_DEFAULT`` days. Raises ``ValidationFailed``
    for more than ``DAYS_MAX`` days, or none.
    """
    until = min(_floor(now if end is None else min(end, now)) + HOUR, _floor(now) + HOUR)
    if until <= EARLIEST:
        raise ValidationFailed({"end_date": ["No payout is that old."]})
    begin = until - timedelta(days=DAYS_DEFAULT) if start is None else _floor(start)
    if begin >= until:
        raise ValidationFailed({"start_date": ["It must lie before end_date, and in the past."]})
    if until - begin > timedelta(days=DAYS_MAX) + HOUR:
        raise ValidationFailed({"start_date": [f"At most {DAYS_MAX} days before end_date."]})
    return begin, until


def analytics_body(
    start: datetime, end: datetime, *, owner_id: int | None, now: datetime
) -> dict[str, Any]:
    """Return what was asked for in these whole hours (``hours_of``), by day, router and status.

    ``owner_id``: whose, ``None``: everybody's.
    """
    whole, days, routers = Sums(), defaultdict[date, Sums](Sums), defaultdict[str, Sums](Sums)
    for (day, part), counted in tallied_by_day(start, end, owner_id=owner_id).items():
        for sums in (whole, days[day], routers[part.router_type]):
            sums.add(part, counted)
    return {
        "start_date": iso(start),
        "end_date": iso(end),
        **whole.body(),
        "confirmation_seconds": _times(whole, start, end, owner_id),
        "by_day": [{"date": day.isoformat(), **days[day].body()} for day in _days(start, end)],
        "by_router": {router: routers[router].body() for router in RouterType.values},
        "by_status": {
            status: {
                "count": whole.by_status[status].count,
                "amount_usdt": tokens_of(whole.by_status[status].total),
            }
            for status in Status.values
        },
        "generated_at": iso(now),
    }


def _floor(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _days(start: datetime, end: datetime) -> Iterable[date]:
    last = (end - timedelta(microseconds=1)).date()
    return (start.date() + timedelta(days=n) for n in range((last - start.date()).days + 1))


def _times(whole: Sums, start: datetime, end: datetime, owner_id: int | None) -> dict[str, Any]:
    """Return how long half of the payouts, and 95 of 100, took from when they were due."""
    number = sum(whole.buckets.values())
    is_exact = number <= EXACT_MAX
    if number == 0:
        found: list[float | None] = [None, None]
    elif is_exact:
        found = list(_exact(start, end, owner_id))
    else:
        found = [quantile(whole.buckets, share) for share in QUANTILES.values()]
    told = {name: _seconds(one) for name, one in zip(QUANTILES, found, strict=True)}
    return {**told, "exact": is_exact}


def _exact(start: datetime, end: datetime, owner_id: int | None) -> list[float | None]:
    facts = {
        "owner": owner_id,
        "routers": RouterType.values,
        "first": first_id_at(start - ID_SLACK),
        "last": first_id_at(end + ID_SLACK),
        "start": start,
        "end": end,
    }
    [[found]] = ask(TIMES_ALL if owner_id is None else TIMES_MINE, facts, keeps_plan=False)
    return found or [None, None]


def quantile(buckets: Counter[int], share: float) -> float:
    """Return below how many seconds this share of the counted lies, as if even within a bucket.

    Of the last bucket, which has no end, its beginning.
    """
    bounds = [0, *LATENCY_MS]
    wanted, before = share * sum(buckets.values()), 0
    for bucket in sorted(buckets):
        if buckets[bucket] and before + buckets[bucket] >= wanted:
            low = bounds[bucket]
            high = bounds[bucket + 1] if bucket + 1 < len(bounds) else low
            return (low + (high - low) * (wanted - before) / buckets[bucket]) / 1000
        before += buckets[bucket]
    return bounds[-1] / 1000


def _seconds(found: float | None) -> Decimal | None:
    return None if found is None else Decimal(f"{found:.3f}")
