"""Figures about webhooks, each from a bounded question."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Min, QuerySet

from webhooks.models import Delivery, Endpoint, Event, Outcome, Place
from webhooks.models_endpoint import DisabledFor

COUNT_MAX = 10_000
GIVEN_UP_SINCE = timedelta(hours=24)
# One look into the index of each endpoint, however much waits there. Only what would be claimed
# (webhooks/claim.py) is late: not what its receiver or its owner's absence holds up.
OLDEST_DUE = """
SELECT min(greatest(next.due_at, endpoint.paused_until)) FROM webhooks_endpoint AS endpoint
  JOIN access_user AS owner ON owner.id = endpoint.owner_id AND owner.is_active
  CROSS JOIN LATERAL (SELECT due_at FROM webhooks_delivery AS one
                       WHERE one.endpoint_id = endpoint.id AND one.status = 'pending'
                       ORDER BY one.due_at LIMIT 1) AS next
 WHERE endpoint.is_active
"""


@dataclass(frozen=True)
class Waiting:
    """What has not been told yet."""

    pending: int  # at most COUNT_MAX
    oldest_due_s: float  # since then it should have been sent; 0 when nothing is late
    unplaced_s: float  # since when the oldest event waits for its place


def outcomes() -> dict[str, int]:
    """Return how many attempts ended in each way, since ever."""
    counted = dict(Outcome.objects.values_list("kind", "count"))
    return {kind: counted.get(kind, 0) for kind in Outcome.Kind.values}


def waiting(now: datetime) -> Waiting:
    """Return how much waits to be told, and how long."""
    pending = Delivery.objects.filter(status=Delivery.Status.PENDING).order_by()
    with connection.cursor() as cursor:
        cursor.execute(OLDEST_DUE)
        [[due_at]] = cursor.fetchall()
    first = Place.objects.filter(sequence=None).order_by("pk").values("event_id")[:1]
    since = Event.objects.filter(pk__in=first).aggregate(at=Min("created_at"))["at"]
    return Waiting(pending[:COUNT_MAX].count(), _age_s(due_at, now), _age_s(since, now))


def _age_s(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def endpoints_off() -> QuerySet[Endpoint]:
    """Return the endpoints the platform has switched off and nobody has switched on again."""
    by_us = (DisabledFor.FAILING, DisabledFor.GONE)
    return Endpoint.objects.filter(disabled_for__in=by_us, deleted_at=None)


def endpoints_failed() -> int:
    """Return how many those are."""
    return endpoints_off().count()


def given_up(now: datetime) -> QuerySet[Delivery]:
    """Return the deliveries that were given up in the last 24 hours."""
    return Delivery.objects.filter(
        status=Delivery.Status.EXHAUSTED, ended_at__gte=now - GIVEN_UP_SINCE
    )
