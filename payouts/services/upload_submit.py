"""Submitting an uploaded file: it becomes one batch, whoever presses how often, and never two."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from access.caller import caller_of_user
from access.models import User
from access.scopes import PAYOUTS_CREATE
from lucidpay.errors import FORBIDDEN, Conflict, LucidError
from payouts.files.snapshot import Snapshot, snapshot_in_memory
from payouts.models import Priority
from payouts.models_batch import Batch
from payouts.models_upload import BatchUpload
from payouts.services.import_file import ImportCancelled, ImportedOtherwise, import_begin

REPORT_VALID = timedelta(hours=1)  # limits and balances are others by then
ONE_CONTENT = 7_041  # the class of advisory locks by a file's content


class NotToSubmit(Conflict):
    """This file cannot be submitted as it stands. Its page says why."""


class ReportChanged(Conflict):
    """This file was checked again since you looked. Look at the new report, then submit it."""


class RowsWrong(Conflict):
    """Some rows are wrong. Say that you go on without them, or mend them and upload it again."""


class SubmittedBefore(Conflict):
    """This very file was submitted before. Say that you want to pay it once more, if you do."""


class MayNotAsk(LucidError):
    """Your role does not let you ask for payouts."""

    code = FORBIDDEN
    status_code = 403


def upload_submit(
    *,
    upload_id: UUID,
    by: User,
    seen_round: int,
    without_wrong: bool,
    again: bool,
    request_id: str,
    now: datetime,
) -> Batch:
    """Make the batch of a file, or return the one it has become; a worker then stores its rows.

    ``seen_round``: the check whose report was looked at. ``without_wrong``: rows that are wrong
    are left out. ``again``: the same content is paid although somebody has submitted it before.
    Raises ``MayNotAsk``, ``ReportChanged``, ``NotToSubmit``, ``RowsWrong`` or
    ``SubmittedBefore``; nothing is written then.
    """
    caller = caller_of_user(by)
    if PAYOUTS_CREATE not in caller.scopes:
        raise MayNotAsk
    with transaction.atomic():
        # The lock and the row's one batch make two clicks, two tabs and a click after a crash one.
        rows = BatchUpload.objects.select_for_update(of=("self",)).defer("faults")
        upload = rows.get(pk=upload_id, owner=by)
        if upload.batch_id is not None:
            return Batch.objects.get(pk=upload.batch_id)
        report = _refused(upload, seen_round, without_wrong, now)
        _lock_content(upload.sha256)
        if not again:
            _refuse_submitted(upload)
        try:
            batch = import_begin(
                caller=caller,
                file_key=_snapshot(upload, again).key,
                options=_options(upload),
                total_payouts=report["right"],
                total_amount_micro=report["total_micro"],
                request_id=request_id,
                now=now,
                name=upload.name,
            )
        except (ImportedOtherwise, ImportCancelled) as error:
            raise SubmittedBefore(error.details) from error
        upload.batch, upload.submitted_at, upload.rows_done = batch, now, 0
        upload.save(update_fields=["batch", "submitted_at", "rows_done"])
    return batch


def why_not_submit(upload: BatchUpload, *, now: datetime) -> str:
    """Return why a file cannot be submitted as it stands, nothing when it can."""
    report = upload.report
    if report is None or upload.checked_at is None:
        return "It is not checked yet."
    if report.get("refused"):
        return f"The file is refused. {report['refused']}"
    if not report["right"]:
        return "No row of it can be paid."
    if report["too_much"] or report["refusal"]:
        return f"The file as a whole is refused. {report['too_much'] or report['refusal']}"
    if upload.checked_at < now - REPORT_VALID:
        return "It was checked too long ago: limits and balances are others by now. Check it again."
    return ""


def submitted_before(upload: BatchUpload) -> list[Batch]:
    """Return the newest batches, some at most, that this very content has become, whoever's."""
    same = BatchUpload.objects.filter(sha256=upload.sha256, batch__isnull=False)
    keys = list(same.exclude(pk=upload.pk).order_by("-pk").values_list("batch", flat=True)[:5])
    found = Batch.objects.filter(pk__in=keys) | Batch.objects.filter(
        owner=upload.owner, file_key=_snapshot(upload, again=False).key
    )
    return list(found.select_related("owner").order_by("-pk"))


def _refused(
    upload: BatchUpload, seen_round: int, without_wrong: bool, now: datetime
) -> dict[str, Any]:
    """Return the report by which a file is submitted, or raise why it is not."""
    if upload.round != seen_round:
        raise ReportChanged({"round": upload.round})
    if why_not := why_not_submit(upload, now=now):
        raise NotToSubmit({"why": why_not})
    if upload.left_out and not without_wrong:
        raise RowsWrong({"rows": len(upload.left_out)})
    return dict(upload.report or {})


def _refuse_submitted(upload: BatchUpload) -> None:
    if batches := submitted_before(upload):
        raise SubmittedBefore({"batch_id": batches[0].public_id})


def _lock_content(sha256: str) -> None:
    """Let one after the other ask whether this content was submitted before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, ('x' || left(%s, 8))::bit(32)::int)",
            [ONE_CONTENT, sha256],
        )


def _snapshot(upload: BatchUpload, again: bool) -> Snapshot:
    """Return the file; what is paid once more has a key of its own, which no other upload has."""
    key = upload.pk.hex if again else ""
    return snapshot_in_memory(bytes(upload.content or b""), upload.format, key=key)


def _options(upload: BatchUpload) -> dict[str, str]:
    """Return how the file is paid. With the upload's id, so that no other is taken for it."""
    router = {"router_type": upload.router_type} if upload.router_type else {}
    return {
        "upload": upload.pk.hex,
        "priority": Priority(upload.priority).name,
        "batch_type": upload.batch_type,
        **router,
    }
