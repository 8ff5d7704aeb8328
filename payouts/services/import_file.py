"""Storing a payout file as one batch, chunk by chunk.

A file is known by its key, so it makes one batch however often it is imported. Each chunk is one
transaction that also counts the rows that are in: after a kill the next import goes on there. Until
the last row is in, none of them is signed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from access.caller import Caller
from access.idempotency import hash_of
from lucidpay.errors import Conflict, ensure
from payouts.models import Priority
from payouts.models_batch import Batch, BatchEvent
from payouts.releases import due_at
from payouts.services.draft import Order
from payouts.services.request_many import announce, payouts_store

FUNDS = "not asked: what a file pays waits until there is enough"


class ImportedOtherwise(Conflict):
    """This file was imported before with other options. Give another --key for another batch."""


class ImportCancelled(Conflict):
    """The batch of this file was cancelled. Give another --key to import it once more."""


def file_batch(*, caller: Caller, file_key: str) -> Batch | None:
    """Return the batch that this file of theirs has made, if it has."""
    return Batch.objects.filter(owner_id=caller.user_id, file_key=file_key).first()


def import_begin(
    *,
    caller: Caller,
    file_key: str,
    options: dict[str, str],
    total_payouts: int,
    total_amount_micro: int,
    request_id: str,
    now: datetime,
    name: str = "",
) -> Batch:
    """Make the batch of a file, or return the one that an earlier import has made.

    ``options``: ``batch_type``, ``priority`` and, when it is not to be chosen, ``router_type``;
    any others only make it known again.
    Raises ``ImportedOtherwise`` or ``ImportCancelled``.
    """
    body_hash = hash_of({"file": file_key, **options})
    batch = Batch(
        owner_id=caller.user_id,
        name=name,
        router_type=options.get("router_type", ""),
        priority=Priority[options["priority"]],
        batch_type=options["batch_type"],
        total_payouts=total_payouts,
        total_amount_micro=total_amount_micro,
        rows_stored=0,
        due_at=due_at(options["batch_type"], now),
        file_key=file_key,
        body_hash=body_hash,
        request_id=request_id,
        created_at=now,
    )
    known = file_batch(caller=caller, file_key=file_key) or _stored(batch, caller, now)
    if known.body_hash != body_hash:
        raise ImportedOtherwise({"batch_id": known.public_id})
    if known.cancelled_at is not None:
        raise ImportCancelled({"batch_id": known.public_id})
    return known


def _stored(batch: Batch, caller: Caller, now: datetime) -> Batch:
    try:
        with transaction.atomic():
            batch.save(force_insert=True)
            announce(batch, by=f"user {caller.user_id}", now=now)
    except IntegrityError:
        # Another import of this file was faster by a moment; both go on with its batch.
        known = file_batch(caller=caller, file_key=str(batch.file_key))
        if known is None:
            raise
        return known
    return batch


def import_rows(
    *,
    caller: Caller,
    batch_id: UUID,
    orders: list[Order],
    first_row: int,
    now: datetime,
    hits: dict[str, str] | None = None,
) -> int:
    """Store those of these rows that are not in yet; return how many rows are in then.

    The last one opens the batch for signing. ``hits`` says why people must look at all of them,
    whatever the rules say. Raises ``ImportCancelled``, and ``IntegrityError`` when a reference was
    taken after the file was checked; nothing of the chunk is stored then.
    """
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.cancelled_at is not None:
            raise ImportCancelled({"batch_id": batch.public_id})
        ensure(batch.rows_stored >= first_row, "the rows of a file are stored in their order")
        missing = orders[batch.rows_stored - first_row :]
        if missing and batch.filled_at is None:
            shared = _shared(batch)
            payouts_store(
                caller,
                batch,
                [{**order, **shared} for order in missing],
                first_row=batch.rows_stored,
                funds=FUNDS,
                hits=hits,
                now=now,
            )
            batch.rows_stored += len(missing)
            _fill(batch, caller, now)
            batch.save(update_fields=["rows_stored", "filled_at"])
    return batch.rows_stored


def _fill(batch: Batch, caller: Caller, now: datetime) -> None:
    if batch.rows_stored < batch.total_payouts:
        return
    batch.filled_at = now
    BatchEvent.objects.create(
        batch=batch, kind=BatchEvent.Kind.FILLED, by=f"user {caller.user_id}", at=now
    )


def _shared(batch: Batch) -> dict[str, Any]:
    router = {"router_type": batch.router_type} if batch.router_type else {}
    priority = Priority(batch.priority).label
    return {"priority": priority, "batch_type": batch.batch_type, **router}
