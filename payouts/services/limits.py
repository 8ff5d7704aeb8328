"""Setting limits, and stopping routers by hand."""

from datetime import datetime

from django.db import IntegrityError, transaction

from lucidpay.errors import Conflict
from payouts.models import RouterType
from payouts.models_limits import BreakerTrip, Limit

BY_MAX, REASON_MAX = 100, 200


class TrippedBefore(Conflict):
    """This router is stopped already. Reset it before it is tripped again."""


class NotTripped(Conflict):
    """No operator has stopped this router. A window with nothing left reopens by itself."""


class NoSuchRouter(Conflict):
    """There is no such router."""


def limit_set(
    *,
    kind: str,
    subject: str,
    hourly_micro: int | None,
    daily_micro: int | None,
    by: str,
    now: datetime,
    lifts_router: bool = False,
) -> Limit:
    """Let a limit hold from the next request on; ``None`` means no limit.

    Below what is used already it refuses what comes next, and takes nothing back. One that is set
    for a caller or a recipient for the first time counts from this moment on.
    """
    fields = {
        "hourly_micro": hourly_micro,
        "daily_micro": daily_micro,
        "lifts_router": lifts_router,
        "changed_by": by[:BY_MAX],
        "changed_at": now,
    }
    return Limit.objects.update_or_create(kind=kind, subject=subject, defaults=fields)[0]


def limit_breaker_trip(*, router_type: str, reason: str, by: str, now: datetime) -> BreakerTrip:
    """Refuse all new payouts of a router (empty: of all) until it is reset.

    What was asked for before is paid. Raises ``TrippedBefore`` or ``NoSuchRouter``.
    """
    if router_type and router_type not in RouterType.values:
        raise NoSuchRouter
    try:
        with transaction.atomic():
            return BreakerTrip.objects.create(
                router_type=router_type, reason=reason[:REASON_MAX], by=by[:BY_MAX], at=now
            )
    except IntegrityError as error:
        raise TrippedBefore from error


def limit_breaker_reset(*, router_type: str, reason: str, by: str, now: datetime) -> None:
    """Let a router that an operator stopped go on, or raise ``NotTripped``."""
    rows = BreakerTrip.objects.filter(router_type=router_type, reset_at=None)
    if not rows.update(reset_reason=reason[:REASON_MAX], reset_by=by[:BY_MAX], reset_at=now):
        raise NotTripped
