"""Reports for spreadsheets: a summary with a chart, and a sheet of the payments."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

from gateway.reports.as_text import STEP
from gateway.reports.document import Document, Progress
from gateway.reports.rows import Row
from gateway.reports.tally import Sums
from lucidpay.money import tokens_of

# A spreadsheet's numbers have so many digits; what needs more is written as text.
DIGITS_MAX = 15
MONEY = "#,##0.00####"
INK, ACCENT, PALE, LINE = "#0F172A", "#0F766E", "#F1F5F9", "#CBD5E1"
# The library writes a text between <r> and </r> into the file as markup, unescaped.
MARKUP = "<r>"
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "remove_timezone": True,
}
HEADS = ("Payments", "Successful", "Failed", "Volume", "Fees", "Net", "Refunded")
# Name, width in characters.
COLUMNS = (
    ("Payment", 38), ("Created (UTC)", 20), ("Completed (UTC)", 20), ("Status", 12),
    ("Method", 17), ("Payer", 38), ("Payee", 38), ("Amount (USDT)", 18), ("Fee (USDT)", 15),
    ("Net (USDT)", 18), ("Received", 18), ("Received in", 12), ("Refunded (USDT)", 17),
    ("Reference", 28), ("Description", 44), ("Transaction", 68),
)  # fmt: skip


def write_xlsx(document: Document, out: IO[bytes], progress: Progress) -> None:
    """Write a workbook. No cell is a formula; amounts are exact."""
    book = xlsxwriter.Workbook(out, _OPTIONS)
    book.set_properties(
        {"title": document.title, "author": document.organisation or "LucidPay",
         "subject": document.period, "created": document.generated_at}
    )  # fmt: skip
    looks = _looks(book)
    _summary(book, document, looks)
    _payments(book, document, looks, progress)
    book.close()


def _looks(book: Any) -> dict[str, Any]:
    plain = {"font_name": "Arial", "font_size": 10, "font_color": INK}
    head = {**plain, "bold": True, "font_color": "#FFFFFF", "bg_color": ACCENT, "valign": "vcenter"}
    return {
        "plain": book.add_format(plain),
        "faint": book.add_format({**plain, "font_color": "#475569"}),
        "hash": book.add_format({**plain, "font_name": "Courier New", "font_size": 9}),
        "title": book.add_format({**plain, "bold": True, "font_size": 18}),
        "section": book.add_format({**plain, "bold": True, "font_size": 12, "bottom": 1,
                                    "bottom_color": LINE}),
        "head": book.add_format(head),
        "head_right": book.add_format({**head, "align": "right"}),
        "count": book.add_format({**plain, "num_format": "#,##0"}),
        "money": book.add_format({**plain, "num_format": MONEY, "align": "right"}),
        "time": book.add_format({**plain, "num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"}),
    }  # fmt: skip


def _text(sheet: Any, row: int, column: int, text: str, look: Any) -> None:
    """Write a text of anybody's as a text, whatever it begins with; markup is quoted."""
    sheet.write_string(row, column, f"'{text}" if text.startswith(MARKUP) else text, look)


def _money(sheet: Any, row: int, column: int, units: int, look: Any) -> None:
    amount: Decimal = tokens_of(units)
    if len(amount.as_tuple().digits) > DIGITS_MAX:
        sheet.write_string(row, column, f"{amount:,f}", look)
    else:
        # The library formats a Decimal digit for digit; it never becomes a float here.
        sheet.write_number(row, column, amount, look)


