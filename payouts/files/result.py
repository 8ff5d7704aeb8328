"""What became of each row of a payout file, as a file of its own."""

import csv
import os
from collections.abc import Iterator
from itertools import count as count_from
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

import xlsxwriter
from django.db.models import Prefetch
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from lucidpay.clock import iso
from lucidpay.money import tokens_of
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.models_upload import BatchUpload
from payouts.states import Status

COLUMNS = (
    "row", "payout_id", "status", "txid", "fee_trx", "recipient_address", "amount_usdt",
    "reference_id", "error", "confirmed_at", "retried_as",
)  # fmt: skip
WIDTHS = (8, 42, 12, 68, 12, 38, 14, 24, 40, 24, 42)  # in signs, of a workbook's columns
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADER_ROWS = 1
CHUNK = 1000
BOM = "\ufeff"  # by which Excel knows that a CSV is UTF-8
# A spreadsheet takes a cell that begins so for a formula, and runs it.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def result_path(path: Path) -> Path:
    """Return where the result of a payout file is written: beside it."""
    return path.with_name(f"{path.name}.result.csv")


def result_write(batch: Batch, path: Path) -> int:
    """Write one line a row, as things are now, and return how many; a whole file, or none."""
    count = 0
    # A draft of its own: two that write the same result must not write into one file.
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        draft = Path(folder) / path.name
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for cells in result_rows(batch):
                writer.writerow([guarded(cell) for cell in cells])
                count += 1
        os.replace(draft, path)
    return count


def result_rows(batch: Batch) -> Iterator[list[Any]]:
    """Yield the cells of each row, in order, as things are now; a bounded number at a time."""
    numbers = _numbers(batch)
    for payout in _payouts(batch):
        yield [next(numbers), *_cells(payout)]


def _payouts(batch: Batch) -> Iterator[Payout]:
    # By the place in the batch and not by a cursor, which no pooler of connections would keep.
    rows = batch.payout_set.select_related("transaction").order_by("batch_row")
    retries = Payout.objects.exclude(status=Status.CANCELLED).order_by("pk")
    rows = rows.prefetch_related(Prefetch("payout_set", retries, "retries"))
    last = -1
    while chunk := list(rows.filter(batch_row__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1].batch_row or 0


def _numbers(batch: Batch) -> Iterator[int]:
    """Yield the numbers that the rows have in their file, or from 1 when there was none."""
    upload = BatchUpload.objects.filter(batch=batch).only("has_header", "left_out").first()
    has_header = batch.file_key is not None if upload is None else upload.has_header
    left_out = frozenset(upload.left_out if upload else ())
    first = 1 + HEADER_ROWS if has_header else 1
    return (number for number in count_from(first) if number not in left_out)


def _cells(payout: Payout) -> list[Any]:
    tx = payout.transaction
    fee_sun = tx.fee_sun if tx else None
    retries: list[Payout] = payout.retries  # type: ignore[attr-defined]
    return [
        payout.public_id,
        payout.status,
        tx.txid if tx else "",
        "" if fee_sun is None else tokens_of(fee_sun),
        payout.recipient_address,
        tokens_of(payout.amount_micro),
        payout.reference_id or "",
        payout.error_message,
        iso(payout.confirmed_at) if payout.confirmed_at else "",
        retries[-1].public_id if retries else "",
    ]


def guarded(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula: text is marked as such."""
    text = str(cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text


def result_xlsx(batch: Batch) -> IO[bytes]:
    """Return what became of each row as a workbook, ready to be read. No cell is a formula."""
    file = TemporaryFile()  # noqa: SIM115 (whoever reads it closes it, and it is gone)
    # constant_memory: a row goes to the disk when the next one comes.
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet("Result")
    sheet.freeze_panes(1, 0)
    for column, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, name)
    for row, cells in enumerate(result_rows(batch), start=1):
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, _unmarked(str(cell)))
    book.close()
    file.seek(0)
    return file


def file_answer(content: bytes | IO[bytes] | Iterator[str], name: str) -> HttpResponseBase:
    """Return a file to be saved, and never shown in the page's own name."""
    kind = XLSX if name.endswith(".xlsx") else "text/csv; charset=utf-8"
    answer: HttpResponseBase
    if isinstance(content, bytes):
        answer = HttpResponse(content, content_type=kind)
    else:
        answer = StreamingHttpResponse(content, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


def _unmarked(text: str) -> str:
    """Return a text that the library does not write as markup, unescaped."""
    return f"'{text}" if text.startswith("<r>") else text
