"""Reading the tallies: exact at every moment, at a cost that does not grow with the payouts."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, QuerySet, Sum, Value
from django.db.models.functions import TruncDay

from lucidpay.sql import ask
from payouts.models import Payout
from payouts.queries import created_within
from payouts.states import Status
from payouts.tallies.models import Measure, Tallied, Tally, TallyDelta

HOUR = timedelta(hours=1)
# Sums and changes in one statement, as everywhere here. Of each owner, and of everybody, there is
# an index of the sums; the changes are those of some seconds.
_COUNT = """
SELECT coalesce(sum(count), 0) FROM (
  SELECT count FROM payouts_tally
   WHERE {summed} AND hour IS NULL
     AND measure = ANY(%(statuses)s::text[]) AND router_type = ANY(%(routers)s::text[])
  UNION ALL
  SELECT count FROM payouts_tallydelta
   WHERE {changed}
     AND measure = ANY(%(statuses)s::text[]) AND router_type = ANY(%(routers)s::text[])
) AS lines
"""
_MINE = "owner_id = %(owner)s::bigint"
COUNT_OF_OWNER = _COUNT.format(summed=_MINE, changed=_MINE)
COUNT_ALL = _COUNT.format(summed="owner_id IS NULL", changed="true")


@dataclass
class Counted:
    """How many payouts, and the sum over them: micro-USDT; of a ``Measure`` ms, sun or energy."""

    count: int = 0
    total: int = 0


@dataclass(frozen=True)
class Slice:
    """One line of the tallies: its router, its measure (a status or a ``Measure``), its bucket."""

    router_type: str
    measure: str
    bucket: int


def tallied_ever(*, owner_id: int | None = None) -> dict[Slice, Counted]:
    """Return all sums over an owner's payouts, or over everybody's."""
    sums = Tally.objects.filter(owner_id=owner_id, hour=None)
    return _added(_summed(sums), _summed(_changes(owner_id)))


def tallied_between(
    start: datetime, end: datetime | None = None, *, owner_id: int | None = None
) -> dict[Slice, Counted]:
    """Return sums over the payouts asked for from ``start`` on and before ``end``, if given.

    Whole hours are read from the sums; what lies in a part of an hour at either end is read
    from the payouts themselves, by status only.
    """
    first, last = _ceil(start), None if end is None else max(_floor(end), _ceil(start))
    within: dict[str, Any] = {"hour__gte": first} | ({} if last is None else {"hour__lt": last})
    parts = [
        _summed(Tally.objects.filter(owner_id=owner_id, **within)),
        _summed(_changes(owner_id).filter(**within)),
    ]
    edges = [(start, first if end is None else min(first, end))]
    if end is not None and last is not None and last < end:
        edges.append((last, end))
    parts += [_counted(owner_id, *edge) for edge in edges if edge[0] < edge[1]]
    return _added(*parts)


def tallied_by_day(
    start: datetime, end: datetime, *, owner_id: int | None = None
) -> dict[tuple[date, Slice], Counted]:
    """Return sums over the payouts of whole hours from ``start`` on and before ``end``, by UTC day.

    Of the day on which they were asked for. Without how long they took to be signed.
    """
    found: dict[tuple[date, Slice], Counted] = defaultdict(Counted)
    for at, part, number, total in _timed(start, end, owner_id, TruncDay("hour", tzinfo=UTC)):
        line = found[at.date(), part]
        line.count += number
        line.total += total
    return found


def tallied_by_hour(
    start: datetime, end: datetime, *, owner_id: int | None = None
) -> dict[tuple[datetime, Slice], Counted]:
    """Return sums over the payouts of whole hours from ``start`` on and before ``end``, by hour.

    Of the hour in which they were asked for. Without how long they took to be signed.
    """
    found: dict[tuple[datetime, Slice], Counted] = defaultdict(Counted)
    for at, part, number, total in _timed(start, end, owner_id, F("hour")):
        line = found[at, part]
        line.count += number
        line.total += total
    return found


def _timed(
    start: datetime, end: datetime, owner_id: int | None, at: Any
) -> Iterator[tuple[datetime, Slice, int, int]]:
    """Yield the sums by this time of theirs, in one statement; changes are not added to them."""
    within = {"hour__gte": start, "hour__lt": end}
    sums = Tally.objects.filter(owner_id=owner_id, **within)
    rows = _at(sums, at).union(_at(_changes(owner_id).filter(**within), at), all=True)
    for time, router_type, measure, bucket, number, total in rows:
        yield time, Slice(router_type, measure, bucket), int(number), int(total)


def _at(rows: QuerySet[Any], at: Any) -> QuerySet[Any, Any]:
    timed = rows.exclude(measure=Measure.DISPATCH).annotate(at=at)
    return timed.values_list("at", "router_type", "measure", "bucket").annotate(
        number=Sum("count"), sum=Sum("total")
    )


def tallied_count(
    *, owner_id: int | None, statuses: Collection[str], routers: Collection[str]
) -> int:
    """Return how many payouts of these statuses and routers an owner has, or everybody."""
    facts = {"owner": owner_id, "statuses": list(statuses), "routers": list(routers)}
    [[count]] = ask(COUNT_ALL if owner_id is None else COUNT_OF_OWNER, facts)
    return int(count)


def by_router(
    sums: dict[Slice, Counted], statuses: Collection[str] = tuple(Status)
) -> dict[str, Counted]:
    """Return what payouts of these statuses sum up to, by router."""
    found: dict[str, Counted] = defaultdict(Counted)
    for part, counted in sums.items():
        if part.measure in statuses:
            found[part.router_type].count += counted.count
            found[part.router_type].total += counted.total
    return found


def by_status(sums: dict[Slice, Counted]) -> dict[str, Counted]:
    """Return what payouts sum up to, by status; every status is there."""
    found: dict[str, Counted] = {status.value: Counted() for status in Status}
    for part, counted in sums.items():
        if part.measure in found:
            found[part.measure].count += counted.count
            found[part.measure].total += counted.total
    return found


def _floor(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _ceil(time: datetime) -> datetime:
    return time if _floor(time) == time else _floor(time) + HOUR


def _changes(owner_id: int | None) -> QuerySet[Tallied]:
    rows = TallyDelta.objects.all()
    return rows if owner_id is None else rows.filter(owner_id=owner_id)


def _summed(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.values_list("router_type", "measure", "bucket").annotate(
        number=Sum("count"), sum=Sum("total")
    )


def _counted(owner_id: int | None, start: datetime, end: datetime) -> QuerySet[Any, Any]:
    rows = created_within(Payout.objects.all(), start=start, end=end)
    rows = rows if owner_id is None else rows.filter(owner_id=owner_id)
    return (
        rows.annotate(measure=F("status"), bucket=Value(0))
        .values_list("router_type", "measure", "bucket")
        .annotate(number=Count("pk"), sum=Sum("amount_micro"))
    )


def _added(first: QuerySet[Any, Any], *others: QuerySet[Any, Any]) -> dict[Slice, Counted]:
    """Add the parts up. They are one statement: between two, a change could be folded."""
    found: dict[Slice, Counted] = defaultdict(Counted)
    for router_type, measure, bucket, number, total in first.union(*others, all=True):
        line = found[Slice(router_type, measure, bucket)]
        line.count += int(number)
        line.total += int(total)
    return found
