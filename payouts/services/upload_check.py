"""Checking an uploaded file: what would become of it, told before anything of it is stored."""

import csv
from collections.abc import Callable
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import structlog
from django.db import OperationalError

from access.caller import caller_of_user
from lucidpay.clock import utc_now
from lucidpay.errors import LucidError
from payouts.files.check import Report, file_check
from payouts.files.errors import FileRefused
from payouts.files.price import new_holders_among, prices_of
from payouts.files.read import Layout
from payouts.files.result import BOM, guarded
from payouts.files.snapshot import Snapshot, snapshot_in_memory
from payouts.files.survey import Survey
from payouts.models_upload import BatchUpload
from payouts.policy.approval import approvals_needed

log = structlog.get_logger(__name__)

SHOWN_MAX = 100  # of what is wrong, on the page; all of it is in the file of faults
# Longer than the longest wait for a node: who has not moved for so long is dead.
LEASE = timedelta(seconds=150)
UNREADABLE = "It could not be read, and not by its fault: the worker's log says why."


def upload_check(upload: BatchUpload, *, now: datetime) -> None:
    """Check all rows of a file and keep what was found, unless it was mapped anew meanwhile.

    Whatever refuses the file as a whole is what was found. Asks nodes, so never within a
    transaction. Raises ``OperationalError`` when the database is away; then it is checked again.
    """
    try:
        found = _found(upload, now)
    except (FileRefused, LucidError) as error:
        found = {"report": {"refused": _clean(in_words(error))}}
    except OperationalError:
        raise
    except Exception:
        # Or it would be tried again and again, and nobody would be told.
        log.critical("upload_cannot_be_read", upload=upload.pk.hex, exc_info=True)
        found = {"report": {"refused": UNREADABLE}}
    _rows(upload).update(checked_at=utc_now(), busy_until=None, **found)


def layout_of(upload: BatchUpload) -> Layout:
    """Return which column is what, as somebody has said."""
    return Layout(upload.columns, upload.has_header, upload.name)


def snapshot_of_upload(upload: BatchUpload) -> Snapshot:
    """Return the file, to be read."""
    return snapshot_in_memory(bytes(upload.content or b""), upload.format)


def in_words(error: Exception) -> str:
    """Return what an error says, with its details."""
    if not isinstance(error, LucidError):
        return str(error)
    details = [f"{name}: {value}" for name, value in error.details.items() if value is not None]
    return " · ".join([error.message, *details])


def progress_of(upload: BatchUpload) -> Callable[[int], None]:
    """Return what notes how many rows are done, and that somebody is at it."""
    return lambda done: _rows(upload).update(rows_done=done, busy_until=utc_now() + LEASE) and None


def _rows(upload: BatchUpload) -> Any:
    return BatchUpload.objects.filter(pk=upload.pk, round=upload.round)


def _found(upload: BatchUpload, now: datetime) -> dict[str, Any]:
    survey = Survey(now=now)
    report = file_check(
        snapshot_of_upload(upload),
        caller=caller_of_user(upload.owner),
        batch=None,
        router_type=upload.router_type or None,
        now=now,
        tick=progress_of(upload),
        layout=layout_of(upload),
        look=survey.look,
    )
    return {
        "report": _told(report, survey),
        "left_out": sorted({fault.row for fault in report.faults}),
        "faults": _faults_csv(report),
    }


def _told(report: Report, survey: Survey) -> dict[str, Any]:
    """Return what is told of the file: JSON; money in micro-USDT and sun."""
    prices = prices_of(report.drafts)
    return {
        "rows": report.rows,
        "right": report.right,
        "wrong": report.rows - report.right,
        "total_micro": report.total_micro,
        "recipients": report.recipients,
        "repeated": report.repeated,
        "again": survey.again,
        "again_shown": survey.again_shown,
        "too_much": report.too_much,
        "refusal": _clean(in_words(report.refusal)) if report.refusal else "",
        "faults": [
            [fault.row, fault.column, _clean(fault.value), _clean(fault.text)]
            for fault in report.faults[:SHOWN_MAX]
        ],
        "faults_total": len(report.faults),
        "wallets": survey.balances(),
        "hits": dict(survey.hits.most_common()),
        "hit_rows": survey.hit_rows,
        "needed": approvals_needed(report.total_micro),
        "price": {**vars(prices), "new_holders": new_holders_among(report.drafts)},
    }


def _faults_csv(report: Report) -> bytes | None:
    if not report.faults:
        return None
    file = StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(("row", "column", "value", "what is wrong"))
    for fault in report.faults:
        cells = (fault.row, fault.column, fault.value, fault.text)
        writer.writerow([guarded(cell) for cell in cells])
    return (BOM + file.getvalue()).encode(errors="replace")


def _clean(text: str) -> str:
    """Return a text that PostgreSQL keeps: no JSON of its has a NUL, or half a character."""
    return text.replace("\x00", "�").encode(errors="replace").decode()
