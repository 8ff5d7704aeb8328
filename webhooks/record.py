"""Writing down what came of attempts: the delivery, its receiver's health, and the log."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection, transaction

from lucidpay.rows import insert
from lucidpay.sql import ask
from webhooks.attempt import GONE, Answered
from webhooks.claim import Claimed
from webhooks.models import Attempt, Delivery, Endpoint, Outcome
from webhooks.models_endpoint import HEALTH, DisabledFor

log = structlog.get_logger(__name__)

JITTER = 0.1  # at most so much later than the schedule says, never earlier
RETRY_AFTER_MAX_S = 86_400
# These ask that all be left alone for a while, and not one event only.
PAUSING = (429, 503)
# Longer than any pause between two tries: a failure after it begins a new row of them.
SILENCE_S = 172_800
# One that somebody asked for again meanwhile, or whose endpoint is gone, keeps what it became. So
# one delivery may have been tried twice at once; of two answers the one that took it counts.
SETTLE = """
WITH told AS (
  SELECT * FROM unnest(%(ids)s::uuid[], %(leases)s::timestamptz[], %(statuses)s::text[],
                       %(dues)s::timestamptz[])
      AS told (id, lease, status, due_at)
), locked AS MATERIALIZED (
  SELECT delivery.id, told.status, told.due_at,
         delivery.status = 'pending'
           AND (told.status = 'delivered' OR delivery.due_at = told.lease) AS is_ours
    FROM webhooks_delivery AS delivery JOIN told USING (id)
   ORDER BY delivery.id FOR UPDATE OF delivery
), chosen AS (
  SELECT DISTINCT ON (id) *, count(*) OVER (PARTITION BY id) AS made FROM locked
   ORDER BY id, is_ours DESC, status = 'delivered' DESC
)
UPDATE webhooks_delivery AS delivery
   SET attempts = delivery.attempts + made, tries = delivery.tries + is_ours::int,
       status = CASE WHEN is_ours THEN chosen.status ELSE delivery.status END,
       due_at = CASE WHEN is_ours THEN chosen.due_at ELSE delivery.due_at END,
       ended_at = CASE WHEN is_ours AND chosen.status <> 'pending' THEN %(now)s::timestamptz
                       ELSE delivery.ended_at END
  FROM chosen WHERE chosen.id = delivery.id
