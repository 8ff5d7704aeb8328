"""Reading reports, and what they look like to callers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode

from access.caller import Caller
from gateway.models_report import Report, ReportPart
from gateway.reports.as_text import sums_body
from gateway.reports.links import link_query
from gateway.reports.tally import Sums
from gateway.states import ReportStatus
from lucidpay.clock import iso
from lucidpay.errors import NOT_FOUND, Conflict, LucidError
from lucidpay.ids import parse_public_id

PERCENT = 100


class ReportNotFound(LucidError):
    """Report not found"""

    code = NOT_FOUND
    status_code = 404


class ReportNotReady(Conflict):
    """The report's file is not written. Ask for the report until its status is ready."""


def visible_to(caller: Caller) -> QuerySet[Report]:
    """Return the reports that exist for this caller.

    One's own that has everybody's payments in it is not among them any more for who may no longer
    see those.
    """
    if caller.sees_all:
        return Report.objects.all()
    return Report.objects.filter(owner=caller.user_id, sees_all=False)


def report_visible_to(caller: Caller, report_id: str) -> Report:
    """Return one report, or raise ``ReportNotFound``: also for other people's and odd ids."""
    return _found(visible_to(caller), report_id)


def report_of(report_id: str) -> Report:
    """Return one report, whoever asks, or raise ``ReportNotFound``."""
    return _found(Report.objects.all(), report_id)


def _found(reports: QuerySet[Report], report_id: str) -> Report:
    key = parse_public_id("report", report_id)
    report = reports.filter(pk=key).first() if key else None
    if report is None:
        raise ReportNotFound
    return report


def report_body(report: Report, *, host: str, now: datetime) -> dict[str, Any]:
    """Return a report as callers see it; ``host``: scheme and name of the service to them."""
    is_ready = report.status == ReportStatus.READY
    url, expires_at = download_url(report, now=now) if is_ready else (None, None)
    return {
        "report_id": report.public_id,
        "status": report.status,
        "format": report.format,
        "period_start": iso(report.period_start),
        "period_end": iso(report.period_end),
        "status_filter": report.status_filter or None,
        "include_failed": report.include_failed,
        **sums_body(Sums(**report.totals)),
        "row_count": report.rows_total,
        "progress": progress_of(report),
        "size_bytes": report.size_bytes,
        "sha256": report.sha256 or None,
        "error_message": report.error_message or None,
        "generated_at": iso(report.generated_at),
        "ready_at": iso(report.ready_at) if report.ready_at else None,
        "download_url": f"{host}{url}" if url else None,
        "download_expires_at": expires_at,
    }


def progress_of(report: Report) -> int:
    """Return how much of the file is written, in percent; 100 once it is ready."""
    if report.status == ReportStatus.READY:
        return PERCENT
    # The last step is for keeping what was written.
    done = PERCENT * report.rows_done // max(1, report.rows_total)
    return min(PERCENT - 1, done)


def download_url(report: Report, *, now: datetime) -> tuple[str, str]:
    """Return the path of a signed link to the file, and until when it opens."""
    query = link_query(report.pk, now=now)
    path = reverse("report-download", args=[report.public_id])
    ends = datetime.fromtimestamp(int(query["expires"]), now.tzinfo)
    return f"{path}?{urlencode(query)}", iso(ends)


def file_name(report: Report) -> str:
    """Return what a downloaded file is called."""
    start, end = report.period_start, report.period_end
    return f"payments_{start:%Y-%m-%d}_{end:%Y-%m-%d}_{report.public_id}.{report.format}"


def file_of(report: Report) -> Iterator[bytes]:
    """Yield a file in its pieces, one statement each; raise ``ReportNotReady`` before the first."""
    if report.status != ReportStatus.READY:
        raise ReportNotReady({"status": report.status})
    return _pieces(report)


def _pieces(report: Report) -> Iterator[bytes]:
    parts = ReportPart.objects.filter(report=report).order_by("number")
    for key in parts.values_list("pk", flat=True):
        yield bytes(ReportPart.objects.values_list("content", flat=True).get(pk=key))
