"""Payments that are asked for together: a bad one does not stop the others."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from access.caller import Caller
from access.idempotency import Answer, hash_of, run_once
from gateway.batches import batch_body, batch_fact, standing_of
from gateway.errors import PaymentReferenceTaken
from gateway.kinds import Method
from gateway.models import Payment, PaymentBatch
from gateway.models_fees import Rate
from gateway.policy.fees import schedule_now
from gateway.policy.limits import room_for
from gateway.rates.source import NoRate
from gateway.services.create import TAKEN, payment_store, payments_store
from gateway.services.draft import (
    Order,
    Terms,
    draft_of,
    own_addresses,
    rate_asked,
    refuse_own,
    terms_of,
)
from gateway.services.place import places_find
from gateway.states import ENDED
from lucidpay.errors import Conflict, LucidError
from lucidpay.ids import new_id
from lucidpay.sql import constraint_of, undone_alone
from webhooks import outbox

ENDPOINT = "payments.batch"
CHUNK = 50
# Another request with one of the references was faster: that payment is known the next time.
TRIES = 3


class ReferenceRace(Conflict):
    """Other requests ask for payments with the same references just now. Repeat it in a moment."""


@dataclass(frozen=True)
class BatchAsked:
    """One request for payments: of each its validated order, or the error that refuses it."""

    caller: Caller
    items: list[Order | LucidError]
    reference: str
    body_hash: str
    request_id: str
    now: datetime
    key: str | None


@dataclass
class _Sorted:
    """What becomes of each item: a new payment, one that was there, or an error; by place."""

    fresh: dict[int, Payment] = field(default_factory=dict)
    known: dict[int, Payment] = field(default_factory=dict)
    errors: dict[int, LucidError] = field(default_factory=dict)


def payments_create(asked: BatchAsked) -> Answer:
    """Store a batch with those of its payments that nothing speaks against; return the answer.

    Each item is told its payment or its error. Raises ``DepositsNotReady``, ``KeyInUse``,
    ``KeyReused``, ``LimitExceeded`` when other requests took what was left meanwhile, or
    ``ReferenceRace``; nothing is stored then.
    """
    orders = [one for one in asked.items if isinstance(one, dict)]
    rate = rate_asked(orders, now=asked.now)  # before the transaction: of a node
    for _ in range(TRIES):
        try:
            return run_once(
                user_id=asked.caller.user_id,
                endpoint=ENDPOINT,
                key=asked.key,
                body_hash=asked.body_hash,
                run=lambda: _create(asked, rate),
            )
        except IntegrityError as error:
            if constraint_of(error) != TAKEN:
                raise
    raise ReferenceRace


def _create(asked: BatchAsked, rate: Rate | NoRate | None) -> Answer:
    found = _sorted(asked, terms_of(schedule_now(now=asked.now), rate, now=asked.now))
    _refuse_above_limits(found, asked.now)
    routes = {at: one for at, one in found.fresh.items() if one.method == Method.ROUTE}
    plain = [one for at, one in found.fresh.items() if at not in routes]
    batch = PaymentBatch(
        id=new_id(asked.now), owner_id=asked.caller.user_id, reference=asked.reference,
        total=len(asked.items), accepted=0, request_id=asked.request_id, created_at=asked.now,
    )  # fmt: skip
    batch.save(force_insert=True)
    for at, payment in found.fresh.items():
        payment.batch, payment.batch_row = batch, at
    places_find(plain, now=asked.now)
    for at, payment in routes.items():
        _store_alone(asked.caller, at, payment, found, asked.now)
    _store(plain, asked)
    batch.accepted = len(found.fresh) + len(found.known)
    batch.save(update_fields=["accepted"])
    body = batch_body(batch, found.fresh | found.known, found.errors)
    outbox.record("batch.created", [batch_fact(batch, body)], at=asked.now)
    return Answer(201, body)


def _sorted(asked: BatchAsked, terms: Terms) -> _Sorted:
    found = _Sorted()
    orders = [one for one in asked.items if isinstance(one, dict)]
    own, earlier = own_addresses(orders), _earlier(asked.caller, orders)
    for at, item in enumerate(asked.items):
        if isinstance(item, LucidError):
            found.errors[at] = item
            continue
        try:
            refuse_own(item, own)
            payment = draft_of(
                asked.caller, item, terms, body_hash=hash_of(item), request_id=asked.request_id
            )
            known = earlier.get(payment.reference_id or "")
            if known is None:
                found.fresh[at] = payment
                earlier |= {payment.reference_id: payment} if payment.reference_id else {}
            elif known.body_hash == payment.body_hash and known.pk != payment.pk:
                found.known[at] = known
            else:
                raise PaymentReferenceTaken({"payment_id": known.public_id})
        except LucidError as error:
            found.errors[at] = error
    return found


def _earlier(caller: Caller, orders: list[Order]) -> dict[str, Payment]:
    references = [one["reference_id"] for one in orders if one.get("reference_id")]
    rows = Payment.objects.select_related("deposit", "fee_schedule").filter(
        owner_id=caller.user_id, reference_id__in=references
    )
    return {str(one.reference_id): one for one in rows}


def _refuse_above_limits(found: _Sorted, now: datetime) -> None:
    places = sorted(found.fresh)
    amounts = [found.fresh[at].amount_micro for at in places]
    for at, refusal in zip(places, room_for(amounts, now=now), strict=True):
        if refusal is not None:
            del found.fresh[at]
            found.errors[at] = refusal


def _store_alone(caller: Caller, at: int, payment: Payment, found: _Sorted, now: datetime) -> None:
    """Store a payment by route, which may be refused as any payout is."""
    try:
        with undone_alone():
            payment_store(caller, payment, now=now)
    except LucidError as error:
        del found.fresh[at]
        found.errors[at] = error


def _store(payments: list[Payment], asked: BatchAsked) -> None:
    """Store the others, in a few statements however many they are."""
    if not payments:
        return
    payments_store(payments, by=f"user {asked.caller.user_id}", now=asked.now)


def payment_batches_complete(*, now: datetime) -> int:
    """Announce batches whose payments have all ended; return how many were."""
    done = 0
    rows = PaymentBatch.objects.filter(completed_at=None).order_by("pk")
    open_ones = Payment.objects.exclude(status__in=ENDED).filter(batch__isnull=False)
    due = rows.exclude(pk__in=open_ones.values("batch"))
    for key in list(due.values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            batch = PaymentBatch.objects.select_for_update().get(pk=key)
            if batch.completed_at is None and not open_ones.filter(batch=batch).exists():
                batch.completed_at = now
                batch.save(update_fields=["completed_at"])
                body: dict[str, Any] = standing_of(batch)
                outbox.record("batch.completed", [batch_fact(batch, body)], at=now)
                done += 1
    return done
