"""Files that are odd, hostile or merely of another program: refused in words, or read right."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from payouts.files.guess import layout_guess
from payouts.models import Payout
from payouts.models_upload import BatchUpload
from tests import builders
from tests.admin.conftest import Enter
from tests.admin.uploads import checked, csv_of, mapped, page, rows_of, send, submit, uploaded, work

ADDRESSES = [builders.address() for _ in range(3)]


@pytest.fixture
def client(wallet: Any, enter: Enter) -> Client:
    """An operator's browser."""
    return enter("operator")


def xlsx_of(*rows: list[Any], sheets: int = 1) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    book.save(file)
    return file.getvalue()


# Each is ten of the one before: a billion in the end.
LAUGHS = b'<!ENTITY l0 "laugh">' + b"".join(
    b'<!ENTITY l%d "%s">' % (level, b"&l%d;" % (level - 1) * 10) for level in range(1, 10)
)


LAUGHING = b"<!DOCTYPE a [" + LAUGHS + b"]><worksheet>&l9;</worksheet>"


def spoilt(part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return a workbook one of whose files is changed."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(["a", "b"]))) as good,
        zipfile.ZipFile(file, "w") as made,
    ):
        for name in good.namelist():
            content = good.read(name)
            made.writestr(name, change(content) if part in name else content)
    return file.getvalue()


