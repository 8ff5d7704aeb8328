"""What is measured while it runs, and whether it stayed as it was."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from statistics import median

import psutil
import redis

from tests.platform.running import Platform

MIB = 2**20
WATCHED = ("web", "worker", "sender", "beat")
# Of the last third beside the second, when caches are full: noise is below it.
GROWTH_MAX, GROWTH_MIN_MIB = 1.05, 8
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"


@dataclass(frozen=True)
class Sample:
    """One look: memory in bytes and open files by process, connections, what waits in Redis."""

    at_s: float
    memory: dict[str, int]
    files: dict[str, int]
    connections: int
    redis_bytes: int

    def line(self, calls: int) -> str:
        """Return it as a line for people."""
        memory = ", ".join(f"{name} {used / MIB:.0f}" for name, used in self.memory.items())
        files = sum(self.files.values())
        return (
            f"{self.at_s:.0f}: {calls} calls; MiB: {memory}, redis {self.redis_bytes / MIB:.1f};"
            f" {self.connections} connections, {files} files"
        )


def sample(platform: Platform) -> Sample:
    """Look at a platform; memory is what its processes share with nobody (USS)."""
    trees = {name: _tree(platform.children[name].pid) for name in WATCHED}
    with redis.Redis.from_url(platform.env["REDIS_URL"]) as client:
        used = int(client.info("memory")["used_memory"])  # type: ignore[index]
    return Sample(
        at_s=time.monotonic(),
        memory={name: sum(_uss(one) for one in tree) for name, tree in trees.items()},
        files={name: sum(_files(one) for one in tree) for name, tree in trees.items()},
        connections=int(platform.one(CONNECTIONS)),
        redis_bytes=used,
    )


def verdict(samples: Sequence[Sample]) -> list[str]:
    """Return what was higher in the last third than in the second."""
    third = len(samples) // 3
    before, after = samples[third : 2 * third], samples[2 * third :]
    grown = [_grown(f"memory of {name}", [one.memory[name] / MIB for one in before],
                    [one.memory[name] / MIB for one in after]) for name in WATCHED]  # fmt: skip
    grown += [_grown(f"open files of {name}", [one.files[name] for one in before],
                     [one.files[name] for one in after]) for name in WATCHED]  # fmt: skip
    grown.append(
        _grown("connections", [one.connections for one in before],
               [one.connections for one in after])
    )  # fmt: skip
    return [one for one in grown if one]


def _grown(what: str, before: Sequence[float], after: Sequence[float]) -> str:
    was, is_now = median(before), median(after)
    if is_now <= was * GROWTH_MAX or is_now - was < GROWTH_MIN_MIB:
        return ""
    return f"{what}: {was:.0f}, then {is_now:.0f}"


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _uss(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.memory_full_info().uss)
    return 0


def _files(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return int(process.num_fds())
    return 0
