"""Asking for many payouts at once. All of them are stored, or none.

One path for a batch over HTTP and for a chunk of a file. The number of SQL statements does not
depend on the number of payouts.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from access.caller import Caller
from lucidpay.money import UNITS_PER_TOKEN
from payouts.models import BatchType, Payout, Priority
from payouts.models_batch import Batch, BatchEvent
from payouts.policy.known import Known, known_of
from payouts.policy.limits import store_within_limits
from payouts.policy.refusals import batch_exceeded
from payouts.policy.router import InvalidRouter, router_for
from payouts.releases import due_at
from payouts.services.draft import Order, details_of, drafts_of
from payouts.services.request import ReferenceTaken, funds_verdict
from payouts.standing import Standing, fact_of
from payouts.story import begin_many
from webhooks import outbox

CREATED = "batch.created"
# What a batch says for all of its payouts.
SHARED: tuple[str, ...] = ("router_type", "priority", "batch_type")


@dataclass(frozen=True)
class RequestedBatch:
    """A batch with its payouts in order, and whether an earlier request had made it."""

    batch: Batch
    payouts: list[Payout]
    repeated: bool = False


def batch_request(
    *,
    caller: Caller,
    order: Order,
    body_hash: str,
    request_id: str,
    now: datetime,
    has_key: bool,
) -> RequestedBatch:
    """Store a batch of pending payouts, each with its event and its announcement.

    ``order`` is a validated body (``BatchCreateIn``). Without an Idempotency-Key (``has_key``)
    its references act as one: the same body again is the same batch. Raises ``ReferenceTaken``
    and what ``payouts_store`` raises; nothing is stored then.
    """
    orders = orders_of(order)
    earlier = earlier_of(caller, orders)
    if earlier:
        return repeat_of(caller, orders, earlier, body_hash, has_key=has_key)
    batch = _batch(caller, order, orders, now)
    batch.body_hash, batch.request_id = body_hash, request_id
    refuse_too_much(batch.total_amount_micro, settings.BATCH_AMOUNT_MAX_USDT)
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            payouts = payouts_store(caller, batch, orders, now=now)
            announce(batch, by=f"user {caller.user_id}", now=now)
    except IntegrityError:
        # Another request with one of these references was faster by a moment.
        earlier = earlier_of(caller, orders)
        if not earlier:
            raise
        return repeat_of(caller, orders, earlier, body_hash, has_key=has_key)
    return RequestedBatch(batch, payouts)


def orders_of(order: Order) -> list[Order]:
    """Return each payout's order, with what the batch says for all of them."""
    shared: Order = {name: order[name] for name in SHARED if name in order}
    return [{**item, **shared} for item in order["payouts"]]


def payouts_store(
    caller: Caller,
    batch: Batch,
    orders: list[Order],
    *,
    first_row: int = 0,
    funds: str | None = None,
    hits: dict[str, str] | None = None,
    now: datetime,
) -> list[Payout]:
    """Store the payouts of these orders as rows ``first_row …`` of a batch, and return them.

    Everything that asks for many at once comes through here, so what is decided about a payout
    before it is stored is decided here for the whole list. ``funds`` says why the wallets' money
    is not looked at, if it is not; ``hits`` why people must look at all of them, if they must.
    Raises ``InvalidRouter``, ``BreakerOpen``, ``LimitExceeded`` or ``InsufficientBalance``.
    """
    known = known_of(caller, orders, [], exact=True, now=now)
    _refuse_unqualified(orders, known, first_row)
    drafts = drafts_of(caller, orders, known, due=batch.due_at, now=now)
    for row, payout in enumerate(drafts.payouts, start=first_row):
        payout.batch, payout.batch_row = batch, row
        payout.body_hash, payout.request_id = batch.body_hash, batch.request_id
    details = details_of(drafts, known, funds=funds, hits=hits)
    for one in details.values():
        one["batch"] = batch.public_id
    by = f"user {caller.user_id}"
    store_within_limits(drafts.claim, lambda: begin_many(drafts.payouts, by=by, details=details))
    return drafts.payouts


