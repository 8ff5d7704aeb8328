"""Payout files that people upload: kept, given to be checked, and thrown away."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from lucidpay.errors import Conflict, ValidationFailed
from payouts.files.read import COLUMNS, REQUIRED, first_rows
from payouts.files.snapshot import format_of, snapshot_in_memory
from payouts.models_upload import BatchUpload

OPEN_MAX = 20  # files of one person that are not submitted
FORGET_MAX = 100  # in one step, as each may be large


class UploadSubmitted(Conflict):
    """This file was submitted. What it became is on the page of its batch."""


class TooManyUploads(Conflict):
    """You have too many files here that are not submitted. Submit or discard some of them."""


def upload_create(
    *,
    owner_id: int,
    name: str,
    filename: str,
    content: bytes,
    router_type: str,
    priority: int,
    batch_type: str,
    now: datetime,
) -> BatchUpload:
    """Keep a file and return it, not checked yet.

    ``name``: what it pays for, also for rows that give no reason. Raises ``FileRefused`` for a
    file that cannot be read, and ``TooManyUploads``.
    """
    kind = format_of(filename)
    first_rows(snapshot_in_memory(content, kind), most=1)
    if BatchUpload.objects.filter(owner_id=owner_id, batch=None).count() >= OPEN_MAX:
        raise TooManyUploads({"most": OPEN_MAX})
    return BatchUpload.objects.create(
        owner_id=owner_id,
        name=name,
        filename=filename,
        format=kind,
        content=content,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        router_type=router_type,
        priority=priority,
        batch_type=batch_type,
        created_at=now,
    )


def upload_map(
    *, upload_id: UUID, owner_id: int, columns: dict[str, int], has_header: bool
) -> BatchUpload:
    """Say which column is what, from 0, and give the file to be checked by a worker.

    What an earlier check found counts no more. Raises ``ValidationFailed`` or ``UploadSubmitted``.
    """
    _refuse_columns(columns)
    with transaction.atomic():
        upload = upload_locked(upload_id, owner_id)
        upload.columns, upload.has_header = columns, has_header
        upload.round += 1
        upload.checked_at = upload.report = upload.faults = upload.busy_until = None
        upload.left_out, upload.rows_done = [], 0
        upload.save(
            update_fields=[
                "columns", "has_header", "round", "checked_at", "report", "faults", "busy_until",
                "left_out", "rows_done",
            ]
        )  # fmt: skip
    return upload


def upload_discard(*, upload_id: UUID, owner_id: int) -> None:
    """Throw a file away, and all that is known of it. Raises ``UploadSubmitted``."""
    with transaction.atomic():
        upload_locked(upload_id, owner_id).delete()


def upload_locked(upload_id: UUID, owner_id: int) -> BatchUpload:
    """Return a file that is not submitted, its row locked, or raise ``UploadSubmitted``."""
    rows = BatchUpload.objects.select_for_update(of=("self",)).defer("content", "faults")
    upload = rows.get(pk=upload_id, owner_id=owner_id)
    if upload.batch_id is not None:
        raise UploadSubmitted({"batch_id": upload.batch_id.hex})
    return upload


def uploads_forget(*, now: datetime) -> int:
    """Forget the oldest files that were kept long enough; return how many.

    Of one that was submitted its content goes, once all of its rows are stored, and the rest
    stays. One that never was goes with all.
    """
    before = now - timedelta(days=settings.RETENTION_UPLOADS_DAYS)
    old = BatchUpload.objects.filter(created_at__lt=before, content__isnull=False)
    old = old.order_by("created_at")
    keys = list(old.filter(batch=None).values_list("pk", flat=True)[:FORGET_MAX])
    count, _ = BatchUpload.objects.filter(pk__in=keys, batch=None).delete()
    done = list(old.filter(done_at__isnull=False).values_list("pk", flat=True)[:FORGET_MAX])
    return count + BatchUpload.objects.filter(pk__in=done).update(content=None, faults=None)


def _refuse_columns(columns: dict[str, int]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in COLUMNS]
    places = list(columns.values())
    if missing or unknown or len(set(places)) < len(places) or min(places) < 0:
        raise ValidationFailed({"columns": ["Each at a place of its own, address and amount too."]})
