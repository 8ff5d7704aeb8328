"""Payout files of any bytes: rows, or refused as a whole."""

import io
import zipfile
from contextlib import suppress

import openpyxl
from hypothesis import example, given
from hypothesis import strategies as st

from payouts.files.errors import FileRefused
from payouts.files.guess import layout_guess
from payouts.files.read import CELLS_MAX, first_rows, rows_of
from payouts.files.snapshot import snapshot_in_memory
from tests.fuzz.profile import fuzzed

HEADER = b"recipient_address,amount_usdt,reason\n"
csvs = st.one_of(
    st.binary(max_size=120),
    st.text('a1,;"\t\n\r\0=é\ufeff', max_size=80).map(str.encode),
    st.text('a1,;"\t\n\r\0=é', max_size=80).map(lambda text: HEADER + text.encode()),
)


def workbook() -> dict[str, bytes]:
    """Return the files of a good workbook by their names."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["recipient_address", "amount_usdt", "reason"])
    book.active.append(["TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", 12.5, "salary"])
    book.active.append(["TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a", 7, "=1+1"])
    book.save(file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


GOOD = workbook()
# Parts of what such a file says, each of which a program may write otherwise, or not at all.
WORDS = [
    b"", b"x", b"-1", b"0", b"99999999999", b"1e999", b"nan", b"<c/>", b"<row r='0'/>", b"&", b"d",
    b"e", b"str", b"inlineStr", b"2026-13-45", b"s", b"\x00", b"\xff", b"A0", b"1" * 5000,
]  # fmt: skip


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """Return a workbook of which one part is spoilt."""
    name = draw(st.sampled_from(sorted(GOOD)))
    content = GOOD[name]
    at = draw(st.integers(0, len(content)))
    to = draw(st.integers(at, min(len(content), at + 12)))
    spoilt = content[:at] + draw(st.sampled_from(WORDS)) + content[to:]
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part, known in GOOD.items():
            if part != name or draw(st.integers(0, 9)):
                archive.writestr(part, spoilt if part == name else known)
    return file.getvalue()


def read(content: bytes, kind: str) -> None:
    """Read a file both ways, as it is uploaded and as it is checked."""
    with suppress(FileRefused):
        rows = first_rows(snapshot_in_memory(content, kind), most=20)
        assert all(len(row) <= CELLS_MAX for row in rows)
        layout_guess(rows)
    with suppress(FileRefused):
        numbers = [row.number for row in rows_of(snapshot_in_memory(content, kind))]
        assert numbers == sorted(set(numbers))


@fuzzed
@given(csvs)
@example(b"," * 1_000_000)
@example(b"\n" * 100_000)
def test_any_bytes_are_a_csv_or_refused(content: bytes) -> None:
    read(content, "csv")


@fuzzed
@given(st.binary(max_size=60) | workbooks())
def test_any_bytes_are_a_workbook_or_refused(content: bytes) -> None:
    read(content, "xlsx")
