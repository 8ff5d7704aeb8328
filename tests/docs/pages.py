"""The documents as text, their tables, and what code says of the same."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
APPS = ("access", "gateway", "lucidpay", "payouts", "staking", "tron", "wallets", "webhooks")


def page(name: str) -> str:
    """Return a page of ``docs/``."""
    return (DOCS / name).read_text()


def rows(text: str) -> list[list[str]]:
    """Return the rows of all tables of a text, without their heads, as cells."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    # A head is followed by its rule; neither is a row.
    rules = {at for at, line in enumerate(lines) if set(line) <= set("|-: ")}
    kept = [line for at, line in enumerate(lines) if not {at, at + 1} & rules]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in kept]


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level."""
    found = re.split(r"^## ", text, flags=re.MULTILINE)
    return next(part for part in found if part.startswith(f"{heading}\n"))


def words(cell: str) -> list[str]:
    """Return what a cell has as code."""
    return re.findall(r"`([^`]+)`", cell)


def sources() -> Iterator[Path]:
    """Yield the modules of the platform."""
    for app in APPS:
        yield from (ROOT / app).rglob("*.py")
