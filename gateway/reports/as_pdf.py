"""Reports for people: a document for the accounts."""

from collections.abc import Sequence
from contextlib import closing
from typing import IO

from gateway.reports.as_text import STEP
from gateway.reports.chart import volume_chart
from gateway.reports.document import Document, Progress
from gateway.reports.paper import (
    ACCENT,
    BOTTOM,
    FAINT,
    INK,
    INNER,
    LINE,
    MARGIN,
    PALE,
    TOP,
    WHITE,
    WIDTH,
    Paper,
)
from gateway.reports.rows import Row
from gateway.reports.tally import Sums

LINE_HEIGHT = 5.4
ROW_HEIGHT = 8.4
# Name, width in mm, alignment.
SUM_COLUMNS = (
    ("Payments", 22.0), ("Successful", 24.0), ("Failed", 20.0), ("Volume (USDT)", 44.0),
    ("Fees (USDT)", 36.0), ("Net (USDT)", 44.0), ("Refunded (USDT)", 40.0),
)  # fmt: skip
NAME_WIDTH = INNER - sum(width for _, width in SUM_COLUMNS)
PAYMENT_COLUMNS = (
    ("Created (UTC)", 20.0, "L"), ("Payment, transaction", 49.0, "L"),
    ("Reference, description", 50.0, "L"), ("Method, status", 25.0, "L"),
    ("Payer, payee", 46.0, "L"), ("Amount", 25.0, "R"), ("Fee", 17.0, "R"), ("Net", 24.0, "R"),
    ("Refunded", 17.0, "R"),
)  # fmt: skip
IDS = ("Payment, transaction", "Payer, payee")


def write_pdf(document: Document, out: IO[bytes], progress: Progress) -> None:
    """Write a document: a page of sums and a chart, tables, then every payment."""
    paper = Paper(document)
    with closing(paper.fonts_used):
        paper.add_page()
        _first_page(paper, document)
        _tables(paper, document)
        _payments(paper, document, progress)
        out.write(paper.output())


# --- The first page -----------------------------------------------------------------------------


def _first_page(paper: Paper, document: Document) -> None:
    paper.box(0, 0, WIDTH, 3, ACCENT)
    paper.write_at(MARGIN, 20, document.title, size=22, bold=True)
    paper.write_at(MARGIN, 20, document.organisation or "LucidPay", size=12, width=INNER,
                   align="R")  # fmt: skip
    paper.write_at(MARGIN, 27, document.period, size=10, colour=FAINT)
    paper.write_at(MARGIN, 27, f"network: {document.network}", size=9, colour=FAINT,
                   width=INNER, align="R")  # fmt: skip
    facts = (
        ("Payments of", document.whose),
        ("Selection", f"by time of creation; {document.filters}"),
        ("Report", document.report_id or "—"),
        ("Generated", f"{document.generated_at:%Y-%m-%d %H:%M:%S} UTC"),
    )
    for number, (name, text) in enumerate(facts):
        paper.write_at(MARGIN, 36 + number * 5, name, size=8.5, colour=FAINT)
        paper.write_at(MARGIN + 26, 36 + number * 5, text, size=8.5, width=INNER - 26)
    _cards(paper, document.tally.whole, top=58)
    named = "day" if document.tally.has_days else "month"
    paper.write_at(MARGIN, 104, f"Volume by {named} (USDT, UTC)", size=10, bold=True)
    volume_chart(paper, document.tally.steps(), top=109, height=80)


def _cards(paper: Paper, sums: Sums, *, top: float) -> None:
    ended = sums.successful + sums.failed
    rate = f"{100 * sums.successful // ended} % of those that ended" if ended else ""
    counts = (
        ("Payments", f"{sums.payments:,}", ""),
        ("Successful", f"{sums.successful:,}", rate),
        ("Failed or cancelled", f"{sums.failed:,}", ""),
        ("Still open", f"{sums.payments - ended:,}", ""),
    )
    amounts = (
        ("Volume", paper.money(sums.volume_micro), "of successful payments"),
        ("Fees", paper.money(sums.fees_micro), "of successful payments"),
        ("Net", paper.money(sums.net_micro), "volume less fees"),
        ("Refunded", paper.money(sums.refunded_micro), "asked for and not failed"),
    )
    gap = 4.0
    width = (INNER - 3 * gap) / 4
    for line, cards in enumerate((amounts, counts)):
        for number, (name, value, note) in enumerate(cards):
            x, y = MARGIN + number * (width + gap), top + line * 20
            paper.box(x, y, width, 17, PALE)
            paper.box(x, y, 1, 17, ACCENT)
            unit = f"{name} (USDT)" if line == 0 else name
            paper.write_at(x + 4, y + 5, unit, size=7.5, colour=FAINT)
            paper.write_at(x + 4, y + 11, value, size=12, bold=True, width=width - 6)
            paper.write_at(x + 4, y + 15, note, size=6.5, colour=FAINT)


# --- Tables of sums -----------------------------------------------------------------------------


def _tables(paper: Paper, document: Document) -> None:
    tally = document.tally
    named = "Day" if tally.has_days else "Month"
    paper.add_page()
    y = _sum_table(paper, TOP + 4, "By method", "Method", tally.methods())
    y = _sum_table(paper, y + 6, "By status", "Status", tally.statuses())
    _sum_table(paper, y + 6, f"By {named.lower()} (UTC)", named, tally.steps(), tally.whole)


