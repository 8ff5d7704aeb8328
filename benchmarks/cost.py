"""What work costs: CPU time of this process and of PostgreSQL, time by the clock, statements."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from django.db import connection

US_A_S = 1_000_000
STATEMENT = re.compile(r'^\s*(UPDATE|INSERT INTO|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@dataclass
class Cost:
    """Seconds, filled in when the measured work is done."""

    clock_s: float = 0.0
    worker_s: float = 0.0
    database_s: float = 0.0

    @property
    def cpu_s(self) -> float:
        """Return the CPU time of both."""
        return self.worker_s + self.database_s

    def add(self, other: "Cost") -> None:
        """Add what something else has cost."""
        self.clock_s += other.clock_s
        self.worker_s += other.worker_s
        self.database_s += other.database_s


@contextmanager
def measured() -> Iterator[Cost]:
    """Give a cost that is known once the block has ended. PostgreSQL runs on this machine."""
    cost, server = Cost(), _postmaster()
    before, worker_s, clock_s = _cpu_s(server), time.process_time(), time.perf_counter()
    yield cost
    cost.clock_s = time.perf_counter() - clock_s
    cost.worker_s = time.process_time() - worker_s
    cost.database_s = _cpu_s(server) - before


def _postmaster() -> psutil.Process:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    parent = backend.parent()
    if parent is None:
        raise RuntimeError("the database server has no parent process")
    return parent


def _cpu_s(server: psutil.Process) -> float:
    """Return the CPU time of a server and of all its processes, those that have ended as well."""
    total = 0.0
    for process in (server, *server.children(recursive=True)):
        times = process.cpu_times()
        total += times.user + times.system
    ended = server.cpu_times()
    return total + float(ended.children_user) + float(ended.children_system)


@contextmanager
def statements() -> Iterator[Counter[str]]:
    """Count the statements of a block: all of them, and those that write by verb and table."""
    seen: Counter[str] = Counter()

    def count(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        seen["all"] += 1
        found = STATEMENT.match(str(sql))
        if found:
            seen[f"{found[1].upper()} {found[2]}"] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield seen
