"""The files: what a row says, in each format, and that no cell of it is reckoned."""

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import IO, Any

import openpyxl
import pytest
import simplejson

from gateway.kinds import Method
from gateway.reports.as_xlsx import COLUMNS as XLSX_COLUMNS
from gateway.reports.chart import scale_of
from gateway.reports.document import Document, document_of
from gateway.reports.files import file_write
from gateway.reports.fonts import MISSING
from gateway.reports.paper import Paper
from gateway.reports.rows import COLUMNS, FETCH, as_text
from gateway.reports.selection import Selection
from tests import builders
from tests.builders import USDT
from tests.gateway.payments import payment

START = datetime(2026, 1, 1, tzinfo=UTC)
# What a spreadsheet would run, also behind blanks and in full width.
HOSTILE = [
    '=HYPERLINK("http://evil.example","pay here")', "+1+1", "-2+3", "@SUM(A1)", "\t=1+1",
    "\r=1+1", "  =1+1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "\ufeff=1+1", "=cmd|' /C calc'!A0",
]  # fmt: skip
# What the library that writes sheets would take for markup of its own, and write as it is.
MARKUP = [
    "<r>&</r>",
    "<r><t>x</t></r>",
    '<r><t>x</t></r></is></c><c r="Q2"><f>HYPERLINK("http://evil.example","pay here")</f></c>'
    '<c r="R2" t="inlineStr"><is><r><t>x</t></r>',
]
LANGUAGES = [
    "发票 2026-001", "Счёт № 44", "한국어 송장", "日本語", "فاتورة ١٢", "חשבונית",
    "ใบแจ้งหนี้", "हिन्दी",
]  # fmt: skip
pytestmark = pytest.mark.django_db


def document(**fields: Any) -> Any:
    """Give the document of January 2026, of everybody's payments."""
    selection = Selection(START, START + timedelta(days=31), None, "", include_failed=True)
    given = {"report_id": "report_" + "0" * 32, "whose": "all merchants", "rows_max": 1000}
    return document_of(selection, now=START + timedelta(days=40), **{**given, **fields})


def file(format_: str, **fields: Any) -> IO[bytes]:
    """Return the file of January 2026 in this format."""
    out = io.BytesIO()
    with document(**fields) as made:
        file_write(format_, made, out, lambda _: None)
    out.seek(0)
    return out


def csv_rows() -> list[dict[str, str]]:
    return list(csv.DictReader(io.TextIOWrapper(file("csv"), "utf-8", newline="")))


def sheet(name: str = "Payments") -> Any:
    return openpyxl.load_workbook(file("xlsx"))[name]


def xlsx_rows() -> list[dict[str, Any]]:
    rows = sheet().iter_rows(min_row=2)
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@pytest.fixture
def one() -> Any:
    """A payment that was paid, with all there is to say of one."""
    return payment(
        builders.user("merchant", username="acme"),
        status="completed",
        at=START + timedelta(hours=5),
        amount_micro=1_234_567_891,
        method=Method.GATEWAY,
        reference_id="INV-1",
        description="Büro, «Möbel»\n2",
    )


def test_a_row_says_all_of_a_payment(one: Any) -> None:
    [row] = csv_rows()
    assert row == {
        "payment_id": one.public_id,
        "created_at": "2026-01-01T05:00:00Z",
        "completed_at": "2026-01-01T05:01:10Z",
        "status": "completed",
        "method": "payment_gateway",
        "payer": one.payer_address,
        "payee": one.payee_address,
        "amount": "1234.567891",
        "fee": "1.851852",
        "net": "1232.716039",
        "received": "1234.567891",
        "received_currency": "USDT",
        "refunded": "0",
        "reference_id": "INV-1",
        "description": "Büro, «Möbel»\n2",
        "transaction_id": one.paid_txid,
    }


def test_json_has_sums_and_exact_numbers(one: Any) -> None:
    told = simplejson.load(file("json"), use_decimal=True)
    assert [row["amount"] for row in told["payments"]] == [Decimal("1234.567891")]
    assert told["total_volume"] == Decimal("1234.567891")
    assert told["by_method"]["payment_gateway"]["successful_payments"] == 1
    assert told["by_period"]["2026-01-01"]["total_fees"] == Decimal("1.851852")
    assert len(told["by_period"]) == 31
    assert list(told["payments"][0]) == list(COLUMNS)


