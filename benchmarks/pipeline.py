"""From due to broadcast: the platform's own worker, beside plain processes that do only the work.

Ours is ``celery worker -c 2`` as production runs it, rung as beat rings it. The node is a stub on
the same cores. What it costs is told by the CPU time of each part.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg
from celery import Celery

from benchmarks.due import EMPTY, scanned_now, seed_due
from benchmarks.pairs import paired
from benchmarks.paths import dsn_of
from benchmarks.stand import ROOT, Stand, _await, _python
from tests.local import port_free

PAYOUTS = int(os.environ.get("BENCH_PAYOUTS", "2000"))
WORKERS = 2
SWEEP_S, POLL_S, PATIENCE_S = 2.0, 0.02, 60
GOAL = 0.5
DONE = "SELECT count(*) FROM tron_chaintransaction WHERE status = 'sent'"
# A worker may still send again what it sent long ago; it must not meet emptied tables.
UNDER_WAY = """
SELECT (SELECT coalesce(sum(sends), 0) FROM tron_chaintransaction)
     - (SELECT count(*) FROM tron_nodeanswer)
"""
# In the order in which the sender locks.
SEND_NO_MORE = """
WITH locked AS (SELECT id FROM tron_chaintransaction ORDER BY id FOR UPDATE)
UPDATE tron_chaintransaction AS tx SET next_send_at = NULL FROM locked WHERE tx.id = locked.id
"""


@dataclass
class Part:
    """A side of the pair: what starts a round, and the processes that work for it."""

    name: str
    start: Callable[[], None]
    processes: dict[str, list[psutil.Process]]
    keeps_answers: bool
    used_s: dict[str, float] = field(default_factory=dict)
    payouts: int = 0

    def costs(self) -> str:
        """Return the CPU of each process for one payout, in microseconds."""
        spent = {name: used / self.payouts * 1e6 for name, used in self.used_s.items()}
        told = "  ".join(f"{name} {used:5.0f} us" for name, used in spent.items())
        return f"  {self.name:<6} {told}  together {sum(spent.values()):5.0f} us"


def bench_pipeline(place: Stand, *, rounds: int, seconds: float) -> str:
    """Sign and broadcast ``BENCH_PAYOUTS`` due payouts a round."""
    del seconds  # a round ends with its last payout
    port = port_free()
    env = place.env | {
        "TRON_NODES": f"http://127.0.0.1:{port}", "FLOOR_DSN": dsn_of(place.env["DATABASE_URL"]),
    }  # fmt: skip
    _python(env, "-m", "benchmarks.purse")
    with ExitStack() as stack:
        stub = stack.enter_context(module(env, "benchmarks.stub_node", str(port)))
        _await(port)
        database = stack.enter_context(psycopg.connect(env["FLOOR_DSN"], autocommit=True))
        words = ("-A", "lucidpay.celery:app", "worker", "-c", str(WORKERS))
        worker = stack.enter_context(module(env, "celery", *words))
        floors = [
            stack.enter_context(module(env, "benchmarks.pipeline_floor")) for _ in range(WORKERS)
        ]
        shared = {
            "postgres": [psutil.Process(database.info.backend_pid).parent()],
            "stub": [psutil.Process(stub.pid)],
        }
        ours = {"worker": [psutil.Process(worker.pid)], **shared}
        plain = {"worker": [psutil.Process(one.pid) for one in floors], **shared}
        sides = (
            Part("ours", ringer(env), ours, keeps_answers=True),
            Part("floor", lambda: tell(floors), plain, keeps_answers=False),
        )
        for side in sides:
            one_round(side, database)
            side.used_s, side.payouts = {}, 0
        mine, floor = (
            (lambda: one_round(sides[0], database)),
            (lambda: one_round(sides[1], database)),
        )
        found = paired("due to broadcast", GOAL, mine, floor, rounds=rounds)
        # What the floor signed has no reference block: no pass of the scanner could ever end it.
        database.execute(EMPTY)
    return "\n".join([found.line(), *(side.costs() for side in sides)])


@contextmanager
def module(env: dict[str, str], name: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module until the end of the block."""
    command = [sys.executable, "-m", name, *words]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, text=True, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as child:
        try:
            yield child
        finally:
            child.terminate()


def ringer(env: dict[str, str]) -> Callable[[], None]:
    """Return what rings the tasks, as beat does."""
    url = env["REDIS_URL"].replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
    app = Celery(broker=url)
    app.conf.broker_transport_options = {"global_keyprefix": "lucidpay:"}

    def ring() -> None:
        for task in ("payouts.sign", "tron.broadcast"):
            app.send_task(task, queue="lucidpay")

    return ring


def tell(floors: list[subprocess.Popen[str]]) -> None:
    """Let the plain processes look for what is due."""
    for one in floors:
        one.stdin.write("go\n")  # type: ignore[union-attr]
        one.stdin.flush()  # type: ignore[union-attr]


def one_round(side: Part, database: psycopg.Connection[Any]) -> float:
    """Seed, start, wait until all are sent, and return how many a second that were."""
    seed_due(database, PAYOUTS)
    before = {name: cpu_s(group) for name, group in side.processes.items()}
    began = rang = time.perf_counter()
    side.start()
    while number(database, DONE) < PAYOUTS:
        time.sleep(POLL_S)
        now = time.perf_counter()
        if now - began > PATIENCE_S:
            raise RuntimeError(f"{side.name}: {number(database, DONE)} of {PAYOUTS}")
        if now - rang > SWEEP_S:
            rang = now
            scanned_now(database)
            side.start()
    took_s = time.perf_counter() - began
    database.execute(SEND_NO_MORE)
    while side.keeps_answers and number(database, UNDER_WAY):
        time.sleep(POLL_S)
        if time.perf_counter() - began > PATIENCE_S:
            raise RuntimeError(f"{side.name}: sendings without an answer")
    for name, group in side.processes.items():
        side.used_s[name] = side.used_s.get(name, 0) + cpu_s(group) - before[name]
    side.payouts += PAYOUTS
    return PAYOUTS / took_s


def number(database: psycopg.Connection[Any], query: str) -> int:
    """Return the number that a query gives."""
    row = database.execute(query).fetchone()
    return int(row[0])  # type: ignore[index]


def cpu_s(group: list[psutil.Process]) -> float:
    """Return the CPU time of processes, their children, and those they have seen end."""
    used = 0.0
    for parent in group:
        own = parent.cpu_times()
        used += own.children_user + own.children_system
        for process in (parent, *parent.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # it ends just now; its parent tells of it next
                times = process.cpu_times()
                used += times.user + times.system
    return used
