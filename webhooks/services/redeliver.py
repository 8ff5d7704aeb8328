"""Sending again what was sent, given up, or missed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from lucidpay.errors import Conflict, ValidationFailed
from webhooks.hearing import hearing_of
from webhooks.models import Delivery, Endpoint
from webhooks.queries import endpoint_locked
from webhooks.services.begin import deliveries_begin
from webhooks.stream import number_before, numbers_between, stream_last

Status = Delivery.Status
REDELIVERED_MAX = 10_000
# Of a stream, in one call, for what was missed.
LOOKED_THROUGH_MAX = 50_000
ASKED_MAX = 5_000  # of one statement
AGAIN: dict[str, Any] = {"status": Status.PENDING, "tries": 0, "ended_at": None}


class EndpointInactive(Conflict):
    """Nothing is sent to this webhook while it is not active. Activate it first."""


class NotRedeliverable(Conflict):
    """This delivery was cancelled with its webhook; it is not sent again."""


class TooLongAgo(ValidationFailed):
    """Deliveries of then are forgotten: nobody knows what was missed. Give a later time."""


@dataclass(frozen=True)
class Redelivered:
    """How many are due again; with ``has_more``, ``after`` is where the next call goes on."""

    count: int
    has_more: bool
    after: int | None


def refuse_inactive(endpoint: Endpoint) -> None:
    """Raise ``EndpointInactive`` for one that nothing is sent to."""
    if not endpoint.is_active:
        raise EndpointInactive({"disabled_reason": endpoint.disabled_for})


def delivery_redeliver(*, delivery_id: UUID, now: datetime) -> Delivery:
    """Let a delivery be due now with all its tries before it; same event, same ``webhook-id``.

    One that a sender has at this moment may be sent twice, as any delivery may. Raises
    ``EndpointNotFound`` of a deleted one, ``EndpointInactive`` and ``NotRedeliverable``.
    """
    endpoint_id = Delivery.objects.values_list("endpoint", flat=True).get(pk=delivery_id)
    with transaction.atomic():
        refuse_inactive(endpoint_locked(endpoint_id))
        rows = Delivery.objects.select_for_update(of=("self",)).select_related("event")
        delivery = rows.get(pk=delivery_id)
        if delivery.status == Status.CANCELLED:
            raise NotRedeliverable({"status": delivery.status})
        for name, value in (changes := {**AGAIN, "due_at": now}).items():
            setattr(delivery, name, value)
        delivery.save(update_fields=list(changes))
    return delivery


def endpoint_redeliver(
    *, endpoint_id: UUID, since: datetime, after: int = 0, now: datetime
) -> Redelivered:
    """Let all that was given up since then be due again, and then what was missed.

    Missed is what the endpoint is subscribed to, happened since then and since it was registered,
    and never was on its way to it. A call does ``REDELIVERED_MAX`` of them at most, and looks
    through ``LOOKED_THROUGH_MAX`` events; the next one goes on ``after`` the last of them.
    Raises ``EndpointNotFound``, ``EndpointInactive``, and ``TooLongAgo``.
    """
    with transaction.atomic():
        endpoint = endpoint_locked(endpoint_id)
        refuse_inactive(endpoint)
        _refuse_forgotten(since, now)
        given_up = _given_up_again(endpoint, since, now)
        if given_up == REDELIVERED_MAX:
            return Redelivered(given_up, has_more=True, after=after)
        return _with_missed(endpoint, max(since, endpoint.created_at), after, given_up, now)


def _refuse_forgotten(since: datetime, now: datetime) -> None:
    # What was delivered and forgotten would look missed, and all of it be sent once more.
    days = min(settings.RETENTION_DELIVERIES_DAYS, settings.RETENTION_EVENTS_DAYS)
    if since < now - timedelta(days=days):
        why = f"Deliveries are kept for {days} days; webhooks/events tells what happened before."
        raise TooLongAgo({"since": [why]})


def _given_up_again(endpoint: Endpoint, since: datetime, now: datetime) -> int:
    rows = Delivery.objects.filter(endpoint=endpoint, status=Status.EXHAUSTED, ended_at__gte=since)
    oldest = rows.order_by("ended_at").values("pk")[:REDELIVERED_MAX]
    return Delivery.objects.filter(pk__in=oldest).update(**AGAIN, due_at=now)


def _with_missed(
    endpoint: Endpoint, since: datetime, after: int, given_up: int, now: datetime
) -> Redelivered:
    owner_id = None if hearing_of(endpoint).sees_all else endpoint.owner_id
    begin = max(after, number_before(owner_id, since))
    end = begin + LOOKED_THROUGH_MAX
    most = REDELIVERED_MAX - given_up
    missed = _missed(endpoint, numbers_between(owner_id, begin, end), since, most + 1)
    wanted = [(endpoint.pk, event_id) for _, event_id in missed[:most]]
    made = deliveries_begin(wanted, now=now, passes_known=True)
    if len(missed) > most:
        return Redelivered(given_up + made, has_more=True, after=missed[most - 1][0])
    has_more = end < stream_last(owner_id)
    return Redelivered(given_up + made, has_more=has_more, after=end if has_more else None)


def _missed(
    endpoint: Endpoint, places: QuerySet, since: datetime, most: int
) -> list[tuple[int, UUID]]:
    """Return (number, event) of those it should have heard of and was never sent."""
    wanted = places.filter(event__type__in=endpoint.events, event__created_at__gte=since)
    numbered = list(wanted.values_list("number", "event_id"))
    missed: list[tuple[int, UUID]] = []
    # Not one statement with a join: the planner would choose its way by how many deliveries the
    # endpoint had when they were counted last, and after a first call that is far off.
    for begin in range(0, len(numbered), ASKED_MAX):
        part = numbered[begin : begin + ASKED_MAX]
        sent = _sent(endpoint, [event_id for _, event_id in part])
        missed += [(number, event_id) for number, event_id in part if event_id not in sent]
        if len(missed) >= most:
            break
    return missed[:most]


def _sent(endpoint: Endpoint, events: list[UUID]) -> set[UUID]:
    rows = Delivery.objects.filter(endpoint=endpoint, event__in=events)
    return set(rows.values_list("event_id", flat=True))
