"""Collected fees and their settlements, as callers and statements see them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Sum

from gateway.kinds import COLLECTED
from gateway.models import Payment
from gateway.models_after import Settlement
from gateway.policy.settling import next_at, time_of
from gateway.states import EARNING
from lucidpay.clock import iso
from lucidpay.money import UNITS_PER_TOKEN, tokens_of

# Of whoever sees only their own payments, the newest settlements are looked through for them.
LOOKED_THROUGH_MAX = 100
CHUNK = 2000
COLUMNS = (
    "settlement_id", "payment_id", "completed_at", "payment_method", "payer_address",
    "payee_address", "amount", "fee", "status",
)  # fmt: skip


def collected() -> QuerySet[Payment]:
    """Return the payments whose fees are ours and not settled."""
    return Payment.objects.filter(
        status__in=EARNING,
        completed_at__isnull=False,
        settlement=None,
        method__in=COLLECTED,
    )


def collected_micro(rows: QuerySet[Payment]) -> int:
    """Return the sum of the fees of these payments."""
    return rows.aggregate(micro=Sum("fee_micro"))["micro"] or 0


def info_body(*, owner_id: int | None, now: datetime) -> dict[str, Any]:
    """Return how collected fees are settled; of one owner's payments, or of all.

    What others have paid is nobody else's business: an owner sees the sums of their own payments.
    """
    frequency, rows = settings.SETTLEMENT_FREQUENCY, collected()
    if owner_id is not None:
        rows = rows.filter(owner_id=owner_id)
    return {
        "settlement_frequency": frequency,
        "settlement_time_utc": time_of(frequency),
        "next_settlement": iso(next_at(frequency, now)) if settings.SETTLEMENT_ADDRESS else None,
        "pending_settlement_amount": tokens_of(collected_micro(rows)),
        "last_settlement": _last(owner_id),
        "settlement_threshold": tokens_of(settings.SETTLEMENT_THRESHOLD_USDT * UNITS_PER_TOKEN),
    }


def _last(owner_id: int | None) -> dict[str, Any] | None:
    newest = Settlement.objects.order_by("-pk")
    if owner_id is None:
        last = newest.first()
        return _last_body(last, last.amount_micro) if last else None
    keys = list(newest.values_list("pk", flat=True)[:LOOKED_THROUGH_MAX])
    own = Payment.objects.filter(settlement__in=keys, owner_id=owner_id)
    sums = own.values("settlement").annotate(micro=Sum("fee_micro")).order_by("-settlement")
    found = sums.first()
    if found is None:
        return None
    return _last_body(Settlement.objects.get(pk=found["settlement"]), found["micro"])


def _last_body(settlement: Settlement, micro: int) -> dict[str, Any]:
    return {
        "amount": tokens_of(micro),
        "timestamp": iso(settlement.ended_at or settlement.created_at),
        "status": settlement.status,
    }


def settlement_body(settlement: Settlement) -> dict[str, Any]:
    """Return what events tell of a settlement; its payout is loaded with its transaction."""
    payout = settlement.payout
    tx = payout.transaction if payout else None
    return {
        "settlement_id": settlement.public_id,
        "status": settlement.status,
        "amount": tokens_of(settlement.amount_micro),
        "payments": settlement.payments,
        "recipient_address": settlement.recipient,
        "covers_from": iso(settlement.covers_from),
        "covers_until": iso(settlement.covers_until),
        "payout_id": payout.public_id if payout else None,
        "transaction_id": tx.txid if tx else None,
        "created_at": iso(settlement.created_at),
        "completed_at": iso(settlement.ended_at) if settlement.ended_at else None,
    }


def _payments_of(settlement: Settlement) -> Iterator[Payment]:
    """Yield the payments of a settlement, the oldest first.

    Chunk by chunk and without a cursor of the server's: that would need a transaction for as long as
    somebody takes to download.
    """
    payments = Payment.objects.filter(settlement=settlement).order_by("pk")
    chunk = list(payments[:CHUNK])
    while chunk:
        yield from chunk
        chunk = list(payments.filter(pk__gt=chunk[-1].pk)[:CHUNK])


def statement_rows(settlement: Settlement) -> Iterator[tuple[str, ...]]:
    """Yield the lines of a settlement's statement, the heading first and the sum last.

    No cell holds what a caller has written, so none can be a formula of theirs.
    """
    yield COLUMNS
    for one in _payments_of(settlement):
        completed = iso(one.completed_at) if one.completed_at else ""
        yield (
            settlement.public_id, one.public_id, completed, one.method, one.payer_address,
            one.payee_address, f"{tokens_of(one.amount_micro)}", f"{tokens_of(one.fee_micro)}",
            one.status,
        )  # fmt: skip
    total = f"{tokens_of(settlement.amount_micro)}"
    yield (settlement.public_id, "total", "", "", "", "", "", total, settlement.status)
