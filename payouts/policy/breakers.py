"""How the breakers stand, and how much of the routers' limits is used: for people and metrics.

The limit breaker is derived: a router whose hour or day has nothing left, or that an operator has
tripped. Only that is stored.
"""

from datetime import datetime
from typing import NamedTuple

from lucidpay.clock import utc_now
from payouts.kinds import ROUTERS_HERE
from payouts.models_limits import LimitKind
from payouts.policy.used import Fact, Facts, facts_of
from tron.breaker import CLOSED, HALF_OPEN, OPEN, UNKNOWN, network_breaker_status

WORST_LAST = (CLOSED, HALF_OPEN, UNKNOWN, OPEN)


class LimitUsage(NamedTuple):
    """What has been promised in the present hour and day, in micro-USDT."""

    hourly_micro: int
    daily_micro: int


def breaker_status(now: datetime | None = None) -> str:
    """Return the worst of the limit and the network breaker: ``closed``, ``half_open``, ``open``.

    ``unknown`` while Redis is away, unless the limit breaker, which needs none, is open.
    """
    both = (limit_breaker_status(now), network_breaker_status())
    return max(both, key=WORST_LAST.index)


def limit_breaker_status(now: datetime | None = None) -> str:
    """Return ``open`` while a router takes nothing more, else ``closed``."""
    facts = _facts(ROUTERS_HERE, now)
    is_open = any(_is_open(facts[(LimitKind.ROUTER, router)]) for router in ROUTERS_HERE)
    return OPEN if is_open else CLOSED


def daily_limit_remaining(now: datetime | None = None) -> int | None:
    """Return what V0 and KYC still take today, in micro-USDT; ``None`` when one has no limit."""
    facts = _facts(ROUTERS_HERE, now)
    left = [_left(facts[(LimitKind.ROUTER, router)]) for router in ROUTERS_HERE]
    known = [micro for micro in left if micro is not None]
    return sum(known) if len(known) == len(left) else None


def limit_usage(router_type: str | None = None, now: datetime | None = None) -> LimitUsage:
    """Return what a router was asked for in this hour and day; of all, V0 and KYC together.

    With what went past its limit, by keys whose limits are lifted.
    """
    found = _facts(ROUTERS_HERE if router_type is None else (router_type,), now).values()
    hourly = sum(fact.hour_used_micro for fact in found)
    return LimitUsage(hourly, sum(fact.day_used_micro for fact in found))


def _facts(routers: tuple[str, ...], now: datetime | None) -> Facts:
    kinds = (LimitKind.ROUTER.value, LimitKind.LIFTED.value)
    return facts_of([(kind, str(one)) for kind in kinds for one in routers], now=now or utc_now())


def _left(fact: Fact) -> int | None:
    if fact.daily_micro is None:
        return None
    return max(0, fact.daily_micro - fact.day_used_micro)


def _is_open(fact: Fact) -> bool:
    pairs = (
        (fact.hourly_micro, fact.hour_used_micro),
        (fact.daily_micro, fact.day_used_micro),
    )
    return fact.is_tripped or any(most is not None and used >= most for most, used in pairs)
