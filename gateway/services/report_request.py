"""Asking for a report: its totals at once; a worker writes its file."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from access.caller import Caller
from access.idempotency import Answer, run_once
from gateway.models_report import Report
from gateway.reports.files import rows_max
from gateway.reports.queries import report_body
from gateway.reports.selection import MOMENT, Selection
from lucidpay.errors import ValidationFailed

ENDPOINT = "payments.report"
DAYS_MAX = 366
LAST_OF_DAY_US = 999_999


@dataclass(frozen=True)
class Wanted:
    """Who asks for which report. ``order``: the validated body."""

    caller: Caller
    order: dict[str, Any]
    body_hash: str
    request_id: str
    host: str
    now: datetime
    key: str | None = None


def report_request(wanted: Wanted) -> Answer:
    """Store a report and return 201 with its totals, or what its key has stored before.

    Raises ``ValidationFailed`` for a period that is none, too long, or with too many payments.
    """
    return run_once(
        user_id=wanted.caller.user_id,
        endpoint=ENDPOINT,
        key=wanted.key,
        body_hash=wanted.body_hash,
        run=lambda: Answer(201, report_body(_stored(wanted), host=wanted.host, now=wanted.now)),
    )


def period_of(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Return the period from the first moment on and before the second.

    A date as the end means all of that day. Raises ``ValidationFailed``.
    """
    until = end + MOMENT if end.microsecond == LAST_OF_DAY_US else end
    if start >= until:
        raise ValidationFailed({"start_date": ["It must lie before end_date."]})
    if until - start > timedelta(days=DAYS_MAX):
        raise ValidationFailed({"end_date": [f"At most {DAYS_MAX} days after start_date."]})
    return start, until


def _stored(wanted: Wanted) -> Report:
    caller, order = wanted.caller, wanted.order
    start, end = period_of(order["start_date"], order["end_date"])
    selection = Selection(
        start,
        end,
        None if caller.sees_all else caller.user_id,
        order.get("status_filter") or "",
        order["include_failed"],
    )
    totals = selection.totals()
    rows, most = selection.rows_of(totals), rows_max(order["format"])
    if rows > most:
        told = f"The period has {rows} payments; as {order['format']} a report has at most {most}."
        raise ValidationFailed({"end_date": [f"{told} Choose a shorter period."]})
    return Report.objects.create(
        owner_id=caller.user_id,
        sees_all=caller.sees_all,
        period_start=start,
        period_end=end,
        status_filter=selection.status,
        include_failed=selection.include_failed,
        format=order["format"],
        totals=totals.stored(),
        rows_total=rows,
        request_id=wanted.request_id,
        generated_at=wanted.now,
    )
