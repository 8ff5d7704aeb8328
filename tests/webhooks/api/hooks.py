"""Endpoints, events and deliveries as tests need them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.ids import new_id
from tests.api.client import Answer, Api, caller
from webhooks.models import Attempt, Delivery, Endpoint, Event, Place, Stream
from webhooks.outbox import Fact, record
from webhooks.services.register import endpoint_register

HOOKS = "/api/v1/payments/webhooks"
REGISTER = f"{HOOKS}/register"
URL = "http://127.0.0.1:9/hooks"
KINDS = ["payout.confirmed", "payout.failed"]


def merchant(**key_fields: Any) -> Api:
    """Return somebody who may manage webhooks and sees what is theirs."""
    return caller("merchant", **key_fields)


def wanted(**fields: Any) -> dict[str, Any]:
    """Return a body that is accepted; a field that is given as ``...`` is left out."""
    given = {"url": URL, "events": KINDS, **fields}
    return {name: value for name, value in given.items() if value is not ...}


def register(one: Api, **fields: Any) -> Answer:
    """Register an endpoint by HTTP."""
    return one.post(REGISTER, wanted(**fields))


def endpoint(owner: User | None, **fields: Any) -> Endpoint:
    """Return an endpoint of this owner."""
    assert owner is not None
    given = {"url": URL, "events": KINDS, "headers": {}, "is_active": True, "now": utc_now()}
    return endpoint_register(owner_id=owner.pk, **{**given, **fields})[0]


def happened(
    owner: User | None, kind: str = "payout.confirmed", *, at: datetime | None = None,
    data: Any = None, count: int = 1,
) -> list[Event]:  # fmt: skip
    """Record events of this owner and return them; ``place_all`` gives them their numbers."""
    assert owner is not None
    known = set(Event.objects.values_list("pk", flat=True))
    facts = [Fact(new_id(), owner.pk, data or {"n": number}) for number in range(count)]
    with transaction.atomic():
        record(kind, facts, at=at or utc_now())
    return list(Event.objects.exclude(pk__in=known).order_by("pk"))


def place_all() -> None:
    """Give all events that wait for a place theirs, in the order in which they were stored."""
    for place in Place.objects.filter(sequence=None).order_by("pk"):
        everybody, theirs = _next(Stream.EVERYBODY), None
        if place.owner_id is not None:
            theirs = _next(place.owner_id)
        Place.objects.filter(pk=place.pk).update(sequence=everybody, owner_sequence=theirs)


def _next(owner_id: int) -> int:
    stream, _ = Stream.objects.get_or_create(owner_id=owner_id)
    stream.last += 1
    stream.save()
    return stream.last


def told(owner: User | None, count: int = 1, **fields: Any) -> list[Event]:
    """Record events and give them their places."""
    events = happened(owner, count=count, **fields)
    place_all()
    return events


def delivery(hook: Endpoint, event: Event | None = None, **fields: Any) -> Delivery:
    """Return a delivery of an event, a new one unless given, to this endpoint."""
    now = utc_now()
    event = event or happened(hook.owner)[0]
    if fields.get("status", "pending") != "pending":
        fields.setdefault("ended_at", now)
    return Delivery.objects.create(
        endpoint=hook,
        event=event,
        **{"due_at": now + timedelta(hours=1), "created_at": now, **fields},
    )


def attempts(sent: Delivery, numbers: Iterable[int], **fields: Any) -> None:
    """Note attempts of a delivery with these numbers."""
    for number in numbers:
        Attempt.objects.create(
            **{
                "delivery": sent, "number": number, "at": utc_now(), "took_ms": 84,
                "outcome": "refused", "url": URL, "request_headers": {"webhook-id": "evt_1"},
                "status_code": 503, "response_headers": {"retry-after": "60"},
                "response_body": f"no {number}", "error": "HTTP 503", **fields,
            }
        )  # fmt: skip
    sent.attempts = max(numbers, default=0)
    sent.save(update_fields=["attempts"])
