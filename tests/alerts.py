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

import yaml

ROOT = Path(__file__).resolve().parents[1]
PROMETHEUS = ROOT / "docker" / "prometheus"


def questions() -> list[str]:
    """Return what the dashboard and the objectives ask, as a rule could ask it."""
    board = runpy.run_path(str(ROOT / "docker" / "grafana" / "dashboard.py"))
    shown = [target["expr"] for panel in board["placed"]() for target in panel.get("targets", ())]
    told = re.findall(r"```promql\n(.*?)```", (ROOT / "docs" / "slo.md").read_text(), re.DOTALL)
    return [one.replace("$__rate_interval", "1m") for one in (*shown, *told)]


def main(promtool: str) -> int:
    """Return 0 when all is understood and every test passes."""
    with TemporaryDirectory() as name:
        rules = [{"record": f"asked:{at}", "expr": one} for at, one in enumerate(questions())]
        asked = Path(name) / "asked.yml"
        asked.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
        return max(
            subprocess.run([promtool, *words], check=False).returncode
            for words in (
                ["check", "config", "--syntax-only", str(PROMETHEUS / "prometheus.yml")],
                ["check", "rules", str(PROMETHEUS / "alerts.yml"), str(asked)],
                ["test", "rules", str(PROMETHEUS / "alerts_test.yml")],
            )
        )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["promtool"]))
