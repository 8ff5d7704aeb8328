"""Every alert has its line in the runbook, with its severity and the very place it links to."""

import re
from typing import Any

import yaml

from tests.docs.pages import ROOT, page, rows, words

FILE = ROOT / "docker" / "prometheus" / "alerts.yml"


def made() -> dict[str, tuple[str, str]]:
    rules: list[dict[str, Any]] = [
        rule for group in yaml.safe_load(FILE.read_text())["groups"] for rule in group["rules"]
    ]
    return {
        rule["alert"]: (
            rule["labels"]["severity"],
            rule["annotations"]["runbook_url"].removeprefix("docs/"),
        )
        for rule in rules
    }


def test_every_alert_has_its_line_and_every_line_is_an_alert() -> None:
    told = {
        words(name)[0]: (severity, re.findall(r"\]\(([^)]+)\)", todo)[-1])
        for name, severity, _, todo in rows(page("runbook.md"))
    }
    assert "KillSwitchOn" in told
    assert told == made()
