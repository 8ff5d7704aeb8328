"""Trying an endpoint out with an event that tells of nothing."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from lucidpay.ids import new_id
from lucidpay.rows import insert
from webhooks.kinds import TEST
from webhooks.models import Delivery, Endpoint, Event
from webhooks.outbox import Fact, events_of
from webhooks.queries import endpoint_locked
from webhooks.services.redeliver import refuse_inactive

MESSAGE = "Sent because somebody asked to try this webhook out. Nothing has happened."


def endpoint_try_out(*, endpoint_id: UUID, now: datetime) -> Delivery:
    """Store a test event for this endpoint alone and return its delivery, due now.

    Raises ``EndpointNotFound``, and ``EndpointInactive`` while nothing is sent to it.
    """
    with transaction.atomic():
        endpoint = endpoint_locked(endpoint_id)
        refuse_inactive(endpoint)
        event = _event(endpoint, now)
        return Delivery.objects.create(
            pk=new_id(now), endpoint=endpoint, event=event, due_at=now, created_at=now
        )


def _event(endpoint: Endpoint, now: datetime) -> Event:
    data = {"webhook_id": endpoint.public_id, "message": MESSAGE}
    [row] = events_of(TEST, [Fact(endpoint.pk, endpoint.owner_id, data)], at=now)
    insert(Event, [row])
    return Event(**row)
