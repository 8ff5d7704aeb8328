"""Charts as bars of an SVG, and the same figures as a table.

Only geometry is reckoned here, in whole units of the drawing. Colours are classes of the
stylesheet, texts are HTML beside the drawing: so a chart follows the theme and any width.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 1_000
STEP, WIDTH = 100, 80
VISIBLE_MIN = 12  # a bar of something is never drawn as nothing


@dataclass(frozen=True)
class Series:
    """One kind of bars: whole numbers, ``None`` where nothing is known, and how they are read."""

    name: str
    tone: str
    values: Sequence[int | None]
    texts: Sequence[str]


@dataclass(frozen=True)
class Bar:
    """One rectangle, in units of the drawing."""

    x: int
    y: int
    height: int
    tone: str
    text: str
    width: int = WIDTH


@dataclass(frozen=True)
class Chart:
    """Bars over time. Those of a time stand on each other, or (``nested``) before each other.

    ``columns`` are further columns of the table. ``top`` is the value of the highest bar as text,
    ``highest`` the value that the full height stands for, unless it is that of the highest bar.
    """

    key: str
    title: str
    about: str
    labels: Sequence[str]
    series: Sequence[Series]
    top: str
    columns: Sequence[tuple[str, Sequence[str]]] = ()
    nested: bool = False
    highest: int | None = None
    empty: str = "Nothing yet."

    @property
    def width(self) -> int:
        """Return the width of the drawing."""
        return STEP * len(self.labels)

    @property
    def height(self) -> int:
        """Return the height of the drawing."""
        return HEIGHT

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for one in self.series for value in one.values)

    @property
    def bars(self) -> list[Bar]:
        """Return all rectangles, those behind first."""
        most = self.highest or self._highest()
        made = []
        for place, label in enumerate(self.labels):
            y = HEIGHT
            for one in self.series:
                value = one.values[place]
                if not value:
                    continue
                height = min(HEIGHT, max(VISIBLE_MIN, value * HEIGHT // most))
                y = HEIGHT - height if self.nested else max(0, y - height)
                text = f"{label}: {one.name} {one.texts[place]}"
                made.append(Bar(place * STEP + (STEP - WIDTH) // 2, y, height, one.tone, text))
        return made

    @property
    def head(self) -> list[str]:
        """Return the names of the table's columns but the first."""
        return [*(one.name for one in self.series), *(name for name, _ in self.columns)]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """Return the table, the newest first."""
        columns = [*(one.texts for one in self.series), *(texts for _, texts in self.columns)]
        rows = [
            (label, [texts[place] for texts in columns]) for place, label in enumerate(self.labels)
        ]
        return rows[::-1]

    @property
    def ends(self) -> tuple[str, str, str]:
        """Return the first label, the one in the middle and the last."""
        return self.labels[0], self.labels[len(self.labels) // 2], self.labels[-1]

    def _highest(self) -> int:
        if self.nested:
            return max(value or 0 for one in self.series for value in one.values) or 1
        places = range(len(self.labels))
        return max(sum(one.values[place] or 0 for one in self.series) for place in places) or 1
