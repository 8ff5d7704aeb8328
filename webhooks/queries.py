"""Reading endpoints and deliveries."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from access.caller import Caller
from lucidpay.api.pagination import Page, paginate
from lucidpay.errors import NOT_FOUND, LucidError
from lucidpay.ids import parse_public_id
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.models_endpoint import SEALED

Status = Delivery.Status
# How many deliveries of each status are looked through for those of one type of event.
SEARCHED_MAX = 10_000
ATTEMPTS_MAX = 50
TOLD_MAX = 50  # events of one payout, and deliveries of them


class EndpointNotFound(LucidError):
    """No such webhook."""

    code = NOT_FOUND
    status_code = 404


class DeliveryNotFound(LucidError):
    """No such delivery."""

    code = NOT_FOUND
    status_code = 404


def endpoints_of(caller: Caller) -> QuerySet[Endpoint]:
    """Return the endpoints that exist for this caller."""
    kept = Endpoint.objects.filter(deleted_at=None)
    return kept if caller.sees_all else kept.filter(owner=caller.user_id)


def endpoint_visible_to(caller: Caller, webhook_id: str) -> Endpoint:
    """Return the endpoint, or raise ``EndpointNotFound``; also for other people's and odd ids."""
    key = parse_public_id("webhook", webhook_id)
    endpoint = endpoints_of(caller).filter(pk=key).first() if key else None
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def endpoint_locked(endpoint_id: UUID) -> Endpoint:
    """Return the endpoint with its row locked, or raise ``EndpointNotFound`` of a deleted one.

    Whoever also locks deliveries locks the endpoint first.
    """
    rows = Endpoint.objects.select_for_update(no_key=True)
    endpoint = rows.filter(pk=endpoint_id, deleted_at=None).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def endpoints_page(caller: Caller, filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of the endpoints that exist for this caller, newest first."""
    rows = endpoints_of(caller).filter(**filters)
    return paginate(
        rows, query, load=lambda keys: list(Endpoint.objects.filter(pk__in=keys).order_by("-pk"))
    )


def delivery_visible_to(caller: Caller, delivery_id: str) -> Delivery:
    """Return the delivery with its event and endpoint, or raise ``DeliveryNotFound``."""
    key = parse_public_id("delivery", delivery_id)
    rows = Delivery.objects.filter(endpoint__in=endpoints_of(caller))
    found = rows.select_related("event", "endpoint").filter(pk=key).first() if key else None
    if found is None:
        raise DeliveryNotFound
    return found


def deliveries_page(endpoint: Endpoint, filters: dict[str, Any], query: dict[str, Any]) -> Page:
    """Return one page of what was sent to an endpoint, newest first, with ``last`` of each.

    An index has those of each status in order. Types have none: of each status as many as
    ``SEARCHED_MAX`` are looked through.
    """
    rows = Delivery.objects.filter(endpoint=endpoint)
    statuses = [filters["status"]] if "status" in filters else list(Status)
    parts = [rows.filter(status=status) for status in statuses]
    kept = rows.filter(status__in=statuses)
    if "event_type" in filters:
        heads = [part.order_by("-pk").values("pk")[:SEARCHED_MAX] for part in parts]
        of_type = {"event__type": filters["event_type"]}
        parts = [part.filter(pk__in=head, **of_type)
                 for part, head in zip(parts, heads, strict=True)]  # fmt: skip
        kept = Delivery.objects.filter(pk__in=heads[0].union(*heads[1:], all=True), **of_type)
    return paginate(kept, query, load=_with_last, parts=parts)


def _with_last(keys: QuerySet) -> list[Delivery]:
    rows = Delivery.objects.select_related("event").defer("event__body")
    deliveries = list(rows.filter(pk__in=keys).order_by("-pk"))
    attempts_attach(deliveries)
    return deliveries


def attempts_attach(deliveries: list[Delivery]) -> None:
    """Give each delivery its newest attempt as ``last``, ``None`` when it has none left."""
    found = Attempt.objects.filter(delivery__in=[one.pk for one in deliveries])
    newest = found.order_by("delivery", "-number").distinct("delivery")
    by_delivery = {attempt.delivery_id: attempt for attempt in newest}
    for delivery in deliveries:
        delivery.last = by_delivery.get(delivery.pk)  # type: ignore[attr-defined]


def attempts_of(delivery: Delivery) -> list[Attempt]:
    """Return the newest attempts of a delivery, the newest first."""
    return list(Attempt.objects.filter(delivery=delivery).order_by("-number")[:ATTEMPTS_MAX])


def told_about(subject: UUID) -> list[Event]:
    """Return the newest events about a payout or the like, the newest first. Three statements.

    Each has its ``deliveries``, the newest first, with endpoint, event and ``last`` attempt; of
    all of them the newest ``TOLD_MAX``. Neither bodies nor boxes are loaded.
    """
    events = list(Event.objects.filter(subject=subject).defer("body").order_by("-pk")[:TOLD_MAX])
    boxes = [f"endpoint__{name}" for name in SEALED]
    rows = Delivery.objects.select_related("endpoint").defer(*boxes).filter(event__in=events)
    deliveries = list(rows.order_by("-pk")[:TOLD_MAX])
    attempts_attach(deliveries)
    for event in events:
        event.deliveries = [  # type: ignore[attr-defined]
            one for one in deliveries if one.event_id == event.pk
        ]
    return events
