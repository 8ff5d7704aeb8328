"""Giving events their places, and handing them to those who want to hear of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from lucidpay.errors import ensure
from webhooks.hearing import Hearing, hearing_of
from webhooks.models import Endpoint, Stream
from webhooks.services.begin import deliveries_begin

# Of one transaction: events, and what they make of deliveries.
EVENTS_MAX, DELIVERIES_MAX = 1000, 20_000
WANTED = "SELECT EXISTS (SELECT FROM webhooks_place WHERE sequence IS NULL)"
# In the order in which they were stored: what happened to one payout has that order as well.
PLACE = """
WITH wanted AS MATERIALIZED (
  SELECT id, event_id, owner_id, row_number() OVER (ORDER BY id) AS nth,
         row_number() OVER (PARTITION BY owner_id ORDER BY id) AS nth_of_owner
    FROM (SELECT id, event_id, owner_id FROM webhooks_place
           WHERE sequence IS NULL ORDER BY id LIMIT %(events_max)s) AS next
), placed AS (
  UPDATE webhooks_place AS place
     SET sequence = %(last)s + wanted.nth,
         owner_sequence = CASE WHEN wanted.owner_id IS NULL THEN NULL
                               ELSE coalesce(stream.last, 0) + wanted.nth_of_owner END
    FROM wanted LEFT JOIN webhooks_stream AS stream ON stream.owner_id = wanted.owner_id
   WHERE place.id = wanted.id
  RETURNING place.id, place.event_id, place.owner_id, place.sequence, place.owner_sequence
), counted AS (
  INSERT INTO webhooks_stream (owner_id, last)
  SELECT owner_id, max(owner_sequence) FROM placed WHERE owner_id IS NOT NULL GROUP BY owner_id
   UNION ALL SELECT 0, max(sequence) FROM placed HAVING count(*) > 0
  ON CONFLICT (owner_id) DO UPDATE SET last = excluded.last
)
SELECT placed.event_id, event.type, placed.owner_id
  FROM placed JOIN webhooks_event AS event ON event.id = placed.event_id ORDER BY placed.id
"""


class Placed(NamedTuple):
    """An event that has its place now."""

    event_id: UUID
    type: str
    owner_id: int | None


@dataclass(frozen=True)
class Listener:
    """An endpoint, and what it may hear."""

    endpoint_id: UUID
    hearing: Hearing
    types: frozenset[str]

    def hears(self, event: Placed) -> bool:
        """Return whether it is told of this event."""
        return event.type in self.types and self.hearing.of(event.owner_id)


def events_place(*, now: datetime) -> int:
    """Give the next events their numbers, make their deliveries, and return how many they were.

    One at a time: whoever finds another at it returns 0, and what is left is met next time. Both
    happen in one transaction, so an event that can be read in the stream has its deliveries.
    """
    if not _any_wanted():
        return 0
    with transaction.atomic():
        everybody = Stream.objects.select_for_update(skip_locked=True)
        stream = everybody.filter(owner_id=Stream.EVERYBODY).first()
        if stream is None:
            known = Stream.objects.filter(owner_id=Stream.EVERYBODY).exists()
            ensure(known, "webhooks_stream has lost the row of everybody's stream (owner_id 0)")
            return 0
        listeners = _listeners()
        placed = _place(stream.last, DELIVERIES_MAX // max(1, len(listeners)))
        told = [(one.endpoint_id, event.event_id)
                for event in placed for one in listeners if one.hears(event)]  # fmt: skip
        deliveries_begin(told, now=now)
    return len(placed)


def _any_wanted() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WANTED)
        [[found]] = cursor.fetchall()
    return bool(found)


def _place(last: int, most: int) -> list[Placed]:
    facts = {"last": last, "events_max": max(1, min(EVENTS_MAX, most))}
    with connection.cursor() as cursor:
        cursor.execute(PLACE, facts)
        return [Placed(*row) for row in cursor.fetchall()]


def _listeners() -> list[Listener]:
    """Return the endpoints that are told of anything."""
    active = Endpoint.objects.filter(is_active=True)
    found = [
        Listener(endpoint.pk, hearing_of(endpoint), frozenset(endpoint.events))
        for endpoint in active.select_related("owner").prefetch_related("owner__groups")
    ]
    return [listener for listener in found if listener.hearing.may_hear]