RETURNING delivery.id, delivery.attempts - made
"""
COUNT = """
INSERT INTO webhooks_outcome AS outcome (kind, count)
SELECT * FROM unnest(%(kinds)s::text[], %(counts)s::bigint[]) AS told ORDER BY 1
ON CONFLICT (kind) DO UPDATE SET count = outcome.count + excluded.count
"""


@dataclass(frozen=True)
class Done:
    """A delivery that was tried, and what came of it."""

    claimed: Claimed
    at: datetime
    endpoint_changed_at: datetime  # before it was sent
    url: str
    request_headers: dict[str, str]  # as they may be shown
    answered: Answered


def attempts_record(done: Sequence[Done], *, now: datetime) -> None:
    """Write down what came of these attempts, in one transaction.

    Endpoints are locked before deliveries, as by everybody else who needs both.
    """
    with transaction.atomic():
        _note_health(done, now)
        insert(Attempt, _attempt_rows(done, _settle(done, now)))
        _count(done)


def _settle(done: Iterable[Done], now: datetime) -> dict[UUID, int]:
    """Write down how deliveries stand; return how often each was tried before.

    One that was forgotten meanwhile is left out.
    """
    ends = [(one, *_end(one, now)) for one in done]
    facts = {
        "ids": [one.claimed.id for one, _, _ in ends],
        "leases": [one.claimed.leased_until for one, _, _ in ends],
        "statuses": [status.value for _, status, _ in ends],
        "dues": [due_at for _, _, due_at in ends],
        "now": now,
    }
    return {key: int(before) for key, before in ask(SETTLE, facts, keeps_plan=False)}


def _end(one: Done, now: datetime) -> tuple[Delivery.Status, datetime]:
    """Return how a delivery stands after an attempt, and when it is tried again if it is."""
    if one.answered.is_delivered:
        return Delivery.Status.DELIVERED, now
    pauses_s = settings.WEBHOOK_RETRIES_S
    if one.answered.status_code == GONE or one.claimed.tries >= len(pauses_s):
        return Delivery.Status.EXHAUSTED, now
    jitter = random.uniform(0, JITTER)  # noqa: S311 (spreads load; no secret)
    pause_s = pauses_s[one.claimed.tries] * (1 + jitter)
    asked_s = min(one.answered.retry_after_s or 0, RETRY_AFTER_MAX_S)
    return Delivery.Status.PENDING, now + timedelta(seconds=max(pause_s, asked_s))


def _attempt_rows(done: Iterable[Done], before: dict[UUID, int]) -> list[dict[str, Any]]:
    rows, made = [], Counter(before)
    for one in done:
        if one.claimed.id in before:
            made[one.claimed.id] += 1
            rows.append(_attempt_row(one, made[one.claimed.id]))
    return rows


def _attempt_row(one: Done, number: int) -> dict[str, Any]:
    answered = one.answered
    return {
        "delivery_id": one.claimed.id,
        "number": number,
        "at": one.at,
        "took_ms": answered.took_ms,
        "outcome": answered.outcome.value,
        "url": one.url,
        "request_headers": one.request_headers,
        "status_code": answered.status_code,
        "response_headers": None if answered.status_code is None else answered.headers,
        "response_body": answered.body,
        "error": answered.error,
    }


def _count(done: Iterable[Done]) -> None:
    counts = Counter(one.answered.outcome.value for one in done)
    facts: dict[str, Any] = {"kinds": list(counts), "counts": list(counts.values())}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, facts)


def _note_health(done: Iterable[Done], now: datetime) -> None:
    by_endpoint: dict[UUID, list[Done]] = defaultdict(list)
    for one in done:
        if one.answered.outcome != Outcome.Kind.UNSIGNED:  # our own trouble
            by_endpoint[one.claimed.endpoint_id].append(one)
    failed = [key for key, of_one in by_endpoint.items() if not _any_delivered(of_one)]
    # Those that are well and were well are most, and nothing of them is written.
    ill = Endpoint.objects.filter(pk__in=list(by_endpoint), failures__gt=0).values_list("pk")
    keys = {*failed, *(key for (key,) in ill)}
    locked = Endpoint.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    for endpoint in locked:
        # What was sent before somebody changed it says nothing of how it is now: a 410 of the
        # address it had must not switch it off again.
        sent = by_endpoint[endpoint.pk]
        of_now = [one for one in sent if one.endpoint_changed_at == endpoint.updated_at]
        if of_now:
            _change_health(endpoint, of_now, now)


def _any_delivered(done: Iterable[Done]) -> bool:
    return any(one.answered.is_delivered for one in done)


def _change_health(endpoint: Endpoint, done: Sequence[Done], now: datetime) -> None:
    if _any_delivered(done):
        endpoint.failures, endpoint.failing_since, endpoint.failed_at = 0, None, None
        endpoint.paused_until = None
        endpoint.save(update_fields=HEALTH)
        return
    is_new = endpoint.failed_at is None or now - endpoint.failed_at > timedelta(seconds=SILENCE_S)
    since = now if is_new or endpoint.failing_since is None else endpoint.failing_since
    endpoint.failures, endpoint.failing_since, endpoint.failed_at = (
        endpoint.failures + len(done), since, now,
    )  # fmt: skip
    pause_s = max(map(_pause_s, done))
    endpoint.paused_until = now + timedelta(seconds=pause_s) if pause_s else None
    fields = list(HEALTH)
    why = _why_disabled(endpoint, done, now)
    if why is not None and endpoint.is_active:
        endpoint.is_active, endpoint.disabled_at, endpoint.disabled_for = False, now, why
        endpoint.told_at = None
        fields += ["is_active", "disabled_at", "disabled_for"]
        log.warning("webhook_endpoint_disabled", endpoint=endpoint.public_id, reason=why.label)
    endpoint.save(update_fields=fields)


def _pause_s(one: Done) -> int:
    asks = one.answered.status_code in PAUSING
    return min(one.answered.retry_after_s or 0, RETRY_AFTER_MAX_S) if asks else 0


def _why_disabled(endpoint: Endpoint, done: Iterable[Done], now: datetime) -> DisabledFor | None:
    if any(one.answered.status_code == GONE for one in done):
        return DisabledFor.GONE
    since = endpoint.failing_since
    too_long = timedelta(seconds=settings.WEBHOOK_DISABLE_AFTER_S)
    return DisabledFor.FAILING if since is not None and now - since >= too_long else None
