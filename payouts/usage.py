"""How much of the limits is used up, and whether a breaker is open.

Everything that reports limits asks here.
"""

from dataclasses import dataclass
from datetime import datetime

from payouts.models import RouterType
from payouts.states import Status
from payouts.tallies.read import by_router, tallied_between

# What failed or was cancelled has given its part of the limit back.
COUNTED = (Status.PENDING, Status.PROCESSING, Status.CONFIRMED)
# Those with limits of their own for the whole instance.
LIMITED = (RouterType.V0, RouterType.KYC)


@dataclass(frozen=True)
class LimitUsage:
    """What was asked for in this calendar hour and day (UTC), in micro-USDT."""

    hourly_micro: int
    daily_micro: int


def limit_usage(router_type: str | None = None, *, now: datetime) -> LimitUsage:
    """Return how much of a router's limits is used, or of the limited routers' together."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return LimitUsage(_used(router_type, hour), _used(router_type, hour.replace(hour=0)))


def _used(router_type: str | None, since: datetime) -> int:
    routers = (router_type,) if router_type else LIMITED
    sums = by_router(tallied_between(since), COUNTED)
    return sum(sums[router].total for router in routers)


def breaker_status() -> str:
    """Return the worst state of the breakers. None is built in yet, so none can be open."""
    return "closed"
