"""The demo's processes: started in sessions of their own, watched, and stopped in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from lucidpay.demo.environments import MARK
from lucidpay.demo.errors import ChildDied
from lucidpay.demo.plan import ROOT
from lucidpay.demo.signals import Desk

PATIENCE_S = 15.0
POLL_S = 0.05
TAIL_LINES = 12
# prctl(2): the kernel sends this signal to a process whose parent has died.
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Child:
    """One process of the demo."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def died(self) -> ChildDied:
        """Return the error that says how it ended, with the end of its log."""
        code = self.process.poll() or 0
        how = f"with exit code {code}" if code >= 0 else f"by signal {-code}"
        return ChildDied(f"{self.name} ended {how}. Its log: {self.log}", details=_tail(self.log))


class Children:
    """All of them. ``stop`` leaves none."""

    def __init__(self, directory: Path, logs: Path, desk: Desk) -> None:
        self._directory, self._logs, self._desk = directory, logs, desk
        self._running: dict[str, Child] = {}

    def start(
        self, name: str, words: Sequence[str], environment: dict[str, str], *, talks: bool = False
    ) -> Child:
        """Start ``python WORDS`` and return at once.

        It writes to its log. One that ``talks`` writes to a pipe, and only complains to its log.
        """
        log = _log_fresh(self._logs / f"{name}.log")
        # A signal between start and note would leave a process that nobody stops.
        with log.open("ab") as file, self._desk.shielded():
            process = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if talks else file,
                stderr=file,
                # A Ctrl-C in the terminal is for the demo alone, which stops them in order.
                start_new_session=True,
                preexec_fn=_end_with(os.getpid()),
            )
            self._running[name] = child = Child(name, process, log)
        return child

    def forget(self, child: Child) -> None:
        """Watch a child no longer: it has done its work."""
        del self._running[child.name]

    def check(self) -> None:
        """Raise ``ChildDied`` when one has ended by itself.

        Whoever listens to one that talks learns of its end there, after its last words.
        """
        for child in self._running.values():
            if child.process.stdout is None and child.process.poll() is not None:
                raise child.died()

    def stop(self, order: Sequence[str]) -> None:
        """Stop them in this order, those not named first, and whatever they left behind."""
        names = sorted(self._running, key=lambda name: order.index(name) if name in order else -1)
        for name in names:
            _stop(self._running.pop(name).process)
        leftovers_stop(self._directory)


def leftovers_stop(directory: Path) -> int:
    """Stop the processes an earlier demo of this directory has left; return how many.

    They are known by a mark in their environment, never by a process id, which could have been
    given to somebody else since. psutil compares start times before it sends a signal.
    """
    left = _marked(directory)
    _signal(left, signal.SIGTERM)
    _, alive = psutil.wait_procs(left, timeout=PATIENCE_S)
    _signal(alive, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=PATIENCE_S)
    return len(left)


def _marked(directory: Path) -> list[Any]:
    found = []
    for process in psutil.process_iter():
        # Gone, a zombie, or somebody else's: in each case none of ours.
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == str(directory) and process.pid != os.getpid():
                found.append(process)
    return found


def _signal(processes: Iterable[Any], number: int) -> None:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    end_s = time.monotonic() + PATIENCE_S
    while process.poll() is None and time.monotonic() < end_s:
        time.sleep(POLL_S)
    if process.returncode is None:
        # Its whole session: workers of a killed master would live on.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _end_with(parent_pid: int) -> Any:
    """Return what a child runs first, so that it ends when the demo is killed (Linux only)."""
    if _libc is None:
        return None
    prctl = _libc.prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent_pid:
            # The demo was killed before the kernel had been asked.
            os._exit(1)

    return ask


def _log_fresh(path: Path) -> Path:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    if path.exists():
        path.replace(path.with_suffix(".log.1"))
    path.touch(mode=0o600)
    return path


def _tail(path: Path) -> str:
    return "\n".join(path.read_text(errors="replace").splitlines()[-TAIL_LINES:])
