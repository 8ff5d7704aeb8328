"""Reading payout files row by row, so that memory does not grow with them.

Rows are numbered as spreadsheets do: the header is row 1. Every cell comes out as text. What a
spreadsheet has as a number keeps the digits that it shows at full width: 10.1 is 10.1, and a
result such as 0.30000000000000004 stays that, to be refused as an amount.
"""

import codecs
import csv
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.functions import iterparse

from payouts.files.errors import FileRefused
from payouts.files.snapshot import Snapshot

REQUIRED = ("recipient_address", "amount_usdt")
OPTIONAL = ("reason", "reference_id", "session_id", "node_id", "metadata", "custom_data")
COLUMNS = (*REQUIRED, *OPTIONAL)
DELIMITERS = (",", ";", "\t")
CELLS_MAX = 200  # of a row; nobody's file is as wide, and each is a choice on a page
EMPTY_ROWS_MAX = 1_048_576  # a sheet has no more; a file may say that its next row is the 10⁹th
# RuntimeError: it is encrypted, or packed in a way unknown here. The last three: openpyxl builds
# its objects of whatever names and values a file has.
NO_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, ParseError, LookupError, ValueError,
    OSError, RuntimeError, EOFError, ArithmeticError, AttributeError, TypeError,
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Where each of our columns stands in a file, from 0; others are passed over.

    ``reason``: what rows without a reason of their own are paid for.
    """

    columns: dict[str, int]
    has_header: bool = True
    reason: str = ""

    def names(self, width: int) -> list[str]:
        """Return the name of each column of a file that is so wide, "" for those passed over."""
        names = [""] * max(width, *(place + 1 for place in self.columns.values()))
        for name, place in self.columns.items():
            names[place] = name
        return names


@dataclass(frozen=True)
class Row:
    """One row of a file: its cells by column, empty ones left out, and what could not be read."""

    number: int
    cells: dict[str, str]
    unreadable: dict[str, list[str]] = field(default_factory=dict)


def rows_of(snapshot: Snapshot, layout: Layout | None = None) -> Iterator[Row]:
    """Yield the rows below the header, or raise ``FileRefused``.

    Empty rows at the end are left out. One in the middle is a row with empty cells: rows keep
    the numbers that people see. ``layout`` says which column is what; without one the header
    must name columns as we do.
    """
    found = _cells_of(snapshot)
    first = next(found, [])
    header = _header(first) if layout is None else layout.names(len(first))
    number = 1
    if layout is not None and not layout.has_header:
        number, found = 0, chain([first], found)
    for row in _numbered(found, header, number):
        if layout is not None and layout.reason and row.cells:
            row.cells.setdefault("reason", layout.reason)
        yield row


def first_rows(snapshot: Snapshot, *, most: int) -> list[list[str]]:
    """Return the first rows of a file as people see them, or raise ``FileRefused``."""
    rows = islice(_cells_of(snapshot), most)
    return [["" if cell is None else str(cell).strip() for cell in row] for row in rows]


def _cells_of(snapshot: Snapshot) -> Iterator[list[Any]]:
    snapshot.file.seek(0)
    rows = _csv_rows(snapshot) if snapshot.format == "csv" else _xlsx_rows(snapshot)
    return map(_of_bounded_width, rows)


def _of_bounded_width(cells: list[Any]) -> list[Any]:
    """Return a row without the empty cells at its end, or raise ``FileRefused``."""
    if len(cells) > CELLS_MAX and any(cell not in (None, "") for cell in cells[CELLS_MAX:]):
        raise FileRefused(f"A row has more than {CELLS_MAX} cells.")
    return cells[:CELLS_MAX]


def _numbered(found: Iterator[list[Any]], header: list[str], number: int) -> Iterator[Row]:
    empty = 0
    for cells in found:
        number += 1
        if not any(cell not in (None, "") for cell in cells):
            empty += 1
            if empty > EMPTY_ROWS_MAX:
                raise FileRefused(f"It has more than {EMPTY_ROWS_MAX} empty rows running.")
            continue
        for missed in range(number - empty, number):
            yield Row(missed, {})
        empty = 0
        yield _row(number, header, cells)


def _header(cells: Iterable[Any]) -> list[str]:
    names = [str(cell or "").strip().lower() for cell in cells]
    while names and not names[-1]:
        names.pop()
    unknown = sorted({name for name in names if name not in COLUMNS})
    missing = [name for name in REQUIRED if name not in names]
    twice = sorted({name for name in names if names.count(name) > 1})
    for what, found in (("lacks", missing), ("has the unknown", unknown), ("has twice", twice)):
        if found:
            listed = ", ".join(name or "(empty)" for name in found)
            raise FileRefused(f"The header {what}: {listed}. Columns are {', '.join(COLUMNS)}.")
    return names


def _row(number: int, header: list[str], cells: list[Any]) -> Row:
    row = Row(number, {})
    if any(cell not in (None, "") for cell in cells[len(header) :]):
        row.unreadable["row"] = [f"It has more cells than the header, which has {len(header)}."]
    for name, cell in zip(header, cells, strict=False):
        if not name:
            continue
        try:
            text = _text(cell)
        except TypeError as error:
            row.unreadable[name] = [str(error)]
            continue
        if text:
            row.cells[name] = text
    return row


def _text(cell: Any) -> str:
    """Return a cell as text, or raise ``TypeError`` for what is neither text nor a number."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, float):
        return format(Decimal(repr(cell)), "f")  # repr gives the digits that were typed
    if isinstance(cell, int) and not isinstance(cell, bool):
        return str(cell)
    raise TypeError(f"A {type(cell).__name__}, and neither text nor a number.")


def _csv_rows(snapshot: Snapshot) -> Iterator[list[Any]]:
    header = snapshot.file.readline().removeprefix(codecs.BOM_UTF8)
    lines = (line.decode() for line in chain([header], snapshot.file))
    delimiter = max(DELIMITERS, key=lambda one: header.count(one.encode()))
    try:
        yield from csv.reader(lines, delimiter=delimiter, strict=True)
    except UnicodeDecodeError as error:
        raise FileRefused("It is not UTF-8. Save it as “CSV UTF-8”.") from error
    except csv.Error as error:
        raise FileRefused(f"It is no CSV: {error}.") from error


def _xlsx_rows(snapshot: Snapshot) -> Iterator[list[Any]]:
    try:
        with zipfile.ZipFile(snapshot.file) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > snapshot.unpacked_max_bytes:
            raise FileRefused(f"It unpacks to more than {snapshot.unpacked_max_bytes} bytes.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # styles and validations it passes over
            # Formulas come as their text, and are refused: a stored result may be stale.
            book = openpyxl.load_workbook(snapshot.file, read_only=True, keep_links=False)
            if len(book.sheetnames) != 1:
                raise FileRefused("It has several sheets. Keep the one with the payouts.")
            sheet = book.worksheets[0]
            _refuse_unordered(sheet)
            sheet.reset_dimensions()  # what the file says of its size may be wrong
            for cells in sheet.iter_rows(values_only=True):
                yield list(cells)
    except FileRefused:
        raise
    except NO_WORKBOOK as error:
        raise FileRefused(f"It is no XLSX workbook: {error}.") from error


def _refuse_unordered(sheet: Any) -> None:
    """Raise ``FileRefused`` when a row's number does not follow: openpyxl leaves such rows out."""
    last = 0
    with sheet._get_source() as source:
        for _, part in iterparse(source):
            if part.tag.endswith("}row"):
                number = int(part.get("r", last + 1))
                if number <= last:
                    raise FileRefused(f"Its row {number} stands behind row {last}.")
                last = number
                part.clear()
