"""Reports for programs: JSON and CSV, written row by row."""

from typing import IO, Any

from gateway.reports.document import Document, Progress
from gateway.reports.rows import csv_header, csv_line
from gateway.reports.tally import Sums
from lucidpay.api import json as api_json
from lucidpay.clock import iso
from lucidpay.money import tokens_of

STEP = 500  # rows between two words about progress


def write_csv(document: Document, out: IO[bytes], progress: Progress) -> None:
    """Write a header and a line for each payment."""
    out.write(csv_header())
    for number, row in enumerate(document.rows(), 1):
        out.write(csv_line(row))
        if number % STEP == 0:
            progress(number)


def write_json(document: Document, out: IO[bytes], progress: Progress) -> None:
    """Write one object: the report's facts and sums, then ``payments``, one a line."""
    facts = api_json.dumps(_facts(document))
    out.write(facts.removesuffix("}").encode() + b', "payments": [')
    for number, row in enumerate(document.rows(), 1):
        out.write((b",\n" if number > 1 else b"\n") + api_json.dumps(row.told()).encode())
        if number % STEP == 0:
            progress(number)
    out.write(b"\n]}\n")


def _facts(document: Document) -> dict[str, Any]:
    tally = document.tally
    return {
        "report_id": document.report_id or None,
        "organisation": document.organisation or None,
        "network": document.network,
        "period_start": iso(document.selection.start),
        "period_end": iso(document.selection.end),
        "status_filter": document.selection.status or None,
        "include_failed": document.selection.include_failed,
        "generated_at": iso(document.generated_at),
        **sums_body(tally.whole),
        "by_period": {name: sums_body(sums) for name, sums in tally.steps()},
        "by_method": {name: sums_body(sums) for name, sums in tally.methods()},
        "by_status": {name: sums_body(sums) for name, sums in tally.statuses()},
        "row_count": document.row_count,
        "rows_sha256": document.rows_sha256,
    }


def sums_body(sums: Sums) -> dict[str, Any]:
    """Return sums as callers see them, in whole USDT."""
    return {
        "total_payments": sums.payments,
        "successful_payments": sums.successful,
        "failed_payments": sums.failed,
        "total_volume": tokens_of(sums.volume_micro),
        "total_fees": tokens_of(sums.fees_micro),
        "net_volume": tokens_of(sums.net_micro),
        "refunded_volume": tokens_of(sums.refunded_micro),
    }
