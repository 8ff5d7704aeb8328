"""Announcing that a batch has come to its end, once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from payouts.models import Payout
from payouts.models_batch import Batch, BatchEvent
from payouts.standing import Standing, fact_of, standings_of
from payouts.states import FINAL, Status
from webhooks import outbox

COMPLETED = "batch.completed"
CHUNK = 100
BY = "settlement"
OPEN = tuple(status for status in Status if status not in FINAL)


def batches_complete(*, now: datetime) -> int:
    """Announce the end of batches of which no payout is open; return how many these were.

    Looked for afterwards and not by whoever ends the last payout: two that end the last two
    at the same time do not see each other. What has ended stays so, hence this cannot come too
    early; the lock and ``completed_at`` make it happen once.
    """
    is_open = Payout.objects.filter(batch=OuterRef("pk"), status__in=OPEN)
    with transaction.atomic():
        found = list(
            Batch.objects.select_for_update(skip_locked=True)
            .filter(Q(filled_at__isnull=False) | Q(cancelled_at__isnull=False), completed_at=None)
            .exclude(Exists(is_open))
            .order_by("pk")[:CHUNK]
        )
        standings = standings_of(found)
        for batch in found:
            batch.completed_at = now
            _tell(standings[batch.pk], now)
        Batch.objects.bulk_update(found, ["completed_at"])
        outbox.record(COMPLETED, [fact_of(standings[one.pk], now=now) for one in found], at=now)
    return len(found)


def _tell(standing: Standing, now: datetime) -> None:
    kind = BatchEvent.Kind.COMPLETED
    details = {"status": standing.status(now)}
    BatchEvent.objects.create(batch=standing.batch, kind=kind, by=BY, details=details, at=now)