def bomb() -> bytes:
    """Return a small archive whose sheet says that it unpacks to 200 MB, and does."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 200_000_000)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "filename", "told"),
    [
        (b"a,b\n1,2", "pay.exe", "neither .csv nor .xlsx"),
        (b"a,b\n1,2", "pay.csv.xlsm", "neither .csv nor .xlsx"),
        ("adresse,betrag,für\n".encode("latin-1"), "pay.csv", "It is not UTF-8"),
        ("address,amount\n".encode("utf-16"), "pay.csv", "It is not UTF-8"),
        (b"a,b\n1,2", "pay.xlsx", "It is no XLSX workbook"),
        (b"PK\x03\x04 torn", "pay.xlsx", "It is no XLSX workbook"),
        (xlsx_of(["a", "b"], sheets=2), "pay.xlsx", "It has several sheets"),
        (b'"open, and never closed\n', "pay.csv", "It is no CSV"),
        (b"x" * 200_000, "pay.csv", "field larger than field limit"),
        (b"a," * 200 + b"a\n1,2\n", "pay.csv", "more than 200 cells"),
        (xlsx_of(["a"] * 201, [1, 2]), "pay.xlsx", "more than 200 cells"),
        (spoilt("sheet1", lambda _: LAUGHING), "pay.xlsx", "It is no XLSX workbook"),
        (
            spoilt("Types", lambda xml: xml.replace(b" ContentType", b" xContentType")),
            "pay.xlsx",
            "It is no XLSX workbook",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_at_once(
    client: Client, content: bytes, filename: str, told: str
) -> None:
    assert told in send(client, content, filename=filename).content.decode()
    assert not BatchUpload.objects.exists()


def test_an_archive_that_unpacks_to_too_much_is_refused(client: Client) -> None:
    content = bomb()
    assert len(content) < 1_000_000
    assert "It unpacks to more than" in send(client, content, filename="a.xlsx").content.decode()


def test_an_empty_file_is_refused(client: Client) -> None:
    assert "lp-error" in send(client, b"").content.decode()


def test_a_file_that_is_too_large_is_refused(client: Client, settings: Any) -> None:
    settings.UPLOAD_BYTES_MAX = 1000
    assert "larger than" in send(client, b"a,b\n" * 300).content.decode()
    assert send(client, b"a,b\n" * 3000).status_code == 400  # by its announced length alone
    assert not BatchUpload.objects.exists()


def test_more_rows_than_a_file_may_have_are_refused(client: Client) -> None:
    line = f"{ADDRESSES[0]},1\n"
    upload = mapped(client, uploaded(client, ("a,b\n" + line * 100_000).encode()), reference_id="")
    work()
    shown = client.get(page("upload", upload)).content.decode()
    assert "It has more than 50000 rows." in shown
    assert "Submit for approval" not in shown


ROWS = [[one, "1.50", f"r{at}"] for at, one in enumerate(ADDRESSES)]
PLAIN = csv_of(*ROWS)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b",", b";"),
        PLAIN.replace(b",", b"\t"),
        csv_of(*ROWS, header=""),
        xlsx_of(["a", "b", "c"], *[[one, 1.5, reference] for one, _, reference in ROWS]),
    ],
    ids=["plain", "crlf", "bom", "semicolons", "tabs", "no header", "xlsx"],
)
def test_other_programs_files_are_read_the_same(client: Client, content: bytes) -> None:
    has_header = content.find(ADDRESSES[0].encode()) != 0
    kind = "xlsx" if content.startswith(b"PK") else "csv"
    upload = uploaded(client, content, filename=f"pay.{kind}")
    page_of = client.get(page("columns", upload)).content.decode()
    assert ADDRESSES[0] in page_of
    mapped(client, upload, **({} if has_header else {"has_header": ""}))
    work()
    upload.refresh_from_db()
    submit(client, upload)
    work()
    found = Payout.objects.order_by("batch_row").values_list("recipient_address", "amount_micro")
    assert list(found) == [(one, 1_500_000) for one in ADDRESSES]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "@SUM(A1)", "1e3", "١٢", "1,5", "12.345", "0", "\x00"]
)
def test_an_amount_that_is_none_is_told_with_its_row(client: Client, cell: str) -> None:
    content = csv_of([ADDRESSES[0], f'"{cell}"', "r"])
    upload = checked(client, content)
    assert upload.left_out == [2]
    assert "amount usdt" in client.get(page("upload", upload)).content.decode().replace("_", " ")


def test_a_formula_in_a_workbook_is_no_amount(client: Client) -> None:
    content = xlsx_of(["a", "b", "c"], [ADDRESSES[0], "=1+1", "r"])
    assert checked(client, content, filename="pay.xlsx").left_out == [2]


def test_nothing_of_a_file_is_markup_on_a_page(client: Client) -> None:
    evil = "<script>alert(1)</script>"
    upload = checked(client, csv_of([evil, evil, evil]), filename="<b>.csv", name=evil)
    for name in ("upload", "columns"):
        shown = client.get(page(name, upload)).content.decode()
        assert "<script>alert" not in shown
        assert "<b>.csv" not in shown
    assert evil not in client.get("/admin/payouts/batch/new/").content.decode()


def test_a_nul_anywhere_is_told_and_kept_out_of_the_database(client: Client) -> None:
    upload = checked(client, csv_of(["\x00", "1", "r"], [ADDRESSES[0], "1", "a\x00b"]))
    assert upload.left_out == [2, 3]
    assert "\x00" not in client.get(page("upload", upload)).content.decode()


def test_one_column_alone_cannot_be_both(client: Client) -> None:
    upload = uploaded(client, csv_of(*[[one] for one in ADDRESSES], header="address"))
    shown = client.get(page("columns", upload)).content.decode()
    assert "A: address" in shown
    for amount in ("", "0", "1"):
        given = {"recipient_address": "0", "amount_usdt": amount}
        assert "lp-error" in client.post(page("columns", upload), given).content.decode()


def test_cells_beyond_the_header_are_not_passed_over(client: Client) -> None:
    """An amount with a comma that nobody quoted must not be paid without its second half."""
    upload = checked(client, csv_of([ADDRESSES[0], "1", "r", "50"], *rows_of(1)))
    assert upload.left_out == [2]


ROW = [ADDRESSES[0], "12.50", "R-1"]


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        (["Wallet Address", "USDT amount", "Invoice ID"], ROW, (0, 1, 2)),
        (["id", "Payee", "Net pay"], ["R-1", ADDRESSES[0], "12"], (1, 2, 0)),
        (["reference_id", "amount_usdt", "recipient_address"], ["r", "1", ADDRESSES[0]], (2, 1, 0)),
        (["Wer", "Wieviel", "Rechnung"], ROW, (0, 1, None)),
        (None, ROW, (0, 1, None)),
        (["x", "y", "z"], ["a", "b", "c"], (None, None, None)),
    ],
)
def test_columns_are_guessed_by_names_then_by_cells(
    header: list[str] | None, row: list[str], found: tuple[int | None, ...]
) -> None:
    layout = layout_guess([header, row] if header else [row])
    names = ("recipient_address", "amount_usdt", "reference_id")
    assert tuple(layout.columns.get(name) for name in names) == found
    assert layout.has_header == (header is not None)
    assert layout_guess([]).columns == {}
