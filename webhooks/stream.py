"""The streams of events: everybody's, and one of each owner. Numbers are gapless from 1."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F, QuerySet

from access.caller import Caller
from lucidpay.errors import Conflict
from webhooks.models import Event, Place, Stream

# Events are told in the order of their commits, which may differ from that of their times by as
# much as a transaction lasts.
DISORDER = timedelta(minutes=1)
NEAR = 50_000  # events of a busy minute
FORGOTTEN = datetime.min.replace(tzinfo=UTC)  # meanwhile, as the oldest


class BeyondTheStream(Conflict):
    """No event has had so high a sequence yet. Read on from details.last_sequence, or from 0."""


@dataclass(frozen=True)
class Told:
    """A stretch of a stream: (number, event), and the first one kept if others were forgotten."""

    events: list[tuple[int, Event]]
    has_more: bool
    oldest: int | None
    next_after: int


def events_after(caller: Caller, *, after: int, limit: int) -> Told:
    """Return the events after a number, oldest first: everybody's, or the caller's own.

    Both streams are gapless. Raises ``BeyondTheStream`` for a number that none has had.
    """
    owner_id = None if caller.sees_all else caller.user_id
    # First: what is told between the two statements must not look forgotten.
    last = stream_last(owner_id)
    if after > last:
        raise BeyondTheStream({"last_sequence": last})
    rows = _numbered(owner_id).filter(number__gt=after).order_by("number").select_related("event")
    found = [(place.number, place.event) for place in rows[:limit]]
    first, end = (found[0][0], found[-1][0]) if found else (last + 1, last)
    return Told(
        events=found,
        has_more=end < last,
        oldest=first if first > after + 1 else None,
        next_after=end,
    )


def stream_last(owner_id: int | None) -> int:
    """Return the last number of a stream: of everybody's (``None``) or of one owner's."""
    key = Stream.EVERYBODY if owner_id is None else owner_id
    return Stream.objects.filter(pk=key).values_list("last", flat=True).first() or 0


def numbers_between(owner_id: int | None, after: int, until: int) -> QuerySet:
    """Return a stream's places after a number up to another, in order, each with its ``number``."""
    return _numbered(owner_id).filter(number__gt=after, number__lte=until).order_by("number")


def number_before(owner_id: int | None, since: datetime) -> int:
    """Return a number that all events of this time and later stand behind, close to them.

    Times have no index, but hardly any two of them stand in another order than their numbers:
    a few rows are looked at.
    """
    rows, last = _numbered(owner_id), stream_last(owner_id)
    first = rows.order_by("number").values_list("number", flat=True).first()
    if first is None:
        return last

    def at(number: int) -> datetime:
        times = rows.filter(number=number).values_list("event__created_at", flat=True)
        return times.first() or FORGOTTEN

    return first - 1 + bisect_left(range(first, last + 1), since - DISORDER, key=at)


def place_of(event: Event) -> Place | None:
    """Return where an event stands, if that is found near those of its time.

    Places have no index by event: every payout would pay for it.
    """
    begin = number_before(None, event.created_at)
    near = numbers_between(None, begin, begin + NEAR)
    place: Place | None = near.filter(event=event.pk).first()
    return place


def _numbered(owner_id: int | None) -> QuerySet:
    # The condition of both indexes.
    placed = Place.objects.filter(sequence__isnull=False)
    if owner_id is None:
        return placed.annotate(number=F("sequence"))
    return placed.filter(owner_id=owner_id).annotate(number=F("owner_sequence"))
