"""Bars of the volume by day or month, drawn with lines and rectangles."""

from fractions import Fraction

from gateway.reports.paper import ACCENT, FAINT, LINE, MARGIN, PT, WIDTH, Paper
from gateway.reports.tally import Sums
from lucidpay.money import UNITS_PER_TOKEN, tokens_of

LABELS_WIDTH = 30.0  # mm, for the amounts at the left
LABELS_MAX = 16  # names below the bars
LINES_MIN = 4


def volume_chart(paper: Paper, steps: list[tuple[str, Sums]], *, top: float, height: float) -> None:
    """Draw the volume of each step; what lies between two lines is read off their amounts."""
    line_micro, lines = scale_of(max((sums.volume_micro for _, sums in steps), default=0))
    left, bottom = MARGIN + LABELS_WIDTH, top + height - 7
    inner, space = WIDTH - MARGIN - left, bottom - top
    paper.set_draw_color(*LINE)
    paper.set_line_width(0.15)
    for number in range(lines + 1):
        y = bottom - space * number / lines
        paper.line(left, y, left + inner, y)
        label = f"{tokens_of(line_micro * number):,f}"
        paper.write_at(MARGIN, y + 1, label, size=6.5, colour=FAINT, width=LABELS_WIDTH - 2,
                       align="R")  # fmt: skip
    each = inner / max(1, len(steps))
    every = -(-len(steps) // LABELS_MAX)
    for number, (name, sums) in enumerate(steps):
        share = Fraction(sums.volume_micro, line_micro * lines)
        x, high = left + each * number, space * float(share)
        if high:
            paper.box(x + each * 0.15, bottom - high, each * 0.7, high, ACCENT)
        if number % every == 0:
            _label(paper, name, x + each / 2, bottom + 4)


def _label(paper: Paper, name: str, centre: float, baseline: float) -> None:
    short = name[5:] if len(name) > 7 else name  # of a day: the month and the day
    half = len(short) * 6.5 * PT * 0.29
    paper.write_at(centre - half, baseline, short, size=6.5, colour=FAINT)


def scale_of(most_micro: int) -> tuple[int, int]:
    """Return how much lies between two lines, and how many there are above the first.

    The amount is 1, 2 or 5 and zeros, so that people can reckon with it.
    """
    if not most_micro:
        return UNITS_PER_TOKEN, 1
    line, turn = 1, 0
    while line * LINES_MIN < max(most_micro, LINES_MIN):
        line = line * 5 // 2 if turn % 3 == 1 else line * 2
        turn += 1
    return line, max(1, -(-most_micro // line))
