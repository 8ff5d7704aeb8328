"""Releasing by hand what waits for a schedule."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.batch import RELEASED, BatchEnded, ReleasedAlready, batch_release
from payouts.services.move_due import CHUNK, due_move
from payouts.states import Status


def release_all(*, batch_type: str, by: str, now: datetime) -> tuple[int, int]:
    """Release all of this kind that waits; return how many batches, and how many payouts alone.

    Batch by batch and chunk by chunk, each in a transaction of its own: stopped in the middle, it
    goes on when it is called again. A batch whose file is not read to its end is left out.
    """
    waiting = Batch.objects.filter(batch_type=batch_type, due_at__gt=now, completed_at=None)
    keys = list(waiting.exclude(filled_at=None).order_by("pk").values_list("pk", flat=True))
    batches = sum(_release(key, by, now) for key in keys)
    alone = Payout.objects.filter(
        batch_type=batch_type, batch=None, status=Status.PENDING, due_at__gt=now
    )
    payouts = 0
    while chunk := list(alone.order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        with transaction.atomic():
            rows = Payout.objects.filter(pk__in=chunk)
            payouts += due_move(rows, to=now, by=by, now=now, note=RELEASED)
    return batches, payouts


def _release(batch_id: UUID, by: str, now: datetime) -> bool:
    try:
        batch_release(batch_id=batch_id, by=by, now=now)
    except (BatchEnded, ReleasedAlready):
        return False  # somebody was faster; what was asked for holds all the same
    return True
