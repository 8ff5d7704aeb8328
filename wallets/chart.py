"""A line of balances as the points of an SVG. Pixels are floats here; amounts never are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 600, 120
MARGIN = 6  # so that the line is not cut off at its highest and lowest


@dataclass(frozen=True)
class Line:
    """A line through amounts that hold until the next is told, and the mark of a threshold."""

    path: str
    area: str
    mark_y: float | None
    low_units: int
    high_units: int


def line_of(points: Sequence[tuple[datetime, int]], *, mark_units: int | None = None) -> Line:
    """Return the line through at least two points (time, base units), the oldest first.

    It begins at 0 where the least is near to it beside the greatest, and shows the mark.
    """
    amounts = [units for _, units in points] + ([] if mark_units is None else [mark_units])
    low, high = min(amounts), max(amounts)
    low = 0 if 0 < low < (high - low) * 2 else low
    begin, length_s = points[0][0], max(1.0, (points[-1][0] - points[0][0]).total_seconds())
    span = max(1, high - low)

    def x_of(at: datetime) -> float:
        return round((at - begin).total_seconds() / length_s * WIDTH, 1)

    def y_of(units: int) -> float:
        return round(HEIGHT - MARGIN - (units - low) / span * (HEIGHT - 2 * MARGIN), 1)

    path = f"M{x_of(points[0][0])} {y_of(points[0][1])}"
    path += "".join(f"H{x_of(at)}V{y_of(units)}" for at, units in points[1:])
    return Line(
        path=path,
        area=f"{path}V{HEIGHT}H0Z",
        mark_y=None if mark_units is None else y_of(mark_units),
        low_units=low,
        high_units=high,
    )
