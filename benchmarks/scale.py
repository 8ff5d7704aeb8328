"""What reading costs with ten times as many payouts: every question should cost the same."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import psycopg

from benchmarks.stand import ROOT, Stand

# Ten times as many should cost the same; a thousand times as many, twice at most.
GOAL, GOAL_FAR, FAR = 1.3, 2.0, 100
WARM_UP = 3
INDEXES, CONSOLE = "indexes", "console"


class Asked:
    """A database of payouts, and the process that is asked about it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.names: list[str] = self._heard()

    def ask(self, name: str) -> Any:
        """Return the milliseconds that a question took, or what else is named."""
        assert self._process.stdin is not None  # noqa: S101 (it was opened with one)
        self._process.stdin.write(f"{name}\n")
        self._process.stdin.flush()
        return self._heard()

    def _heard(self) -> Any:
        assert self._process.stdout is not None  # noqa: S101 (it was opened with one)
        for line in self._process.stdout:
            # Beside its answers it writes the log of the pages that it asks for.
            if line[0] in '["{0123456789' and '"logger"' not in line:
                return json.loads(line)
        raise RuntimeError("the one who is asked has ended; what it says stands above")


def bench_scale(
    place: Stand,
    *,
    rounds: int,
    seconds: float,
    payouts: int,
    beside: int = 0,  # noqa: ARG001
) -> str:
    """Return each question's time with so many payouts and with ``beside`` (a tenth), in turn.

    Each size gets a database of its own, which is dropped in the end. Ten millions take 9 GB.
    """
    sizes = beside or payouts // 10, payouts
    goal = GOAL_FAR if sizes[1] >= FAR * sizes[0] else GOAL
    with ExitStack() as stack:
        few, many = (stack.enter_context(filled(place, size)) for size in sizes)
        lines = [_line(name, few, many, rounds, goal) for name in few.names]
        indexes = many.ask(INDEXES)
    head = f"{'':<36} {sizes[0]:>12,} {sizes[1]:>12,}  ratio, goal {goal}"
    return "\n".join((head, *lines, *_index_lines(indexes)))


def _line(name: str, few: Asked, many: Asked, rounds: int, goal: float) -> str:
    took: list[tuple[float, float]] = []
    for number in range(WARM_UP + rounds):
        if number % 2:
            most, least = many.ask(name), few.ask(name)
        else:
            least, most = few.ask(name), many.ask(name)
        took.append((least, most))
    few_ms, many_ms = (median(times) for times in zip(*took[WARM_UP:], strict=True))
    ratio = many_ms / few_ms
    verdict = "reached" if ratio <= goal else "missed"
    return f"{name:<36} {few_ms:9.2f} ms {many_ms:9.2f} ms  {ratio:5.2f} {verdict}"


def _index_lines(indexes: dict[str, tuple[int, int]]) -> Iterator[str]:
    for name, (size, reads) in indexes.items():
        yield f"index {name:<38} {size / 2**20:8,.0f} MiB  read {reads:,} times"


@contextmanager
def filled(place: Stand, size: int) -> Iterator[Asked]:
    """Give a database with so many payouts; it is gone afterwards."""
    with _database(place.env["DATABASE_URL"], f"payouts_{size}") as url:
        env = place.env | {"DATABASE_URL": url}
        subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=env,
                       check=True)  # fmt: skip
        command = [sys.executable, "-m", "benchmarks.run_scale", str(size)]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True
        ) as process:
            try:
                yield Asked(process)
            finally:
                process.terminate()


@contextmanager
def _database(url: str, name: str) -> Iterator[str]:
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield url.rpartition("/")[0] + f"/{name}"
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")
