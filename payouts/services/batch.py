"""What is done to a batch as a whole: pause, resume, release, cancel what is left.

Each locks the batch's row first, and payouts after it, in the order of their keys. The signer
only tries for the rows of batches and passes by those that are taken, so it waits for nobody
here; and when one of these verbs has returned, it holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from lucidpay.errors import Conflict
from payouts.models import Payout
from payouts.models_batch import Batch, BatchEvent
from payouts.policy.limits import windows_locked, windows_of
from payouts.policy.refusals import Window
from payouts.services.cancel import cancel_locked
from payouts.services.move_due import chunks_locked, due_move
from payouts.standing import Standing, standing_of
from payouts.states import Status

NOT_CANCELLED_MAX = 100  # named in an answer; the others are counted
RELEASED = "released by hand"
Kind = BatchEvent.Kind


class BatchEnded(Conflict):
    """All payouts of this batch have ended. Nothing is left to pause, resume or release."""


class NothingToCancel(Conflict):
    """No payout of this batch can be cancelled any more: each is signed, or has ended."""


class ReleasedAlready(Conflict):
    """This batch is released already. Look at its payouts to see what they wait for."""


class NotFilled(Conflict):
    """Not all rows of this batch's file are in. Import the file again: it goes on from there."""


class PausedByOthers(Conflict):
    """Somebody else has paused this batch of yours. They, or an operator, resume it."""


@dataclass(frozen=True)
class Cancelled:
    """A batch of which the rest was cancelled, and what could not be."""

    standing: Standing
    cancelled: int
    not_cancelled: list[Payout]
    not_cancelled_total: int


def batch_pause(
    *, batch_id: UUID, by: str, reason: str = "", request_id: str = "", now: datetime
) -> Standing:
    """Let the signer pass by what is left of a batch, until it is resumed.

    When this returns, nothing of it is signed that was not signed before. One that is paused
    already stays as it is; its owner's pause becomes that of an operator. Raises ``BatchEnded``.
    """
    with transaction.atomic():
        batch = batch_locked(batch_id)
        _refuse_ended(batch, now)
        if batch.paused_at is None or _paused_by(batch) == _owner(batch) != by:
            batch.paused_at = batch.paused_at or now
            batch.save(update_fields=["paused_at"])
            batch_tell(batch, Kind.PAUSED, by, request_id, now, _why(reason))
    return standing_of(batch)


def batch_resume(
    *, batch_id: UUID, by: str, reason: str = "", request_id: str = "", now: datetime
) -> Standing:
    """Let the signer go on with a batch; one that is not paused stays as it is.

    Raises ``BatchEnded``, or ``PausedByOthers`` to its owner: whoever has stolen their key must not
    go on with what an operator has stopped.
    """
    with transaction.atomic():
        batch = batch_locked(batch_id)
        status = _refuse_ended(batch, now)
        if batch.paused_at is not None:
            if by == _owner(batch) != _paused_by(batch):
                raise PausedByOthers({"status": status})
            batch.paused_at = None
            batch.save(update_fields=["paused_at"])
            batch_tell(batch, Kind.RESUMED, by, request_id, now, _why(reason))
    return standing_of(batch)


def batch_release(
    *, batch_id: UUID, by: str, reason: str = "", request_id: str = "", now: datetime
) -> Standing:
    """Make what waits for its schedule due now. A paused batch stays paused.

    Raises ``BatchEnded``, ``NotFilled`` or ``ReleasedAlready``.
    """
    with transaction.atomic():
        batch = batch_locked(batch_id)
        status = _refuse_ended(batch, now)
        if batch.filled_at is None:
            raise NotFilled({"status": status})
        if batch.due_at <= now:
            raise ReleasedAlready({"status": status})
        batch.due_at = batch.released_at = now
        batch.save(update_fields=["due_at", "released_at"])
        batch_tell(batch, Kind.RELEASED, by, request_id, now, _why(reason))
        due_move(Payout.objects.filter(batch=batch), to=now, by=by, now=now, note=RELEASED)
    return standing_of(batch)


def batch_cancel(
    *, batch_id: UUID, by: str, reason: str, request_id: str = "", now: datetime
) -> Cancelled:
    """Cancel all payouts of a batch that are still pending, and tell which could not be.

    Of a file that is being read, no further row is taken. Raises ``NothingToCancel``.
    """
    with transaction.atomic():
        batch = batch_locked(batch_id)
        pending = Payout.objects.filter(batch=batch, status=Status.PENDING)
        count = 0
        for payouts in cancel_chunks(pending):
            cancel_locked(payouts, by=by, reason=reason, now=now)
            count += len(payouts)
        if not count and (batch.filled_at or batch.cancelled_at):
            raise NothingToCancel({"status": standing_of(batch).status(now)})
        batch.cancelled_at = now
        batch.save(update_fields=["cancelled_at"])
        batch_tell(batch, Kind.CANCELLED, by, request_id, now, {"reason": reason, "payouts": count})
    too_late = Payout.objects.filter(batch=batch).exclude(status=Status.CANCELLED)
    standing = standing_of(batch)
    total = sum(standing.counts.values()) - standing.counts.get(Status.CANCELLED, 0)
    return Cancelled(standing, count, list(too_late.order_by("pk")[:NOT_CANCELLED_MAX]), total)


def batch_locked(batch_id: UUID) -> Batch:
    """Return a batch with its row locked, before any of its payouts."""
    return Batch.objects.select_for_update().get(pk=batch_id)


def cancel_chunks(rows: QuerySet[Payout]) -> Iterator[list[Payout]]:
    """Lock these payouts, then at once all windows they give back to; return them in chunks."""
    chunks = list(chunks_locked(rows))
    found: dict[tuple[Window, ...], Payout] = {}
    for chunk in chunks:
        for payout in chunk.defer("metadata", "custom_data").iterator():
            found.setdefault(tuple(windows_of(payout)), payout)
    windows_locked(list(found.values()))
    # Read apart from them, after the wait for the locks: an attempt may have ended in it.
    return (list(chunk.prefetch_related("transaction")) for chunk in chunks)


def _owner(batch: Batch) -> str:
    return f"user {batch.owner_id}"


def _paused_by(batch: Batch) -> str:
    return batch.events.filter(kind=Kind.PAUSED).latest("pk").by


def _refuse_ended(batch: Batch, now: datetime) -> str:
    standing = standing_of(batch)
    if not standing.open:
        raise BatchEnded({"status": standing.status(now)})
    return standing.status(now)


def _why(reason: str) -> dict[str, object]:
    return {"reason": reason} if reason else {}


def batch_tell(
    batch: Batch,
    kind: BatchEvent.Kind,
    by: str,
    request_id: str,
    now: datetime,
    details: dict[str, object] | None = None,
) -> None:
    """Write an event of a batch's story."""
    BatchEvent.objects.create(
        batch=batch, kind=kind, by=by, request_id=request_id, details=details or {}, at=now
    )
