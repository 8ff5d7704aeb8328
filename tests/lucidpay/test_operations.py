"""The page for operators knows every alarm, and no alarm that does not exist."""

import re
from pathlib import Path

from tron.models import HaltCause

ROOT = Path(__file__).resolve().parents[2]
APPS = ("access", "gateway", "lucidpay", "payouts", "staking", "tron", "wallets", "webhooks")
PAGE = (ROOT / "docs" / "operations.md").read_text()


def first_cells(heading: str) -> set[str]:
    """Return the code words of the first column of the table under a heading."""
    section = PAGE.partition(heading)[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    return {word for row in rows for word in re.findall(r"`(\w+)`", row)}


def test_every_critical_event_has_its_line() -> None:
    texts = [path.read_text() for app in APPS for path in (ROOT / app).rglob("*.py")]
    logged = {event for text in texts for event in re.findall(r'log\.critical\(\s*"(\w+)"', text)}
    assert "halted" in logged
    assert first_cells("## Critical log events") == logged


def test_every_error_of_payments_has_its_line() -> None:
    texts = [path.read_text() for path in (ROOT / "gateway").rglob("*.py")]
    found = {e for text in texts for e in re.findall(r'log\.(?:error|exception)\(\s*"(\w+)"', text)}
    assert "payment_differs" in found
    assert found == first_cells("## Errors of payments")


def test_every_cause_of_a_halt_has_its_line() -> None:
    assert first_cells("## The kill switch is on") == set(HaltCause.values)
