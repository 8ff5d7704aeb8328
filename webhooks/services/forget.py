"""Forgetting what was told long ago. Each call takes one bounded step."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

CHUNK = 5000
# One that is pending has not been told yet: it stays as long as its event does.
DELIVERIES = """
WITH old AS MATERIALIZED (
  SELECT id FROM webhooks_delivery WHERE ended_at < %(before)s
   ORDER BY ended_at LIMIT %(chunk)s FOR UPDATE SKIP LOCKED
), attempts AS (
  DELETE FROM webhooks_attempt WHERE delivery_id IN (SELECT id FROM old)
)
DELETE FROM webhooks_delivery WHERE id IN (SELECT id FROM old)
"""
# More than its deletion cancels itself, and what was made meanwhile by somebody who had still
# seen it.
ORPHANS = """
UPDATE webhooks_delivery SET status = 'cancelled', ended_at = %(before)s WHERE id IN (
  SELECT delivery.id FROM webhooks_endpoint AS endpoint
    JOIN webhooks_delivery AS delivery ON delivery.endpoint_id = endpoint.id
   WHERE endpoint.deleted_at IS NOT NULL AND delivery.status = 'pending' LIMIT %(chunk)s
     FOR UPDATE OF delivery SKIP LOCKED)
"""
# In the order of their numbers, so that a stream only ever loses its beginning. What has no
# number yet was told to nobody, and stays.
EVENTS = """
WITH oldest AS (
  SELECT place.id, place.event_id, event.created_at
    FROM webhooks_place AS place JOIN webhooks_event AS event ON event.id = place.event_id
   WHERE place.sequence IS NOT NULL ORDER BY place.sequence LIMIT %(chunk)s
), old AS MATERIALIZED (SELECT * FROM oldest WHERE created_at < %(before)s
), noted AS (
  UPDATE webhooks_stream SET forgotten_until = greatest(forgotten_until, newest.at)
    FROM (SELECT max(created_at) AS at FROM old) AS newest
   WHERE owner_id = 0 AND newest.at IS NOT NULL
), deliveries AS (
  DELETE FROM webhooks_delivery WHERE event_id IN (SELECT event_id FROM old) RETURNING id
), attempts AS (
  DELETE FROM webhooks_attempt WHERE delivery_id IN (SELECT id FROM deliveries)
), places AS (DELETE FROM webhooks_place WHERE id IN (SELECT id FROM old))
DELETE FROM webhooks_event WHERE id IN (SELECT event_id FROM old)
"""

# Tests stand in no stream. Each goes when nothing tells of it any more.
TESTS = """
DELETE FROM webhooks_event WHERE id IN (
  SELECT id FROM webhooks_event AS event
   WHERE type = 'webhook.test' AND created_at < %(before)s
     AND NOT EXISTS (SELECT FROM webhooks_delivery WHERE event_id = event.id)
   ORDER BY id LIMIT %(chunk)s)
"""


def deliveries_forget(*, now: datetime) -> int:
    """Forget the oldest deliveries that have ended, with their attempts; return how many rows.

    Also the events of tests that were told with them.
    """
    before = now - timedelta(days=settings.RETENTION_DELIVERIES_DAYS)
    return _forget(DELIVERIES, before) + _forget(TESTS, before)


def orphans_cancel(*, now: datetime) -> int:
    """Cancel what waits for endpoints that were deleted; return how many."""
    return _forget(ORPHANS, now)


def events_forget(*, now: datetime) -> int:
    """Forget the oldest events, with their places and deliveries; return how many."""
    return _forget(EVENTS, now - timedelta(days=settings.RETENTION_EVENTS_DAYS))


def _forget(statement: str, before: datetime) -> int:
    facts: dict[str, Any] = {"chunk": CHUNK, "before": before}
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return int(cursor.rowcount)
