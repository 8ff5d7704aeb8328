"""Whether Prometheus itself understands all it is given: ``python tests/alerts.py [PROMTOOL]``.

Its tool reads the configuration, runs the tests of the alerts, and parses each question of the
dashboard and of the objectives. Beside pytest, which needs no Prometheus.
"""

import re
import runpy
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROMETHEUS = ROOT / "docker" / "prometheus"
ENDS_M = 90  # longer than any alert waits


def questions() -> list[str]:
    """Return what the dashboard and the objectives ask, as a rule could ask it."""
    board = runpy.run_path(str(ROOT / "docker" / "grafana" / "dashboard.py"))
    shown = [target["expr"] for panel in board["placed"]() for target in panel.get("targets", ())]
    told = re.findall(r"```promql\n(.*?)```", (ROOT / "docs" / "slo.md").read_text(), re.DOTALL)
    return [one.replace("$__rate_interval", "1m") for one in (*shown, *told)]


def alert_rules() -> list[dict[str, Any]]:
    """Return every alert."""
    groups = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def pairs() -> dict[str, dict[str, Any]]:
    """Return what makes an alert fire and what does not, by its name."""
    return dict(yaml.safe_load((PROMETHEUS / "alerts_pairs.yml").read_text()))


def pairs_tests() -> dict[str, Any]:
    """Return the pairs as tests for promtool."""
    waits = {rule["alert"]: minutes_of(rule["for"]) for rule in alert_rules()}
    tests = [
        _test(name, series, waits[name], pair.get("after", 1), fires=fires)
        for name, pair in pairs().items()
        for fires in (True, False)
        for series in pair["fires" if fires else "quiet"]
    ]
    rules = [str(PROMETHEUS / "alerts.yml")]
    return {"rule_files": rules, "evaluation_interval": "1m", "tests": tests}


def minutes_of(duration: str) -> int:
    """Return a duration of Prometheus, of minutes or hours, in minutes."""
    return int(duration[:-1]) * {"m": 1, "h": 60}[duration[-1]]


def _test(
    name: str, series: dict[str, Any], wait_m: int, after_m: int, *, fires: bool
) -> dict[str, Any]:
    """Return whether it fires ``after_m`` minutes past its time, and did not before its time."""
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
    asked = [(wait_m + after_m, fires)] + ([(wait_m - 1, False)] if wait_m else [])
    return {
        "name": f"{name} {'fires' if fires else 'is quiet'}: {series}",
        "interval": "1m",
        "input_series": [
            {"series": one, "values": value if isinstance(value, str) else f"{value}x{ENDS_M}"}
            for one, value in series.items()
        ],
        "promql_expr_test": [
            {"expr": firing, "eval_time": f"{at}m",
             "exp_samples": [{"labels": "{}", "value": 1}] if so else []}
            for at, so in asked
        ],
    }  # fmt: skip


def main(promtool: str) -> int:
    """Return 0 when all is understood and every test passes."""
    with TemporaryDirectory() as name:
        rules = [{"record": f"asked:{at}", "expr": one} for at, one in enumerate(questions())]
        asked = Path(name) / "asked.yml"
        asked.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
        paired = Path(name) / "paired.yml"
        paired.write_text(yaml.safe_dump(pairs_tests()))
        return max(
            subprocess.run([promtool, *words], check=False).returncode
            for words in (
                ["check", "config", "--syntax-only", str(PROMETHEUS / "prometheus.yml")],
                ["check", "rules", str(PROMETHEUS / "alerts.yml"), str(asked)],
                ["test", "rules", str(PROMETHEUS / "alerts_test.yml"), str(paired)],
            )
        )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["promtool"]))
