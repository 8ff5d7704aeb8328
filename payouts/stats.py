"""What `GET /api/payment/stats` tells: the last hour, day, week or month, to the micro-USDT."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from lucidpay.clock import iso
from lucidpay.money import tokens_of
from payouts.models import RouterType
from payouts.policy.breakers import breaker_status, limit_usage
from payouts.states import Status
from payouts.tallies.read import Counted, Slice, by_router, by_status, tallied_between

ALL = "all"
DAY = timedelta(days=1)
# Up to now, so that the first minutes of an hour or a month do not look empty.
PERIODS = {
    "hour": timedelta(hours=1),
    "day": DAY,
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}


@dataclass(frozen=True)
class Asked:
    """Whose payouts (``None``: everybody's), of which period and router (``all``: any)."""

    owner_id: int | None
    period: str = "day"
    router_type: str = ALL


def stats_body(asked: Asked, *, now: datetime) -> dict[str, Any]:
    """Return the statistics. Limits are the instance's: their usage is everybody's together."""
    sums = _sums(asked, now - PERIODS[asked.period])
    statuses, routers = by_status(sums), by_router(sums)
    whole = _whole(sums)
    usage = limit_usage(None if asked.router_type == ALL else asked.router_type, now=now)
    succeeded, failed = statuses[Status.CONFIRMED].count, statuses[Status.FAILED].count
    return {
        "period": asked.period,
        "router_type": asked.router_type,
        "total_payouts": whole.count,
        "successful_payouts": succeeded,
        "failed_payouts": failed,
        "total_amount_usdt": tokens_of(whole.total),
        "success_rate": percent(succeeded, succeeded + failed),
        "average_amount_usdt": _average(whole),
        "recent_payouts_24h": _whole(_sums(asked, now - DAY)).count,
        "payouts_by_router": {
            router: {
                "count": routers[router].count,
                "amount_usdt": tokens_of(routers[router].total),
            }
            for router in (RouterType.values if asked.router_type == ALL else [asked.router_type])
        },
        "circuit_breaker_status": breaker_status(now),
        "daily_limit_usage": tokens_of(usage.daily_micro),
        "hourly_limit_usage": tokens_of(usage.hourly_micro),
        "generated_at": iso(now),
    }


def _sums(asked: Asked, start: datetime) -> dict[Slice, Counted]:
    sums = tallied_between(start, owner_id=asked.owner_id)
    routers = RouterType.values if asked.router_type == ALL else [asked.router_type]
    return {part: counted for part, counted in sums.items() if part.router_type in routers}


def _whole(sums: dict[Slice, Counted]) -> Counted:
    found = by_status(sums).values()
    return Counted(sum(one.count for one in found), sum(one.total for one in found))


def percent(part: int, whole: int) -> Decimal:
    """Return percent with two decimals; 0 of nothing."""
    if whole == 0:
        return Decimal(0)
    return _rounded(Decimal(100 * part) / whole, "0.01")


def _average(counted: Counted) -> Decimal:
    """Return whole tokens with at most six decimals; 0 of nothing."""
    if counted.count == 0:
        return Decimal(0)
    micro = _rounded(Decimal(counted.total) / counted.count, "1")
    return tokens_of(int(micro))


def _rounded(number: Decimal, step: str) -> Decimal:
    return number.quantize(Decimal(step), rounding=ROUND_HALF_EVEN)
