"""Fonts for what merchants write, in any language, found in packages and not on the machine.

Noto Sans for Latin, Greek and Cyrillic; of the others only those that a text needs are opened.
"""

import io
import tempfile
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer
from fpdf import FPDF
from fpdf.fonts import TTFFont

FAMILY = "noto"
MISSING = "?"
BOLD = 600
# What is written in bold is written by us.
BOLD_CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x180), 0x2013, 0x2014, 0x2026]


def _folder(package: str) -> Path:
    return Path(str(resources.files(package)))


def _plain() -> Path:
    return _folder("manimgx_fonts") / "NotoSans[wght].ttf"


@cache
def _others() -> list[Path]:
    """Return the fonts of other scripts, in the order in which they are asked."""
    noto = sorted(_folder("manimgx_fonts").glob("Noto*.ttf"))
    other = [one for one in noto if not one.name.startswith(("NotoSans-", "NotoSans["))]
    return [*other, _folder("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"]


@cache
def _covered(path: Path) -> frozenset[int]:
    """Return the characters that a font shows."""
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def _bold() -> bytes:
    """Return the bold of the variable font, of few characters: all of them would take 15 s."""
    chosen = subset.Subsetter(subset.Options(layout_features=[], notdef_outline=True))
    chosen.populate(unicodes=BOLD_CHARACTERS)
    out = io.BytesIO()
    with TTFont(_plain()) as font:
        chosen.subset(font)
        instancer.instantiateVariableFont(font, {"wght": BOLD}, inplace=True).save(out)
    return out.getvalue()


class Fonts:
    """The fonts of one document."""

    def __init__(self, pdf: FPDF) -> None:
        self._pdf = pdf
        self._known = _covered(_plain())
        self._added: list[str] = []
        self._shown: dict[str, str] = {}  # characters beyond the plain font → what is shown
        pdf.add_font(FAMILY, fname=_plain())
        with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
            file.write(_bold())
            file.flush()
            pdf.add_font(FAMILY, "B", file.name)
        self._widths: dict[str, dict[str, int]] = {"": {}, "B": {}}

    def close(self) -> None:
        """Close the files of the fonts; nothing can be written any more."""
        for font in self._pdf.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    def is_plain(self, text: str) -> bool:
        """Return whether the plain font alone shows it."""
        return text.isascii() or all(ord(one) in self._known for one in text)

    def width_of(self, text: str, style: str, size: float) -> float:
        """Return how wide a text is, in mm, that the plain font alone shows.

        The library's own way takes five times as long, as it looks for other scripts each time.
        """
        widths = self._widths[style]
        if not widths.keys() >= set(text):
            of_font: Any = self._pdf.fonts[f"{FAMILY}{style}"].cw
            widths.update((one, int(of_font[ord(one)])) for one in text)
        return sum(widths[one] for one in text) * size / 1000 / self._pdf.k

    def shown(self, text: str) -> str:
        """Return the text as it can be shown: what no font has, or nobody sees, is replaced.

        Opens the fonts that it needs.
        """
        line = " ".join(text.split())
        if line.isascii() and line.isprintable():
            return line
        return "".join(self._one(character) for character in line)

    def _one(self, character: str) -> str:
        if ord(character) in self._known:
            return character
        if character not in self._shown:
            self._shown[character] = self._found(character)
        return self._shown[character]

    def _found(self, character: str) -> str:
        for path in _others():
            if ord(character) in _covered(path):
                self._open(path)
                return character
        return MISSING

    def _open(self, path: Path) -> None:
        name = path.stem.lower()
        if name in self._added:
            return
        options: dict[str, Any] = {"fname": path}
        self._pdf.add_font(name, **options)
        self._added.append(name)
        self._pdf.set_fallback_fonts(self._added, exact_match=False)
