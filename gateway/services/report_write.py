"""Writing the file of a report that was asked for."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import IO

import structlog
from django.db import transaction

from gateway.models_report import Report, ReportPart
from gateway.reports.document import Document, TooManyRows, document_of
from gateway.reports.files import file_write, parts_of, rows_max
from gateway.reports.selection import selection_of
from gateway.services.report_claim import (
    ClaimLost,
    claim_fail,
    claim_keep,
    claim_release,
    locked,
    report_claim,
)
from gateway.states import ReportStatus

log = structlog.get_logger(__name__)

UNEXPECTED = "The file could not be written. Operators find the cause in the log."


class Interrupted(Exception):
    """This worker was told to stop."""


@dataclass(frozen=True)
class Clock:
    """What a writer that takes minutes asks again and again."""

    now: Callable[[], datetime]
    goes_on: Callable[[], bool] = lambda: True


def report_write_next(clock: Clock) -> Report | None:
    """Write the next report's file; return the report as it is then, ``None`` when none is due.

    Whatever happens meanwhile: the file is stored whole and once, or another worker begins anew.
    Raises what went wrong, once that is noted.
    """
    report = report_claim(now=clock.now())
    if report is None:
        return None
    try:
        _write(report, clock)
    except ClaimLost:
        log.warning("report_taken_over", report=report.public_id)
    except Interrupted:
        claim_release(report)
        return None
    except TooManyRows as error:
        claim_fail(report, str(error), now=clock.now(), is_final=True)
    except Exception:
        is_over = claim_fail(report, UNEXPECTED, now=clock.now())
        log.exception("report_not_written", report=report.public_id, given_up=is_over)
        raise
    report.refresh_from_db()
    return report


def _write(report: Report, clock: Clock) -> None:
    def lives(rows_done: int) -> None:
        if not clock.goes_on():
            raise Interrupted
        claim_keep(report, rows_done=rows_done, now=clock.now())

    read_at = clock.now()
    with (
        document_of(
            selection_of(report),
            report_id=report.public_id,
            whose=whose(report),
            now=read_at,
            rows_max=rows_max(report.format),
            goes_on=lambda: lives(0),
        ) as document,
        tempfile.TemporaryFile() as file,
    ):
        file_write(report.format, document, file, lives)
        lives(document.row_count)
        _keep(report, document, file, clock.now())


def whose(report: Report) -> str:
    """Return whose payments are in a report, in words."""
    return "all merchants" if report.sees_all else report.owner.get_username()


def _keep(report: Report, document: Document, file: IO[bytes], now: datetime) -> None:
    """Store the file with its totals, all at once: a report is ready or has no file at all."""
    digest = hashlib.sha256()
    with transaction.atomic():
        mine = locked(report.pk, report.claim)
        if mine is None:
            raise ClaimLost(report.public_id)
        size = 0
        for number, part in enumerate(parts_of(file)):
            ReportPart.objects.create(report=mine, number=number, content=part)
            digest.update(part)
            size += len(part)
        mine.status, mine.ready_at = ReportStatus.READY, now
        mine.generated_at = document.generated_at
        # Of the very rows that the file has: some may have moved since the report was asked for.
        mine.totals = document.tally.whole.stored()
        mine.rows_total = mine.rows_done = document.row_count
        mine.size_bytes, mine.sha256 = size, digest.hexdigest()
        mine.claim = mine.claimed_until = None
        mine.save()
