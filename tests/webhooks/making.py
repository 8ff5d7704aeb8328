"""Endpoints, events and deliveries, as their services make them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from django.db import transaction
from django.test import override_settings

from access.models import User
from lucidpay.clock import utc_now
from lucidpay.ids import new_id
from tests.webhooks.receiver import Receiver
from webhooks import outbox
from webhooks.delivery import deliveries_send
from webhooks.kinds import KINDS
from webhooks.models import Delivery, Endpoint
from webhooks.outbox import Fact
from webhooks.secrets import headers_seal, secret_make, secret_seal
from webhooks.services.place import events_place

CONFIRMED = "payout.confirmed"
DELIVERED, PENDING, EXHAUSTED = "delivered", "pending", "exhausted"


def endpoint(
    owner: User,
    url: str,
    *,
    events: tuple[str, ...] = KINDS,
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> tuple[Endpoint, str]:
    """Return an endpoint and its secret."""
    key, secret, now = new_id(), secret_make(), utc_now()
    made = Endpoint.objects.create(
        id=key,
        owner=owner,
        url=url,
        events=list(events),
        sealed_secret=secret_seal(secret, key),
        sealed_headers=headers_seal(headers or {}, key),
        header_names=list(headers or {}),
        created_at=now,
        updated_at=now,
        **fields,
    )
    return made, secret


def events(
    owner: User, number: int = 1, *, kind: str = CONFIRMED, now: datetime | None = None
) -> list[UUID]:
    """Record this many events of one owner, each of a subject of its own; return the subjects."""
    subjects = [new_id() for _ in range(number)]
    with transaction.atomic():
        facts = [Fact(one, owner.pk, {"n": n}) for n, one in enumerate(subjects)]
        outbox.record(kind, facts, at=now or utc_now())
    return subjects


def place(now: datetime | None = None) -> int:
    """Give all events their places; return how many got one."""
    placed = 0
    while found := events_place(now=now or utc_now()):
        placed += found
    return placed


def send(now: datetime | None = None) -> int:
    """Place and send what is due then; return how many attempts were made.

    For receivers it is then as well: they compare timestamps with their own clock.
    """
    at = now or utc_now()
    with time_machine.travel(at):
        place(at)
        return deliveries_send(clock=lambda: at)


def later(**parts: float) -> datetime:
    """Return a time from now."""
    return utc_now() + timedelta(**parts)


def settings(**named: Any) -> Any:
    """Change settings for a block."""
    return override_settings(**named)


def register(owner: User, receiver: Receiver, **fields: Any) -> Endpoint:
    """An endpoint whose receiver verifies with the public library."""
    made, receiver.secret = endpoint(owner, receiver.url, **fields)
    return made


def answers(status: int, **headers: str) -> Any:
    """A receiver's reply, always the same."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request, earlier: (status, named, b"no")


def only() -> Delivery:
    """Return the one delivery there is."""
    return Delivery.objects.get()
