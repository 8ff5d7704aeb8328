"""A batch of payments as callers see it."""

from typing import Any

from django.db.models import Count, Q

from gateway.models import Payment, PaymentBatch
from gateway.states import ENDED
from lucidpay.clock import iso
from lucidpay.errors import LucidError
from webhooks.outbox import Fact

KIND = "payment"  # beside batches of payouts
TARGET_S = 180
PROCESSING, PARTIAL, COMPLETED = "processing", "partial_failure", "completed"


def batch_body(
    batch: PaymentBatch, payments: dict[int, Payment], errors: dict[int, LucidError]
) -> dict[str, Any]:
    """Return what a request for a batch is answered: what became of each item, in their order."""
    results = [
        _made(at, payments[at]) if at in payments else _refused(at, errors[at])
        for at in range(batch.total)
    ]
    return {
        "batch_id": batch.public_id,
        "kind": KIND,
        "total_payments": batch.total,
        "successful": batch.accepted,
        "failed": batch.total - batch.accepted,
        "status": PROCESSING if batch.accepted == batch.total else PARTIAL,
        "batch_reference": batch.reference or None,
        "created_at": iso(batch.created_at),
        "estimated_completion_time": TARGET_S,
        "results": results,
    }


def _made(at: int, payment: Payment) -> dict[str, Any]:
    return {
        "index": at,
        "payment_id": payment.public_id,
        "status": payment.status,
        "reference_id": payment.reference_id,
        "deposit_address": payment.deposit.address if payment.deposit else None,
        "error": None,
    }


def _refused(at: int, error: LucidError) -> dict[str, Any]:
    return {
        "index": at,
        "payment_id": None,
        "status": None,
        "reference_id": None,
        "deposit_address": None,
        "error": {"code": error.code, "message": error.message, "details": error.details},
    }


def standing_of(batch: PaymentBatch) -> dict[str, Any]:
    """Return where a batch stands, by its payments: one statement.

    A payment that was there before counts as it did when the batch was answered: as one of those
    that were accepted. What was paid and refunded afterwards was successful.
    """
    counts = Payment.objects.filter(batch=batch).aggregate(
        made=Count("pk"),
        ended=Count("pk", filter=Q(status__in=ENDED)),
        completed=Count("pk", filter=Q(completed_at__isnull=False)),
    )
    successful = counts["completed"] + batch.accepted - counts["made"]
    refused = batch.total - batch.accepted
    status = PROCESSING
    if counts["ended"] == counts["made"]:
        status = COMPLETED if successful == batch.total else PARTIAL
    return {
        "batch_id": batch.public_id,
        "kind": KIND,
        "total_payments": batch.total,
        "successful": successful,
        "failed": counts["ended"] - counts["completed"] + refused,
        "status": status,
        "batch_reference": batch.reference or None,
        "created_at": iso(batch.created_at),
    }


def batch_fact(batch: PaymentBatch, body: dict[str, Any]) -> Fact:
    """Return what an event tells of a batch: of its items only how many they are."""
    return Fact(batch.pk, batch.owner_id, {k: v for k, v in body.items() if k != "results"})
