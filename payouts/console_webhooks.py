"""What was told of a payout to those who asked to hear of it, for its page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from access.console import short, time_text
from payouts.models import Payout
from webhooks.admin_deliveries import COLOURS
from webhooks.admin_verbs import verbs_for
from webhooks.models import Delivery
from webhooks.queries import told_about


@dataclass(frozen=True)
class Told:
    """One delivery of an event, to one webhook."""

    address: str
    where: Any
    status: str
    colour: str
    attempts: int
    last: str
    due: str
    verbs: list[tuple[Any, str]]  # what whoever looks may do: send it again


@dataclass(frozen=True)
class Announced:
    """Something that happened to a payout, and to whom it was told."""

    address: str
    type: str
    at: datetime
    deliveries: list[Told]


def told_of(request: HttpRequest, payout: Payout) -> list[Announced]:
    """Return what was announced of a payout, the newest first. Three statements."""
    return [
        Announced(
            address=reverse("admin:webhooks_event_change", args=[event.pk]),
            type=event.type,
            at=event.created_at,
            deliveries=[_told(request, one) for one in event.deliveries],  # type: ignore[attr-defined]
        )
        for event in told_about(payout.pk)
    ]


def _told(request: HttpRequest, delivery: Delivery) -> Told:
    is_pending = delivery.status == Delivery.Status.PENDING
    return Told(
        address=reverse("admin:webhooks_delivery_change", args=[delivery.pk]),
        where=short(delivery.endpoint.url, head=30, tail=8),
        status=delivery.status,
        colour=COLOURS[delivery.status],
        attempts=delivery.attempts,
        last=_last(delivery),
        due=time_text(delivery.due_at) if is_pending else "",
        verbs=verbs_for(request, delivery)["verbs"],
    )


def _last(delivery: Delivery) -> str:
    """Return how the newest attempt went."""
    attempt = delivery.last  # type: ignore[attr-defined]  # attached by who reads it
    if attempt is None:
        return ""
    return f"{attempt.status_code}" if attempt.status_code else attempt.error or attempt.outcome
