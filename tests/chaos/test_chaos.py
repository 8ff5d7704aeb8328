"""A short run of chaos, and the command around it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.chaos.plan import plan_draw
from tests.chaos.report import report
from tests.chaos.run import chaos_run
from tests.waiting import until

pytestmark = pytest.mark.slow

SEED, SECONDS = 20_260_105, 20.0
ROOT = Path(__file__).resolve().parents[2]


def test_everything_accepted_is_paid_once_whatever_breaks(tmp_path: Path) -> None:
    said: list[str] = []
    outcome = chaos_run(plan_draw(SEED, SECONDS), tmp_path, said.append)
    assert outcome.wrong == [], report(outcome)
    asked = [one for one in outcome.facts.payouts if one.is_asked]
    assert len(asked) == len(outcome.plan.orders) > 60
    assert outcome.actors.kills.total() >= 5
    assert outcome.actors.hit.total() >= 5


def test_it_leaves_nothing_behind_when_it_is_interrupted(tmp_path: Path) -> None:
    with (tmp_path / "said").open("w") as said:
        run = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos", "--minutes", "5", "--seed", "1"],
            cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)}, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
    until("it has begun", lambda: " acts in 300 s" in (tmp_path / "said").read_text(),
          deadline_s=300)  # fmt: skip
    assert processes_of(tmp_path) != []
    run.send_signal(signal.SIGINT)
    assert run.wait(60) == 130, (tmp_path / "said").read_text()
    assert processes_of(tmp_path) == []
    assert [path.name for path in tmp_path.iterdir()] == ["said"]


def processes_of(directory: Path) -> list[psutil.Process]:
    """Return every process whose command or place of work names the directory."""
    return [one for one in psutil.process_iter() if _names(one, str(directory))]


def _names(process: psutil.Process, directory: str) -> bool:
    try:
        words = [*process.cmdline(), process.cwd(), process.environ().get("DATABASE_URL", "")]
    except (psutil.Error, OSError):
        return False
    return any(directory in word for word in words)