def _refuse_unqualified(orders: list[Order], known: Known, first_row: int) -> None:
    """Raise ``InvalidRouter`` naming all orders that do not qualify for the router they name."""
    wrong = {}
    for row, order in enumerate(orders, start=first_row):
        try:
            router_for(
                order.get("router_type"), has_kyc=order["recipient_address"] in known.with_kyc
            )
        except InvalidRouter as error:
            # The router is said for all; what does not qualify for it is this recipient.
            wrong[f"payouts[{row}].recipient_address"] = error.details["router_type"]
    if wrong:
        raise InvalidRouter(wrong)


def announce(batch: Batch, *, by: str, now: datetime) -> None:
    """Write that a batch was asked for, into its story and the outbox."""
    BatchEvent.objects.create(
        batch=batch, kind=BatchEvent.Kind.CREATED, by=by, request_id=batch.request_id, at=now
    )
    outbox.record(CREATED, [fact_of(Standing(batch), now=now)], at=now)


def refuse_too_much(total_micro: int, limit_usdt: int) -> None:
    """Raise ``LimitExceeded`` when all payouts together are more than the limit (USDT)."""
    if total_micro > limit_usdt * UNITS_PER_TOKEN:
        raise batch_exceeded(total_micro=total_micro, limit_micro=limit_usdt * UNITS_PER_TOKEN)


def earlier_of(caller: Caller, orders: list[Order]) -> list[Payout]:
    """Return the caller's payouts that have one of these references already."""
    references = [one["reference_id"] for one in orders if one.get("reference_id") is not None]
    if not references:
        return []
    mine = Payout.objects.filter(owner_id=caller.user_id, reference_id__in=references)
    return list(mine.select_related("batch").order_by("pk"))


def repeat_of(
    caller: Caller, orders: list[Order], earlier: list[Payout], body_hash: str, *, has_key: bool
) -> RequestedBatch:
    """Return the batch that the same body has made, or raise ``ReferenceTaken``."""
    batch = earlier[0].batch
    if batch is None or has_key or batch.body_hash != body_hash or batch.file_key is not None:
        raise ReferenceTaken(_taken(orders, earlier))
    return RequestedBatch(batch, list(batch.payout_set.order_by("batch_row")), repeated=True)


def _taken(orders: list[Order], earlier: list[Payout]) -> dict[str, Any]:
    places = {one.get("reference_id"): row for row, one in enumerate(orders)}
    return {
        f"payouts[{places[one.reference_id]}].reference_id": [
            f"Belongs to {one.public_id}, which is {one.status}."
        ]
        for one in earlier
    }


def funds_verdicts(payouts: list[Payout], batch_type: str, now: datetime) -> dict[UUID, str]:
    """Return for each wallet how the check of funds came out, or raise when all are too much."""
    asked: dict[UUID, int] = defaultdict(int)
    for payout in payouts:
        asked[payout.wallet_id] += payout.amount_micro
    wallets = {payout.wallet_id: payout.wallet for payout in payouts}
    return {
        pk: funds_verdict(wallets[pk], amount_micro, batch_type=batch_type, now=now)
        for pk, amount_micro in asked.items()
    }


def _batch(caller: Caller, order: Order, orders: list[Order], now: datetime) -> Batch:
    batch_type = order.get("batch_type", BatchType.HOURLY)
    return Batch(
        owner_id=caller.user_id,
        router_type=order.get("router_type", ""),
        priority=Priority[order.get("priority", "NORMAL")],
        batch_type=batch_type,
        total_payouts=len(orders),
        total_amount_micro=sum(one["amount_usdt"] for one in orders),
        rows_stored=len(orders),
        due_at=due_at(batch_type, now),
        filled_at=now,
        created_at=now,
    )