def _summary(book: Any, document: Document, looks: dict[str, Any]) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 30, looks["plain"])
    sheet.set_column(1, 3, 13, looks["plain"])
    sheet.set_column(4, 7, 22, looks["plain"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    at = _facts(sheet, document, looks)
    at = _table(sheet, at, "Totals", "Period", [("all of it", document.tally.whole)], looks)
    chart_at = at + 1
    at = chart_at + 19  # rows that the chart covers
    steps = document.tally.steps()
    named = "day" if document.tally.has_days else "month"
    first = at + 2
    at = _table(sheet, at, f"By {named} (UTC)", named.title(), steps, looks)
    at = _table(sheet, at + 1, "By method", "Method", document.tally.methods(), looks)
    _table(sheet, at + 1, "By status", "Status", document.tally.statuses(), looks)
    _chart(book, sheet, chart_at, first, first + len(steps) - 1, named)


def _facts(sheet: Any, document: Document, looks: dict[str, Any]) -> int:
    sheet.set_row(0, 28)
    _text(sheet, 0, 0, document.title, looks["title"])
    facts = [
        ("Organisation", document.organisation or "LucidPay", "plain"),
        ("Network", document.network, "plain"),
        ("Payments of", document.whose, "plain"),
        ("Period", document.period, "plain"),
        ("Selection", document.filters, "plain"),
        ("Generated", f"{document.generated_at:%Y-%m-%d %H:%M:%S} UTC", "plain"),
        ("Report", document.report_id or "—", "hash"),
        ("SHA-256 of the rows as CSV", document.rows_sha256, "hash"),
    ]
    for row, (name, value, look) in enumerate(facts, 1):
        sheet.write_string(row, 0, name, looks["faint"])
        _text(sheet, row, 1, value, looks[look])
    return len(facts) + 2


def _section(sheet: Any, row: int, name: str, looks: dict[str, Any]) -> None:
    sheet.set_row(row, 20)
    sheet.write_string(row, 0, name, looks["section"])
    for column in range(1, len(HEADS) + 1):
        sheet.write_blank(row, column, None, looks["section"])


def _table(
    sheet: Any,
    at: int,
    title: str,
    name: str,
    lines: Iterable[tuple[str, Sums]],
    looks: dict[str, Any],
) -> int:
    """Write a table of sums from this row on; return the row after it."""
    _section(sheet, at, title, looks)
    sheet.write_string(at + 1, 0, name, looks["head"])
    for column, head in enumerate(HEADS, 1):
        sheet.write_string(at + 1, column, head, looks["head_right"])
    row = at + 2
    for text, sums in lines:
        sheet.write_string(row, 0, text, looks["plain"])
        for column, number in enumerate((sums.payments, sums.successful, sums.failed), 1):
            sheet.write_number(row, column, number, looks["count"])
        moneys = (sums.volume_micro, sums.fees_micro, sums.net_micro, sums.refunded_micro)
        for column, units in enumerate(moneys, 4):
            _money(sheet, row, column, units, looks["money"])
        row += 1
    return row


def _chart(book: Any, sheet: Any, at: int, first: int, last: int, named: str) -> None:
    chart = book.add_chart({"type": "column"})
    chart.add_series(
        {"name": "Volume (USDT)", "categories": ["Summary", first, 0, last, 0],
         "values": ["Summary", first, 4, last, 4], "fill": {"color": ACCENT}, "gap": 40}
    )  # fmt: skip
    chart.set_title(
        {"name": f"Volume by {named} (USDT)", "name_font": {"size": 11, "color": INK},
         "overlay": False}
    )  # fmt: skip
    chart.set_legend({"none": True})
    chart.set_y_axis({"num_format": "#,##0", "major_gridlines": {"visible": True,
                      "line": {"color": LINE}}, "line": {"none": True}})  # fmt: skip
    chart.set_x_axis({"num_font": {"rotation": -45 if last - first > 12 else 0, "size": 8}})
    chart.set_size({"width": 1160, "height": 340})
    sheet.insert_chart(at, 0, chart, {"description": f"Volume by {named}"})


def _payments(book: Any, document: Document, looks: dict[str, Any], progress: Progress) -> None:
    sheet = book.add_worksheet("Payments")
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{document.report_id}&RPage &P of &N")
    sheet.set_row(0, 22)
    for column, (name, width) in enumerate(COLUMNS):
        sheet.set_column(column, column, width, looks["plain"])
        is_money = column in (7, 8, 9, 10, 12)
        sheet.write_string(0, column, name, looks["head_right" if is_money else "head"])
    sheet.autofilter(0, 0, document.row_count, len(COLUMNS) - 1)
    for number, row in enumerate(document.rows(), 1):
        _payment(sheet, number, row, looks)
        if number % STEP == 0:
            progress(number)


def _payment(sheet: Any, at: int, row: Row, looks: dict[str, Any]) -> None:
    plain = looks["plain"]
    sheet.write_string(at, 0, row.payment_id, plain)
    _time(sheet, at, 1, row.created_at, looks)
    if row.completed_at:
        _time(sheet, at, 2, row.completed_at, looks)
    for column, text in ((3, row.status), (4, row.method), (5, row.payer), (6, row.payee)):
        sheet.write_string(at, column, text, plain)
    for column, units in ((7, row.amount_micro), (8, row.fee_micro), (9, row.net_micro),
                          (10, row.received_units)):  # fmt: skip
        _money(sheet, at, column, units, looks["money"])
    sheet.write_string(at, 11, row.received_currency, plain)
    _money(sheet, at, 12, row.refunded_micro, looks["money"])
    for column, text in ((13, row.reference_id), (14, row.description), (15, row.transaction_id)):
        if text:
            _text(sheet, at, column, text, plain)


def _time(sheet: Any, at: int, column: int, time: datetime, looks: dict[str, Any]) -> None:
    sheet.write_datetime(at, column, time.replace(tzinfo=None), looks["time"])
