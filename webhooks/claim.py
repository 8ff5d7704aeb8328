"""Choosing what is sent next: to each endpoint in turn, and no more than it has room for."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from lucidpay.sql import ask

CHUNK = 500
# One that fails is asked gently, and finds its whole room again with its first success.
FAILING_CONCURRENCY = 2
# Who has claimed has sent and said so by then, or has died.
LEASE_MARGIN_S = 60
CLAIM = """
WITH room AS MATERIALIZED (
  SELECT endpoint.id, coalesce(busy.number, 0) AS under_way,
         CASE WHEN endpoint.failures > 0 THEN %(failing_most)s::bigint
              ELSE %(most)s::bigint END - coalesce(busy.number, 0) AS free
    FROM webhooks_endpoint AS endpoint
    JOIN access_user AS owner ON owner.id = endpoint.owner_id AND owner.is_active
    LEFT JOIN unnest(%(busy)s::uuid[], %(numbers)s::bigint[]) AS busy (id, number)
      ON busy.id = endpoint.id
   WHERE endpoint.is_active
     AND (endpoint.paused_until IS NULL OR endpoint.paused_until <= %(now)s::timestamptz)
), due AS MATERIALIZED (
  SELECT next.id FROM room CROSS JOIN LATERAL (
    SELECT id, due_at FROM webhooks_delivery AS one
     WHERE one.endpoint_id = room.id AND one.status = 'pending'
       AND one.due_at <= %(now)s::timestamptz
     ORDER BY one.due_at LIMIT least(greatest(room.free, 0), %(free)s::bigint)
       FOR UPDATE SKIP LOCKED) AS next
   ORDER BY room.under_way + row_number() OVER (PARTITION BY room.id ORDER BY next.due_at),
            next.due_at LIMIT %(free)s::bigint
)
UPDATE webhooks_delivery AS delivery SET due_at = %(leased_until)s::timestamptz
  FROM due, webhooks_event AS event
 WHERE delivery.id = due.id AND event.id = delivery.event_id
RETURNING delivery.id, delivery.endpoint_id, delivery.event_id, delivery.tries,
          delivery.due_at, event.owner_id, event.body
"""


class Claimed(NamedTuple):
    """A delivery that is this process's to try, until its lease ends."""

    id: UUID
    endpoint_id: UUID
    event_id: UUID
    tries: int
    leased_until: datetime
    owner_id: int | None  # whose event it is
    body: str


def deliveries_claim(*, free: int, busy: Mapping[UUID, int], now: datetime) -> list[Claimed]:
    """Claim what is due, at most ``free``, and return it.

    Who has the least under way comes first, then what is due longest: whoever has many slow
    endpoints, and much that waits for them, takes no turn of somebody who has one. ``busy`` tells
    how many this process has under way to each endpoint. To claim is to move ``due_at`` on to the
    end of a lease, committed before the first byte leaves: two processes send different ones, and
    what a dead one has claimed is due again after it.
    """
    facts = {
        "failing_most": FAILING_CONCURRENCY,
        "most": settings.WEBHOOK_CONCURRENCY,
        "busy": list(busy),
        "numbers": list(busy.values()),
        "free": min(free, CHUNK),
        "now": now,
        "leased_until": now + timedelta(seconds=settings.WEBHOOK_TIMEOUT_S + LEASE_MARGIN_S),
    }
    return [Claimed(*row) for row in ask(CLAIM, facts, keeps_plan=False)]
