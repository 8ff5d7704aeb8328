"""Asking for many payouts at once, beside asking for each."""

import json
import subprocess
import sys
from statistics import median

from benchmarks.stand import PLATFORM, ROOT, Stand, web

ROWS = 50_000
GOAL_BATCH, GOAL_LOOP, GOAL_IMPORT_S = 4, 15, 60


def bench_bulk(place: Stand, *, rounds: int, seconds: float) -> str:  # noqa: ARG001
    """Return what a batch, a thousand rows and a file cost."""
    with web(place.env, PLATFORM) as port:
        command = [sys.executable, "-m", "benchmarks.run_bulk", str(port), place.token]
        done = subprocess.run(
            [*command, str(rounds), str(ROWS)], cwd=ROOT, env=place.env, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr)
    *turns, file = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    batches = [turn["batch_ms"] / turn["single_ms"] for turn in turns]
    loops = [turn["loop_s"] / turn["many_s"] for turn in turns]
    cpu_s = file["worker_s"] + file["database_s"]
    single_ms, batch_ms, many_s = (
        median(turn[name] for turn in turns) for name in ("single_ms", "batch_ms", "many_s")
    )
    many_us = median(turn["many_cpu_s"] for turn in turns) * 1000
    return "\n".join(
        (
            f"{'a batch of 100 over HTTP':<28} {_spread(batches)} singles"
            f"  goal {GOAL_BATCH} {_verdict(median(batches) <= GOAL_BATCH)}"
            f"  {batch_ms:.0f} ms, single {single_ms:.1f} ms",
            f"{'1,000 rows, an ORM loop':<28} {_spread(loops)} times as long"
            f"  goal {GOAL_LOOP} {_verdict(median(loops) >= GOAL_LOOP)}"
            f"  {many_s * 1000:.0f} ms, {many_us:.0f} us CPU a payout",
            f"{'import of ' + format(file['rows'], ',') + ' rows':<28} {cpu_s:.1f} s CPU"
            f" (process {file['worker_s']:.1f}, PostgreSQL {file['database_s']:.1f})"
            f"  goal {GOAL_IMPORT_S} {_verdict(cpu_s <= GOAL_IMPORT_S)}"
            f"  {file['clock_s']:.0f} s by the clock",
        )
    )


def _spread(ratios: list[float]) -> str:
    return f"{median(ratios):6.1f} [{min(ratios):.1f}-{max(ratios):.1f}]"


def _verdict(is_reached: bool) -> str:
    return "reached" if is_reached else "missed"
