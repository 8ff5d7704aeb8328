"""Asking again for what failed of a batch: each payout by itself, once, and some at a time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum

from lucidpay.errors import LucidError
from payouts.models import Payout
from payouts.models_batch import Batch, BatchEvent
from payouts.services.batch import batch_tell
from payouts.services.retry import payout_retry
from payouts.states import Status

RETRY_MAX = 100  # in one request: each is a transaction of its own


@dataclass(frozen=True)
class Retried:
    """What became of one failed payout: its retry, or why there is none."""

    payout: Payout
    retry: Payout | None = None
    error: LucidError | None = None


def failed_in(batch: Batch) -> QuerySet[Payout]:
    """Return the failed payouts of a batch that have no retry, in the batch's order.

    A retry that was cancelled is none. One that failed is asked for again by itself.
    """
    retries = Payout.objects.filter(retry_of=OuterRef("pk")).exclude(status=Status.CANCELLED)
    failed = Payout.objects.filter(~Exists(retries), batch=batch, status=Status.FAILED)
    return failed.order_by("batch_row")


def failed_sum(batch: Batch) -> tuple[int, int]:
    """Return how many these are, and what they pay in all, in micro-USDT."""
    found = failed_in(batch).order_by().aggregate(count=Count("pk"), micro=Sum("amount_micro"))
    return found["count"], found["micro"] or 0


def batch_retry(
    *, batch_id: UUID, by: str, reason: str, after_row: int = -1, now: datetime
) -> list[Retried]:
    """Ask again for the next failed payouts of a batch, ``RETRY_MAX`` at most.

    ``after_row``: the last row of the call before, as one that cannot be retried stays failed.
    Each is retried as ``payout_retry`` says, in a transaction of its own: what refuses one stops
    no other, and whoever was faster has made the only retry there is. Raises nothing for it.
    """
    batch = Batch.objects.get(pk=batch_id)
    payouts = list(failed_in(batch).filter(batch_row__gt=after_row)[:RETRY_MAX])
    done = [_retried(payout, by, reason, now) for payout in payouts]
    made = [one.retry for one in done if one.retry is not None]
    if made:
        told: dict[str, object] = {
            "reason": reason,
            "payouts": len(made),
            "amount_micro": sum(retry.amount_micro for retry in made),
        }
        batch_tell(batch, BatchEvent.Kind.RETRIED, by, "", now, told)
    return done


def _retried(payout: Payout, by: str, reason: str, now: datetime) -> Retried:
    try:
        retry = payout_retry(payout_id=payout.pk, by=by, reason=reason, now=now)
    except LucidError as error:
        return Retried(payout, error=error)
    return Retried(payout, retry=retry)