def test_an_empty_period_is_a_file_as_well() -> None:
    assert csv_rows() == []
    assert simplejson.load(file("json"))["payments"] == []
    assert list(sheet().iter_rows(min_row=2)) == []
    assert file("pdf").read(5) == b"%PDF-"


@pytest.mark.contract("C-AFTER-4")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_csv_is_a_formula(text: str) -> None:
    owner = builders.user("merchant")
    payment(owner, at=START, reference_id=text, description=text)
    [row] = csv_rows()
    assert row["reference_id"] == f"'{text}"
    assert row["description"] == f"'{text}"


@pytest.mark.contract("C-AFTER-4")
@pytest.mark.parametrize("text", HOSTILE)
def test_no_cell_of_a_sheet_is_a_formula(text: str) -> None:
    payment(builders.user("merchant"), at=START, reference_id=text, description=text)
    [row] = xlsx_rows()
    for name in ("reference_id", "description"):
        assert row[name].data_type == "s", row[name].value
        assert row[name].hyperlink is None
        assert row[name].value.replace("_x000D_", "\r").replace("\n", "\r") == text


@pytest.mark.contract("C-AFTER-4")
@pytest.mark.parametrize("text", MARKUP)
def test_no_text_becomes_markup_of_a_sheet(text: str) -> None:
    payment(builders.user("merchant"), at=START, reference_id=text[:100], description=text)
    [row] = xlsx_rows()
    assert (row["description"].value, row["description"].data_type) == (f"'{text}", "s")
    assert sheet().dimensions == "A1:P2"
    assert openpyxl.load_workbook(file("xlsx", whose=text))["Summary"]["B4"].value == f"'{text}"


@pytest.mark.parametrize("text", MARKUP)
def test_the_parts_of_a_sheet_hold_no_markup_of_others(text: str) -> None:
    payment(builders.user("merchant"), at=START, description=text)
    with zipfile.ZipFile(file("xlsx", whose=text)) as parts:
        for name in ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"):
            raw = parts.read(name).decode()
            assert "<r>" not in raw
            assert "<f>" not in raw
            assert "'&lt;r&gt;" in raw


