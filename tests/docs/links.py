"""The links of all documents, and the anchors that they can lead to."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import ROOT

MADE = {".venv", ".venv-audit", ".lucidpay", "build", "node_modules", ".pytest_cache"}
TARGET = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
IN_HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True)
class Link:
    """A link of a document."""

    page: Path
    target: str

    @property
    def is_elsewhere(self) -> bool:
        """Whether it leads out of the repository."""
        return bool(ELSEWHERE.match(self.target))

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {self.target}"


def documents() -> list[Path]:
    """Return every document of the repository."""
    found = ROOT.rglob("*.md")
    return sorted(path for path in found if not MADE & set(path.relative_to(ROOT).parts))


def prose(text: str) -> str:
    """Return the text without what is code."""
    without = re.sub(r"^( *)(```+|~~~+).*?^\1\2 *$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", without)


def links(page: Path) -> Iterator[Link]:
    """Yield the links of a document."""
    text = prose(page.read_text())
    for found in (*TARGET.findall(text), *IN_HTML.findall(text)):
        yield Link(page, found)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a document's headings, as GitHub and the site make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    counts: Counter[str] = Counter()
    found = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    for heading in re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(f"{anchor}-{counts[anchor]}" if counts[anchor] else anchor)
        counts[anchor] += 1
    return found
