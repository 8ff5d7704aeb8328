"""Writing a report's file in any format, into pieces that the database keeps."""

from collections.abc import Callable, Iterator
from typing import IO

from django.conf import settings

from gateway.models_report import Report
from gateway.reports.as_text import write_csv, write_json
from gateway.reports.document import Document, Progress

PART_BYTES = 1_048_576
XLSX_ROWS_MAX = 1_000_000  # a sheet has 1 048 576
CONTENT_TYPES = {
    Report.Format.JSON: "application/json",
    Report.Format.CSV: "text/csv; charset=utf-8",
    Report.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Report.Format.PDF: "application/pdf",
}


def _write_xlsx(document: Document, out: IO[bytes], progress: Progress) -> None:
    # Here and not above: web processes import this module, and have no use for the library.
    from gateway.reports.as_xlsx import write_xlsx

    write_xlsx(document, out, progress)


def _write_pdf(document: Document, out: IO[bytes], progress: Progress) -> None:
    # Half a second and 20 MB.
    from gateway.reports.as_pdf import write_pdf

    write_pdf(document, out, progress)


_WRITERS: dict[str, Callable[[Document, IO[bytes], Progress], None]] = {
    Report.Format.JSON: write_json,
    Report.Format.CSV: write_csv,
    Report.Format.XLSX: _write_xlsx,
    Report.Format.PDF: _write_pdf,
}


def file_write(format_: str, document: Document, out: IO[bytes], progress: Progress) -> None:
    """Write the file. ``progress`` is told at times how many rows are done, and may raise."""
    _WRITERS[format_](document, out, progress)


def rows_max(format_: str) -> int:
    """Return how many rows a file of this format may have."""
    most = int(settings.REPORT_ROWS_MAX)
    if format_ == Report.Format.PDF:
        return min(most, int(settings.REPORT_PDF_ROWS_MAX))
    return min(most, XLSX_ROWS_MAX) if format_ == Report.Format.XLSX else most


def parts_of(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file in pieces, from its beginning."""
    file.seek(0)
    while part := file.read(PART_BYTES):
        yield part