@pytest.mark.parametrize("text", ["INV-1", "1-2", "a=b", "'quoted", "müll", "发票", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert as_text(text) == text


def test_a_sheet_is_ready_to_be_worked_with(one: Any) -> None:
    payments, summary = sheet(), sheet("Summary")
    assert (payments.freeze_panes, payments.auto_filter.ref) == ("B2", "A1:P2")
    [row] = xlsx_rows()
    assert (row["amount"].value, row["amount"].number_format) == (1234.567891, "#,##0.00####")
    assert row["created_at"].value.isoformat() == "2026-01-01T05:00:00"
    assert len(summary._charts) == 1
    assert len(XLSX_COLUMNS) == len(COLUMNS)
    for name, cell in row.items():
        width = payments.column_dimensions
        at = max(one for one in width if _index(one) <= cell.column)
        shown = f"{cell.value:,.6f}" if isinstance(cell.value, float) else str(cell.value)
        assert name == "description" or len(shown) <= width[at].width, name


def _index(letters: str) -> int:
    return int(openpyxl.utils.column_index_from_string(letters))


def test_amounts_of_a_sheet_are_exact_or_text() -> None:
    owner = builders.user("merchant")
    amounts = [999_999_999 * USDT + 999_999, 1_000_000_000 * USDT, 1]
    for amount in amounts:
        payment(owner, at=START, amount_micro=amount, method=Method.DIRECT)
    shown = [row["amount"].value for row in xlsx_rows()]
    assert [Decimal(str(one)) for one in shown] == [Decimal(one).scaleb(-6) for one in amounts]


def test_sums_beyond_what_a_sheet_can_hold_are_text() -> None:
    owner = builders.user("merchant")
    for _ in range(2):
        payment(owner, status="completed", at=START, amount_micro=999_999_999_999_999)
    cells = [str(cell.value) for row in sheet("Summary").iter_rows() for cell in row]
    assert "1,999,999,999.999998" in cells


def test_the_digest_is_that_of_the_lines_of_the_csv(one: Any) -> None:
    payment(one.owner, at=START, description=HOSTILE[0])
    lines = file("csv").read().partition(b"\r\n")[2]
    with document() as made:
        assert made.rows_sha256 == hashlib.sha256(lines).hexdigest()
    # In every format the same.
    assert simplejson.load(file("json"))["rows_sha256"] == hashlib.sha256(lines).hexdigest()


def test_a_file_is_of_one_moment_and_read_in_pieces(one: Any, monkeypatch: Any) -> None:
    """Somebody's payment that ends while the rows are read is neither half in nor twice."""
    for number in range(3):
        payment(one.owner, at=START + timedelta(minutes=number))
    monkeypatch.setattr("gateway.reports.rows.FETCH", 1)
    assert FETCH > 1
    with document() as made:
        assert len(list(made.rows())) == made.row_count == made.tally.whole.payments == 4
        assert list(made.rows()) == list(made.rows())


# --- PDF ----------------------------------------------------------------------------------------


@pytest.fixture
def paper(one: Any) -> Iterator[tuple[Paper, Document]]:
    with document() as made:
        page = Paper(made)
        with closing(page.fonts_used):
            yield page, made


@pytest.mark.parametrize("text", LANGUAGES)
def test_a_page_shows_any_language(paper: tuple[Paper, Document], text: str) -> None:
    assert paper[0].fonts_used.shown(text) == text


def test_what_no_font_has_is_replaced(paper: tuple[Paper, Document]) -> None:
    shown = paper[0].fonts_used.shown("a\u202e𓀀\x00\ue000b\u2028c")
    assert MISSING in shown
    assert shown.startswith("a")
    assert shown.endswith("b c")


def test_a_document_is_made_of_hostile_texts_in_any_language(one: Any) -> None:
    for text in [*HOSTILE, *MARKUP, *LANGUAGES, "🪑 𓀀 \u202e \ud7ff \u0301\u0301", "x" * 100]:
        payment(one.owner, at=START, reference_id=text[:100], description=(text * 4)[:500])
    assert file("pdf").read(5) == b"%PDF-"


def test_amounts_on_paper_are_written_in_full(paper: tuple[Paper, Document]) -> None:
    page, made = paper
    assert made.tally.places == 6
    assert page.money(1_234_567_891) == "1,234.567891"
    assert page.money(0) == "0.000000"
    page.places = 2
    assert page.money(-5_250_000) == "-5.25"


def test_no_digit_of_an_amount_is_cut_off(paper: tuple[Paper, Document]) -> None:
    page = paper[0]
    text, size = page._fitted("1,000,000,000.000000", "", 8, width=10, shrinks=True)
    assert text == "1,000,000,000.000000"
    assert size < 8
    text, size = page._fitted("a description " * 9, "", 8, width=30, shrinks=False)
    assert text.endswith("…")
    assert page._width(text, "", size) <= 30


@pytest.mark.parametrize(
    ("most", "scale"),
    [
        (0, (USDT, 1)),
        (4, (1, 4)),
        (5, (2, 3)),
        (100, (50, 2)),
        (25_800 * USDT, (10_000 * USDT, 3)),
    ],
)
def test_the_lines_of_the_chart_are_round(most: int, scale: tuple[int, int]) -> None:
    assert scale_of(most) == scale
    line, lines = scale
    assert line * lines >= most


def test_a_long_period_is_told_by_month() -> None:
    selection = Selection(START, START + timedelta(days=366), None)
    given = {"report_id": "", "whose": "x", "rows_max": 9, "now": START}
    with document_of(selection, **given) as made, tempfile.TemporaryFile() as out:
        assert [name for name, _ in made.tally.steps()][:2] == ["2026-01", "2026-02"]
        assert len(made.tally.steps()) == 13
        file_write("pdf", made, out, lambda _: None)
