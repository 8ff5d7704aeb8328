"""Storing the rows of a submitted file, chunk by chunk, however often a worker is killed."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from access.caller import caller_of_user
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError, ensure
from payouts.files.check import CHUNK, orders_of_file
from payouts.models_batch import Batch
from payouts.models_upload import BatchUpload
from payouts.services.draft import Order
from payouts.services.import_file import ImportCancelled, import_rows
from payouts.services.upload_check import (
    LEASE,
    in_words,
    layout_of,
    progress_of,
    snapshot_of_upload,
    upload_check,
)

log = structlog.get_logger(__name__)

LOOK_AGAIN = timedelta(seconds=60)
# Whoever uploads a file has typed it, or not: the rules look at single rows, a person at the whole.
HITS = {"upload": "It comes from a file that was uploaded here: somebody else must agree."}
TAKEN = (
    "A reference of this file was taken by another payout after it was checked. "
    "Cancel this batch and upload the file again."
)
OTHERWISE = "Its rows are not those that were checked. Cancel this batch; upload the file again."


def uploads_work(*, now: datetime) -> bool:
    """Check or store the next file that waits for it; return whether there was one."""
    upload = _claimed(now)
    if upload is None:
        return False
    if upload.batch_id is None:
        upload_check(upload, now=now)
    else:
        upload_fill(upload, now=now)
    return True


def upload_fill(upload: BatchUpload, *, now: datetime) -> None:
    """Store the rows that are not in yet. What stops it is noted, and tried again by and by.

    Each chunk is one transaction that counts its rows too, so another worker beside this one, or
    after it, stores none of them twice.
    """
    try:
        is_done = _fill(upload, now)
        found = {} if is_done else {"trouble": OTHERWISE, "busy_until": now + LOOK_AGAIN}
    except ImportCancelled:
        is_done, found = True, {}
    except IntegrityError as error:
        log.warning("upload_reference_taken", upload=upload.pk.hex, error=str(error))
        is_done, found = False, {"trouble": TAKEN, "busy_until": now + LOOK_AGAIN}
    except LucidError as error:
        trouble = f"Not all rows are in, and it goes on by itself: {in_words(error)}"
        is_done, found = False, {"trouble": trouble[:300], "busy_until": now + LOOK_AGAIN}
    if is_done:
        found = {"trouble": "", "busy_until": None, "done_at": now}
    BatchUpload.objects.filter(pk=upload.pk).update(**found)


def _claimed(now: datetime) -> BatchUpload | None:
    """Return the oldest file with work to do, of which no other worker is at it."""
    to_do = Q(batch=None, round__gt=0, checked_at=None) | Q(batch__isnull=False)
    free = Q(busy_until=None) | Q(busy_until__lte=now)
    with transaction.atomic():
        rows = BatchUpload.objects.select_for_update(skip_locked=True, of=("self",))
        rows = rows.select_related("owner").defer("faults")
        upload = rows.filter(to_do, free, done_at=None).order_by("pk").first()
        if upload is not None:
            upload.busy_until = now + LEASE
            upload.save(update_fields=["busy_until"])
    return upload


def _fill(upload: BatchUpload, now: datetime) -> bool:
    """Store all rows; return whether the batch has all that it should have then."""
    batch = Batch.objects.get(upload=upload)
    content = bytes(upload.content or b"")
    ensure(hashlib.sha256(content).hexdigest() == upload.sha256, "the file is the one uploaded")
    caller, tick = caller_of_user(upload.owner), progress_of(upload)
    orders, first_row = _orders(upload), 0
    while chunk := list(islice(orders, CHUNK)):
        import_rows(
            caller=caller,
            batch_id=batch.pk,
            orders=chunk,
            first_row=first_row,
            now=utc_now(),
            hits=HITS,
        )
        first_row += len(chunk)
        tick(first_row)
    return first_row == batch.total_payouts


def _orders(upload: BatchUpload) -> Iterator[Order]:
    left_out = frozenset(upload.left_out)
    for row, order, _ in orders_of_file(snapshot_of_upload(upload), layout_of(upload)):
        if order is not None and row.number not in left_out:
            yield order