def _sum_table(
    paper: Paper,
    y: float,
    title: str,
    name: str,
    lines: Sequence[tuple[str, Sums]],
    whole: Sums | None = None,
) -> float:
    """Write a table from here on, over as many pages as it takes; return where it ends."""
    if y + 4 * LINE_HEIGHT > BOTTOM:
        paper.add_page()
        y = TOP + 4
    paper.write_at(MARGIN, y, title, size=11, bold=True)
    y = _sum_head(paper, y + 2.5, name)
    for text, sums in lines:
        if y + LINE_HEIGHT > BOTTOM:
            paper.add_page()
            y = _sum_head(paper, TOP, name)
        y = _sum_line(paper, y, text, sums)
    if not lines:
        paper.write_at(MARGIN + 2, y + 4, "No payments.", size=8, colour=FAINT)
        y += LINE_HEIGHT
    if whole is not None:
        if y + LINE_HEIGHT > BOTTOM:
            paper.add_page()
            y = _sum_head(paper, TOP, name)
        paper.box(MARGIN, y, INNER, LINE_HEIGHT, PALE)
        y = _sum_line(paper, y, "Total", whole, bold=True)
    return y


def _sum_head(paper: Paper, y: float, name: str) -> float:
    paper.box(MARGIN, y, INNER, LINE_HEIGHT + 0.6, ACCENT)
    paper.write_at(MARGIN + 2, y + 4.1, name, size=8, bold=True, colour=WHITE)
    x = MARGIN + NAME_WIDTH
    for head, width in SUM_COLUMNS:
        paper.write_at(x, y + 4.1, head, size=8, bold=True, colour=WHITE, width=width - 2,
                       align="R")  # fmt: skip
        x += width
    return y + LINE_HEIGHT + 0.6


def _sum_line(paper: Paper, y: float, name: str, sums: Sums, *, bold: bool = False) -> float:
    moneys = (sums.volume_micro, sums.fees_micro, sums.net_micro, sums.refunded_micro)
    texts = (
        f"{sums.payments:,}", f"{sums.successful:,}", f"{sums.failed:,}",
        *(paper.money(units) if units else "—" for units in moneys),
    )  # fmt: skip
    colour = INK if sums.payments else FAINT
    paper.write_at(MARGIN + 2, y + 3.9, name, size=8, bold=bold, colour=colour)
    x = MARGIN + NAME_WIDTH
    for (_, width), text in zip(SUM_COLUMNS, texts, strict=True):
        paper.write_at(x, y + 3.9, text, size=8, bold=bold, colour=colour, width=width - 2,
                       align="R")  # fmt: skip
        x += width
    paper.rule(y + LINE_HEIGHT)
    return y + LINE_HEIGHT


# --- Payments -----------------------------------------------------------------------------------


def _payments(paper: Paper, document: Document, progress: Progress) -> None:
    paper.add_page()
    paper.write_at(MARGIN, TOP + 4, "Payments", size=11, bold=True)
    listed = f"{document.row_count:,} listed, the oldest first; amounts in USDT"
    paper.write_at(MARGIN + 26, TOP + 4, listed, size=8, colour=FAINT)
    y = _payment_head(paper, TOP + 6.5)
    for number, row in enumerate(document.rows(), 1):
        if y + ROW_HEIGHT > BOTTOM:
            paper.add_page()
            y = _payment_head(paper, TOP - 2)
        y = _payment_row(paper, y, row)
        if number % STEP == 0:
            progress(number)
    if not document.row_count:
        paper.write_at(MARGIN + 2, y + 5, "No payments in this period.", size=8, colour=FAINT)


def _payment_head(paper: Paper, y: float) -> float:
    paper.box(MARGIN, y, INNER, LINE_HEIGHT + 0.6, ACCENT)
    x = MARGIN
    for head, width, align in PAYMENT_COLUMNS:
        paper.write_at(x + 1, y + 4.1, head, size=7.5, bold=True, colour=WHITE, width=width - 2,
                       align=align)  # fmt: skip
        x += width
    return y + LINE_HEIGHT + 0.6


def _payment_row(paper: Paper, y: float, row: Row) -> float:
    txid = row.transaction_id
    cells = (
        (f"{row.created_at:%Y-%m-%d}", f"{row.created_at:%H:%M:%S}"),
        (row.payment_id, f"{txid[:20]}…{txid[-12:]}" if txid else ""),
        (row.reference_id, row.description),
        (row.method, row.status),
        (row.payer, row.payee),
        (paper.money(row.amount_micro), ""),
        (paper.money(row.fee_micro), ""),
        (paper.money(row.net_micro), ""),
        (paper.money(row.refunded_micro) if row.refunded_micro else "", ""),
    )
    x = MARGIN
    for (first, second), (name, width, align) in zip(cells, PAYMENT_COLUMNS, strict=True):
        is_id = name in IDS
        size, wide = (6.0 if is_id else 6.5), width - 2
        if first:
            paper.write_at(x + 1, y + 3.4, first, size=size, width=wide, align=align, shrinks=is_id)
        if second:
            paper.write_at(x + 1, y + 6.8, second, size=6, colour=FAINT, width=wide, shrinks=is_id)
        x += width
    paper.rule(y + ROW_HEIGHT, LINE)
    return y + ROW_HEIGHT
