"""What reading costs with ten times as many payouts: every question should cost the same."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from benchmarks.stand import ROOT, Stand

GOAL = 1.3
SIZES = (1_000_000, 10_000_000)
NAME = "lucidpay_scale"


def bench_scale(place: Stand, *, sizes: tuple[int, ...] = SIZES) -> str:
    """Return each question's time at the first size and at the last, and their ratio.

    The payouts get a database of their own, which is dropped in the end. Ten millions take 20 GB.
    """
    with _database(place.env["DATABASE_URL"]) as url:
        env = place.env | {"DATABASE_URL": url}
        for command in (["manage.py", "migrate", "-v", "0"], ["-m", "benchmarks.run_scale"]):
            asked = [sys.executable, *command]
            asked += [str(size) for size in sizes] if command[0] == "-m" else []
            done = subprocess.run(
                asked, cwd=ROOT, env=env, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(done.stderr)
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return "\n".join(_lines(told[0], told[-1]))


@contextmanager
def _database(url: str) -> Iterator[str]:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            yield url.rpartition("/")[0] + f"/{NAME}"
        finally:
            server.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def _lines(few: dict[str, Any], many: dict[str, Any]) -> Iterator[str]:
    yield f"{'':<36} {few['size']:>12,} {many['size']:>12,}  ratio, goal {GOAL}"
    for name, ms in few["ms"].items():
        ratio = many["ms"][name] / ms
        verdict = "reached" if ratio <= GOAL else "missed"
        yield f"{name:<36} {ms:9.2f} ms {many['ms'][name]:9.2f} ms  {ratio:5.2f} {verdict}"
    for name, size in many["indexes"].items():
        yield f"index {name:<40} {size / 2**20:8,.0f} MiB"
