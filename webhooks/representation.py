"""What the outside sees of endpoints, deliveries and events."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from lucidpay.api.json import written
from lucidpay.clock import iso
from lucidpay.ids import public_id
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.stream import Told

MASK = "********"


def endpoint_body(endpoint: Endpoint) -> dict[str, Any]:
    """Return an endpoint as callers see it: of its headers the names, of its secret nothing."""
    return {
        "webhook_id": endpoint.public_id,
        "url": endpoint.url,
        "events": endpoint.events,
        "headers": dict.fromkeys(endpoint.header_names, MASK),
        "active": endpoint.is_active,
        "disabled_at": _time(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_for or None,
        "failures": endpoint.failures,
        "failing_since": _time(endpoint.failing_since),
        "paused_until": _time(endpoint.paused_until),
        "previous_secret_valid_until": _time(endpoint.previous_until),
        "created_at": iso(endpoint.created_at),
        "updated_at": iso(endpoint.updated_at),
    }


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """Return a delivery; its event and its newest attempt (``attempts_attach``) are loaded."""
    is_pending = delivery.status == Delivery.Status.PENDING
    last: Attempt | None = delivery.last  # type: ignore[attr-defined]
    return {
        "delivery_id": delivery.public_id,
        "webhook_id": public_id("webhook", delivery.endpoint_id),
        "event_id": public_id("evt", delivery.event_id),
        "event_type": delivery.event.type,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "next_attempt_at": iso(delivery.due_at) if is_pending else None,
        "created_at": iso(delivery.created_at),
        "completed_at": _time(delivery.ended_at),
        "last_attempt": attempt_body(last) if last else None,
    }


def delivery_told(delivery: Delivery, attempts: Iterable[Attempt]) -> dict[str, Any]:
    """Return a delivery with its attempts, the newest first, and the very words it sends."""
    return {
        **delivery_body(delivery),
        "attempts_log": [attempt_body(attempt) for attempt in attempts],
        "request_body": delivery.event.body,
    }


def attempt_body(attempt: Attempt) -> dict[str, Any]:
    """Return one request and its answer, cut to what a person reads."""
    answered = {"headers": attempt.response_headers or {}, "body": attempt.response_body}
    return {
        "number": attempt.number,
        "at": iso(attempt.at),
        "duration_ms": attempt.took_ms,
        "outcome": attempt.outcome,
        "status_code": attempt.status_code,
        "error": attempt.error or None,
        "request": {"url": attempt.url, "headers": attempt.request_headers},
        "response": None if attempt.status_code is None else answered,
    }


def stream_body(told: Told) -> dict[str, Any]:
    """Return a stretch of a stream, each event in the very words that webhooks send."""
    return {
        "events": [_numbered(number, event) for number, event in told.events],
        "next_after": told.next_after,
        "has_more": told.has_more,
        "oldest_sequence": told.oldest,
    }


def _numbered(number: int, event: Event) -> Any:
    # The body is an object that was written when the event happened. Reading it only to write it
    # again could change a number.
    id_text = public_id("evt", event.pk)
    return written(f'{{"event_id":"{id_text}","sequence":{number},{event.body.removeprefix("{")}')


def _time(time: datetime | None) -> str | None:
    return iso(time) if time else None
