"""Running schemathesis against a web server of the platform."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.platform.running import ROOT

CONFIG = ROOT / "tests" / "contract" / "schemathesis.toml"
DOCUMENT = ROOT / "docs" / "openapi.json"
# No key lifts the limits of calls that prove themselves by their body, or come from an address.
UNPROVEN = (
    "auth.token", "auth.refresh", "auth.revoke", "health", "service.ready", "webhooks.inbound",
)  # fmt: skip
UNLIMITED = ",".join(f"{name}=1000000" for name in UNPROVEN)


# Nor the pauses after guessed tokens: its check of wrong ones wants to hear 401, however many.
LIFTED = {
    "RATE_LIMITS": UNLIMITED,
    "LOGIN_FAILURES_FREE_TOTAL": "100000",
    "WALLET_ANSWER_WAIT_S": "1",  # no worker makes keys
    # Of the document's examples, so that nobody is asked where it is.
    "WEBHOOK_ALLOW_HOSTS": "127.0.0.1,shop.example",
}


@dataclass
class Found:
    """What a run did: exit status, report, and how many cases it sent."""

    status: int
    said: str
    cases: int


def fuzz(*, url: str, token: str, directory: Path, seed: int, options: tuple[str, ...]) -> Found:
    """Send generated data to the API for as long as ``options`` say, with every check on.

    The same seed sends the same data as long as the answers are the same.
    """
    report = directory / "report.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIG),
        "run", str(DOCUMENT), "--url", url, "--seed", str(seed), "--no-color",
        "--report", "json", "--report-json-path", str(report), *options,
    ]  # fmt: skip
    environment = os.environ | {
        "LUCIDPAY_FUZZ_TOKEN": token,
        "NO_PROXY": "127.0.0.1",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    cases = _cases(report) if report.exists() else 0
    return Found(done.returncode, done.stdout + done.stderr, cases)


def _cases(report: Path) -> int:
    return int(json.loads(report.read_text())["test_cases"]["generated"])
