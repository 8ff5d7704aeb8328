"""Lists of payouts: every filter costs the same, whether ten rows pass it or ten million do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import QuerySet

from access.caller import Caller
from lucidpay.api.pagination import Page, paginate
from payouts.lookup import payouts_of
from payouts.models import Payout, RouterType
from payouts.queries import EARLIEST, LATEST, created_within, visible_to
from payouts.states import Status
from payouts.tallies.read import tallied_between, tallied_count

MOMENT = timedelta(microseconds=1)
DATES = {"start_date", "end_date"}
# Filters that the tallies know; beside any other they know nothing.
TALLIED = DATES | {"status", "router_type"}
# What few rows have: an index finds them all, and there is nothing to walk over.
SELECTIVE = {"reference_id", "recipient_address"}


def payouts_page(caller: Caller, filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of the payouts that exist for this caller, newest first.

    ``filters`` are validated (``PayoutListQuery``), ``query`` has the place in the list.
    """
    plain = {name: value for name, value in filters.items() if name not in DATES}
    start, end = filters.get("start_date"), _after(filters.get("end_date"))
    rows = created_within(visible_to(caller).filter(**plain), start=start, end=end)
    if not caller.sees_all and "status" in plain:
        # Says nothing; but with it the index by owner, router and status is found for a count.
        rows = rows.filter(router_type__in=RouterType.values)
    parts = _parts(caller, rows, plain)
    known, estimate = _known(caller, filters), _estimate(caller, filters)
    return paginate(rows, query, load=payouts_of, parts=parts, known=known, estimate=estimate)


def _after(until: datetime | None) -> datetime | None:
    """Return the moment after an inclusive end; ``None`` when every payout lies before it."""
    return None if until is None or until >= LATEST else until + MOMENT


def _parts(caller: Caller, rows: QuerySet[Payout], plain: dict[str, Any]) -> list[QuerySet[Payout]]:
    """Return the lists of which an index has each in order; none if it has all together.

    Without this a rare status of a busy owner is looked for in all that the owner ever asked for.
    """
    by_status, by_router = "status" in plain, "router_type" in plain
    if plain.keys() & SELECTIVE or by_status == by_router:
        return []
    if by_router:
        return [rows.filter(status=status) for status in Status]
    return [] if caller.sees_all else [rows.filter(router_type=router) for router in RouterType]


def _known(caller: Caller, filters: dict[str, Any]) -> Callable[[], int] | None:
    """Return what tells how many payouts pass these filters, where the sums since ever do."""
    if not filters.keys() <= TALLIED - DATES:
        return None
    return partial(
        tallied_count,
        owner_id=None if caller.sees_all else caller.user_id,
        statuses=[filters["status"]] if "status" in filters else Status.values,
        routers=[filters["router_type"]] if "router_type" in filters else RouterType.values,
    )


def _estimate(caller: Caller, filters: dict[str, Any]) -> Callable[[], int] | None:
    is_tallied = filters.keys() <= TALLIED and filters.keys() & DATES
    return partial(_tallied_between, caller, filters) if is_tallied else None


def _tallied_between(caller: Caller, filters: dict[str, Any]) -> int:
    """Return how many payouts pass these filters, dates among them."""
    owner_id = None if caller.sees_all else caller.user_id
    start, end = filters.get("start_date") or EARLIEST, _after(filters.get("end_date"))
    statuses = [filters["status"]] if "status" in filters else Status.values
    return sum(
        counted.count
        for part, counted in tallied_between(start, end, owner_id=owner_id).items()
        if part.measure in statuses
        and part.router_type == filters.get("router_type", part.router_type)
    )
