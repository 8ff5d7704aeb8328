"""The plugin gives every run and every worker parts of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.plugin import ROOT, redis_url_shift

# Set by the run these tests are part of.
INHERITED = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH")

INNER = """
import json, os, pathlib, pytest
@pytest.mark.parametrize("turn", range(6))
def test_it_writes_what_it_sees(turn):
    names = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE")
    seen = {name: os.environ[name] for name in names}
    worker = os.environ.get("PYTEST_XDIST_WORKER", "none")
    pathlib.Path(__file__).with_name(f"{worker}.json").write_text(json.dumps(seen))
"""


@pytest.mark.parametrize(
    ("url", "number", "shifted"),
    [
        ("unix:///run/valkey.sock?db=0", 3, "unix:///run/valkey.sock?db=3"),
        ("unix:///run/valkey.sock?db=32&x=1", 2, "unix:///run/valkey.sock?db=34&x=1"),
        ("unix:///run/valkey.sock", 3, "unix:///run/valkey.sock?db=3"),
        ("redis://localhost:6379/1", 2, "redis://localhost:6379/3"),
        ("redis://localhost:6379", 2, "redis://localhost:6379?db=2"),
    ],
)
def test_it_shifts_the_number_in_every_form_of_address(url: str, number: int, shifted: str) -> None:
    assert redis_url_shift(url, number) == shifted


def test_runs_and_workers_do_not_share_a_database(tmp_path: Path) -> None:
    (tmp_path / "test_inner.py").write_text(INNER)
    outer = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    fresh = {
        name: value
        for name, value in os.environ.items()
        if name not in INHERITED and not name.startswith("PYTEST_")
    }
    command = [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", "-n", "2"]
    command += ["-p", "no:cacheprovider", "--rootdir", tmp_path, tmp_path]
    said = subprocess.run(
        command, cwd=ROOT, env=fresh, capture_output=True, text=True, check=False, timeout=120
    )
    assert said.returncode == 0, said.stdout + said.stderr
    seen = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("gw*.json"))]
    assert len(seen) == 2
    assert {one["DJANGO_SETTINGS_MODULE"] for one in seen} == {"lucidpay.settings.test"}
    assert len({one["REDIS_URL"] for one in [*seen, outer]}) == 3
    assert outer["DATABASE_URL"] not in {one["DATABASE_URL"] for one in seen}
