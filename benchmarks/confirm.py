"""Confirming payouts by scanning blocks, beside asking the node for each transaction."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

from benchmarks.stand import ROOT, Stand

BLOCKS = 40  # of 300 receipts, 150 of them ours: 6,000 payouts under way
GOAL_RATIO, GOAL_CPU_US = 20, 45
SCANS, POLLS = ("block by block", "catching up"), ("plain polling", "polling with books")
Turn = dict[str, dict[str, Any]]


def bench_confirm(place: Stand, *, rounds: int, seconds: float) -> str:  # noqa: ARG001
    """Return what a confirmation costs each way, and how much faster scanning is."""
    with _node() as port:
        env = place.env | {"TRON_NODES": f"http://127.0.0.1:{port}"}
        command = [sys.executable, "-m", "benchmarks.run_confirm", str(port), str(rounds)]
        done = subprocess.run(
            [*command, str(BLOCKS)], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    turns = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return "\n".join([*_costs(turns), *_ratios(turns), *_counts(turns[0])])


@contextmanager
def _node() -> Iterator[int]:
    """Run the stub node and give its port."""
    command = [sys.executable, "-m", "benchmarks.block_node"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as node:
        try:
            assert node.stdout is not None  # noqa: S101 (it was opened with one)
            yield int(node.stdout.readline())
        finally:
            node.terminate()


def _costs(turns: list[Turn]) -> Iterator[str]:
    for way in (*SCANS, *POLLS):
        worker, database, rate = (
            median(turn[way][name] for turn in turns)
            for name in ("worker_us", "database_us", "per_second")
        )
        yield (
            f"{f'confirm, {way}':<28} {worker + database:6.0f} us CPU a payout"
            f" (worker {worker:.0f}, PostgreSQL {database:.0f})  {rate:8,.0f}/s"
        )


def _ratios(turns: list[Turn]) -> Iterator[str]:
    for way in SCANS:
        for other in POLLS:
            ratios = [turn[way]["per_second"] / turn[other]["per_second"] for turn in turns]
            verdict = "reached" if median(ratios) >= GOAL_RATIO else "missed"
            yield (
                f"{way} / {other:<18} {median(ratios):6.1f} [{min(ratios):.1f}-{max(ratios):.1f}]"
                f"  goal {GOAL_RATIO} {verdict}"
            )


def _counts(turn: Turn) -> Iterator[str]:
    for way in SCANS:
        seen, blocks = turn[way], turn[way]["blocks"]
        calls = {
            path.removeprefix("/wallet"): number / blocks for path, number in seen["calls"].items()
        }
        updates = {
            name.removeprefix("UPDATE "): number / blocks
            for name, number in seen["statements"].items() if name.startswith("UPDATE")
        }  # fmt: skip
        yield f"{way}, a block: {seen['statements']['all'] / blocks:.1f} statements"
        for what, found in (("calls", calls), ("UPDATEs", updates)):
            listed = ", ".join(f"{name} {number:.2f}" for name, number in sorted(found.items()))
            yield f"  {what}: {listed}"
        yield f"  booking the flows, beside it: {seen['books_us']:.0f} us CPU a payout"
