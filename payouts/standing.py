"""Where batches stand: derived from their payouts, in one statement for any number of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Sum

from lucidpay.clock import iso
from lucidpay.money import tokens_of
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.representation import PROCESSING_TARGET, estimate
from payouts.states import FINAL, Status
from webhooks.outbox import Fact

KIND = "payout"  # beside batches of payments
SCHEDULED, PROCESSING, PARTIAL = "scheduled", "processing", "partial"
COMPLETED, FAILED, CANCELLED = "completed", "failed", "cancelled"
STATUSES = (SCHEDULED, PROCESSING, COMPLETED, FAILED, CANCELLED, PARTIAL)
# All payouts ended the same way, and the batch with them.
ENDS = {Status.CONFIRMED: COMPLETED, Status.FAILED: FAILED, Status.CANCELLED: CANCELLED}


@dataclass
class Standing:
    """How many payouts of a batch are where."""

    batch: Batch
    counts: dict[Status, int] = field(default_factory=dict)
    micro: dict[Status, int] = field(default_factory=dict)  # what those pay in all
    ended_at: datetime | None = None

    def count(self, status: Status) -> int:
        """Return how many are there; rows of a file that will never be read count as cancelled."""
        found = self.counts.get(status, 0)
        never_read = self.batch.cancelled_at is not None and status == Status.CANCELLED
        return found + (self._missing() if never_read else 0)

    @property
    def confirmed_micro(self) -> int:
        """Return what is paid."""
        return self.micro.get(Status.CONFIRMED, 0)

    @property
    def open(self) -> int:
        """Return how many have not ended, those of a file that are not in yet included."""
        return self.batch.total_payouts - sum(self.count(status) for status in FINAL)

    def status(self, now: datetime) -> str:
        """Return the batch's status."""
        if self.open:
            return SCHEDULED if self.batch.due_at > now else PROCESSING
        ends = {ENDS[status] for status in FINAL if self.count(status)}
        return ends.pop() if len(ends) == 1 else PARTIAL

    def _missing(self) -> int:
        return self.batch.total_payouts - sum(self.counts.values())


def standings_of(batches: Iterable[Batch]) -> dict[UUID, Standing]:
    """Return where each batch stands; one statement, from the index payout_batch_standing."""
    standings = {batch.pk: Standing(batch) for batch in batches}
    rows = Payout.objects.filter(batch__in=list(standings)).values("batch", "status")
    for row in rows.annotate(
        count=Count("*"), amount=Sum("amount_micro"), last=Max("updated_at")
    ).order_by():
        _add(standings[row["batch"]], dict(row))
    return standings


def _add(standing: Standing, row: dict[str, Any]) -> None:
    status = Status(row["status"])
    standing.counts[status], standing.micro[status] = row["count"], row["amount"]
    if status in FINAL:
        standing.ended_at = max(filter(None, (standing.ended_at, row["last"])))


def standing_of(batch: Batch) -> Standing:
    """Return where one batch stands."""
    return standings_of([batch])[batch.pk]


def fact_of(standing: Standing, *, now: datetime) -> Fact:
    """Return what an event tells of a batch as it stands now."""
    batch = standing.batch
    return Fact(batch.pk, batch.owner_id, {"kind": KIND, **batch_body(standing, now=now)})


def batch_body(standing: Standing, *, now: datetime) -> dict[str, Any]:
    """Return the batch as callers see it. Those ``pending`` are all that have not ended."""
    batch, is_open = standing.batch, standing.open > 0
    ended_at = None if is_open else standing.ended_at
    return {
        "batch_id": batch.public_id,
        "total_payouts": batch.total_payouts,
        "completed_payouts": standing.count(Status.CONFIRMED),
        "failed_payouts": standing.count(Status.FAILED),
        "pending_payouts": standing.open,
        "cancelled_payouts": standing.count(Status.CANCELLED),
        "status": standing.status(now),
        "paused": batch.paused_at is not None,
        "total_amount_usdt": tokens_of(batch.total_amount_micro),
        "completed_amount_usdt": tokens_of(standing.confirmed_micro),
        "created_at": iso(batch.created_at),
        "estimated_completion": estimate(batch.due_at, PROCESSING_TARGET),
        "completed_at": iso(ended_at) if ended_at else None,
    }


def created_body(standing: Standing, payouts: list[Payout], *, now: datetime) -> dict[str, Any]:
    """Return the answer to the request for a batch; its payouts in the order of the request.

    ``successful_payouts`` and ``failed_payouts`` count those that have ended: at first, none.
    """
    batch = standing.batch
    return {
        "batch_id": batch.public_id,
        "total_payouts": batch.total_payouts,
        "total_amount_usdt": tokens_of(batch.total_amount_micro),
        "status": standing.status(now),
        "payout_ids": [payout.public_id for payout in payouts],
        "successful_payouts": standing.count(Status.CONFIRMED),
        "failed_payouts": standing.count(Status.FAILED),
        "estimated_completion": estimate(batch.due_at, PROCESSING_TARGET),
        "created_at": iso(batch.created_at),
    }
