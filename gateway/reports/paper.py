"""The pages of a report as PDF: A4 on its side, with a head, a foot and few kinds of text."""

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from gateway.reports.document import Document
from gateway.reports.fonts import FAMILY, Fonts
from lucidpay.money import UNITS_PER_TOKEN

Colour = tuple[int, int, int]
INK: Colour = (15, 23, 42)
FAINT: Colour = (84, 98, 120)
ACCENT: Colour = (15, 118, 110)
PALE: Colour = (241, 245, 249)
LINE: Colour = (203, 213, 225)
WHITE: Colour = (255, 255, 255)
WIDTH, HEIGHT = 297.0, 210.0  # mm
MARGIN = 12.0
INNER = WIDTH - 2 * MARGIN
TOP, BOTTOM = 20.0, HEIGHT - 17.0  # where text may stand below the first page
PT = 25.4 / 72
SIZE_MIN = 4.0
PAGE_SIZE, PAGE_WIDTH = 7.5, 40.0  # of the number of a page
PAGES_AT_LEAST, ROWS_A_PAGE = 3, 20  # about
PAGES = "{pages}"  # what stands for how many there are until the end


class Paper(FPDF):
    """Writes where it is told to; a page ends when the caller says so."""

    def __init__(self, document: Document) -> None:
        super().__init__(orientation="landscape", unit="mm", format="A4")
        self.document = document
        self.places = document.tally.places
        self.fonts_used = Fonts(self)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=False)
        self.c_margin = 0
        self.alias_nb_pages(PAGES)
        self.set_title(document.title)
        self.set_author(document.organisation or "LucidPay")
        self.set_subject(document.period)
        self.set_creator("LucidPay")
        self.set_creation_date(document.generated_at)
        self.set_lang("en")

    def header(self) -> None:
        """Say on later pages what this is a page of."""
        if self.page_no() == 1:
            return
        self.write_at(MARGIN, 12, self.document.title, size=9, bold=True)
        self.write_at(
            MARGIN, 12, self.document.period, size=7.5, colour=FAINT, width=INNER, align="R"
        )
        self.rule(15)

    def footer(self) -> None:
        """Say what proves this page, and which one of how many it is."""
        report = self.document.report_id or "no stored report"
        made = f"generated {self.document.generated_at:%Y-%m-%d %H:%M:%S} UTC"
        self.rule(HEIGHT - 14)
        self.write_at(MARGIN, HEIGHT - 10.2, f"{report}  ·  {made}", size=6.5, colour=FAINT)
        digest = f"SHA-256 of the rows as CSV: {self.document.rows_sha256}"
        self.write_at(MARGIN, HEIGHT - 7, digest, size=6.5, colour=FAINT)
        # How many there are is put in at the end, which this way of writing alone knows. Until
        # then something wider stands there, by which it is moved to the right.
        self.set_font(FAMILY, "", PAGE_SIZE)
        digits = "0" * len(str(PAGES_AT_LEAST + self.document.row_count // ROWS_A_PAGE))
        moved = self._width(PAGES, "", PAGE_SIZE) - self._width(digits, "", PAGE_SIZE)
        self.set_xy(WIDTH - MARGIN - PAGE_WIDTH, HEIGHT - 13)
        self.cell(PAGE_WIDTH + moved, 4, f"Page {self.page_no()} of {PAGES}", align="R")

    def write_at(
        self,
        x: float,
        baseline: float,
        text: str,
        *,
        size: float = 8,
        bold: bool = False,
        colour: Colour = INK,
        width: float | None = None,
        align: str = "L",
        shrinks: bool = False,
    ) -> None:
        """Write one line; in a width it is cut off, or (``shrinks``) made smaller, to fit."""
        style = "B" if bold else ""
        text = self.fonts_used.shown(text)
        if width is not None:
            text, size = self._fitted(text, style, size, width, shrinks or align == "R")
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)
        if not self.fonts_used.is_plain(text):
            self.set_xy(x, baseline - size * PT * 0.8)
            self.cell(w=width or 0, h=size * PT, text=text, align=align,
                      new_x=XPos.RIGHT, new_y=YPos.TOP)  # fmt: skip
            return
        if width is not None and align == "R":
            x += width - self._width(text, style, size)
        self.text(x, baseline, text)

    def _fitted(
        self, text: str, style: str, size: float, width: float, shrinks: bool
    ) -> tuple[str, float]:
        """Return a text and a size that fit: an amount or an id is made smaller, others shorter."""
        wide = self._width(text, style, size)
        if wide <= width:
            return text, size
        if shrinks:
            return text, max(SIZE_MIN, size * width / wide)
        kept = int(len(text) * width / wide)
        while kept and self._width(text[:kept] + "…", style, size) > width:
            kept -= 1
        return text[:kept].rstrip() + "…", size

    def _width(self, text: str, style: str, size: float) -> float:
        if self.fonts_used.is_plain(text):
            return self.fonts_used.width_of(text, style, size)
        self.set_font(FAMILY, style, size)
        return float(self.get_string_width(text))

    def rule(self, y: float, colour: Colour = LINE) -> None:
        """Draw a thin line over the whole width."""
        self.set_draw_color(*colour)
        self.set_line_width(0.2)
        self.line(MARGIN, y, WIDTH - MARGIN, y)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle."""
        self.set_fill_color(*colour)
        self.rect(x, y, width, height, style="F")

    def money(self, units: int) -> str:
        """Return an amount with the same decimals everywhere, exact."""
        whole, fraction = divmod(abs(units), UNITS_PER_TOKEN)
        sign = "-" if units < 0 else ""
        return f"{sign}{whole:,}.{f'{fraction:06d}'[: self.places]}"
