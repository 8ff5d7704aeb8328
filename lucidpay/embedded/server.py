"""One server: start it, know it, stop it. What is special about each stands in its subclass."""

import fcntl
import os
import shutil
from abc import ABC, abstractmethod
from pathlib import Path
from signal import Signals
from typing import Any, ClassVar

from lucidpay.embedded.errors import Busy, StartFailed, StopFailed
from lucidpay.embedded.locks import lock_is_free, lock_wait, until
from lucidpay.embedded.places import Places, private_directory
from lucidpay.embedded.processes import log_tail, process_find, process_signal

READY_S = 60.0
LEFTOVERS_S = 15.0


class Server(ABC):
    """A server whose files lie in ``places``."""

    name: ClassVar[str]
    variable: ClassVar[str]
    program: ClassVar[str]
    pid_file_name: ClassVar[str]
    # Gentle first; each with the seconds it is given.
    stop_steps: ClassVar[tuple[tuple[Signals, float], ...]]

    def __init__(self, places: Places) -> None:
        self.places = places
        self.data = places.home / self.name
        self.log = self.data / "server.log"
        self.pid_file = self.data / self.pid_file_name
        # Held by the server and all its children, and by programs that make its files, as long
        # as one of them lives.
        self.pulse = places.directory / f"{self.name}.alive"
        # Says that somebody asked for the server to stay when the last user leaves.
        self.kept = places.directory / f"{self.name}.kept"

    @property
    @abstractmethod
    def url(self) -> str:
        """The address for the environment."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Say whether our server runs and answers."""

    @abstractmethod
    def make(self, pulse_fd: int) -> None:
        """Make the data directory when it is missing, all or nothing.

        Programs that write to it get the pulse: after a killed launcher they may still be at it,
        and the next start has to wait for them.
        """

    @abstractmethod
    def leftovers(self) -> list[Path]:
        """Files that a killed server leaves and that stand in a new one's way."""

    @abstractmethod
    def launch(self, pulse_fd: int) -> None:
        """Start the server detached from the terminal, handing it the pulse."""

    def process(self) -> Any | None:
        """Return the running server's ``psutil.Process``, or None."""
        return process_find(self.pid(), self.program, self.data, self.places.account)

    def pid(self) -> int | None:
        """Return the process id in the pid file, whoever has it now."""
        lines = self.pid_lines()
        return int(lines[0]) if lines and lines[0].strip().isdigit() else None

    def pid_lines(self) -> list[str]:
        try:
            return self.pid_file.read_text().splitlines()
        except FileNotFoundError:
            return []

    def start(self) -> bool:
        """Bring the server up and wait until it answers; say whether it was down.

        Raises ``StartFailed`` with the end of the server's log.
        """
        if was_down := self.process() is None:
            self._launch_alone()
        for _ in until(READY_S):
            if self.is_ready():
                return was_down
            if self.is_gone():
                raise StartFailed(f"{self.name} ended at once:\n{log_tail(self.log)}")
        raise StartFailed(f"{self.name} is not ready in {READY_S:g} s:\n{log_tail(self.log)}")

    def stop(self) -> None:
        """Stop the server and wait until the last of its processes is gone.

        Raises ``StopFailed`` when it stays.
        """
        for signal, patience_s in self.stop_steps:
            if process := self.process():
                process_signal(process, signal)
            if any(self.is_gone() for _ in until(patience_s)):
                return
        raise StopFailed(f"{self.name} (process {self.pid()}) does not stop; see {self.log}")

    def is_gone(self) -> bool:
        """Say whether neither the server nor a child of it is left."""
        return self.process() is None and lock_is_free(self.pulse)

    def remove(self) -> None:
        """Forget everything the server has stored. It must be stopped."""
        for tree in (self.data, self.unfinished):
            if tree.exists():
                shutil.rmtree(tree)
        for path in (*self.leftovers(), self.pulse, self.kept):
            path.unlink(missing_ok=True)

    @property
    def unfinished(self) -> Path:
        return self.data.with_name(f"{self.name}.new")

    def _launch_alone(self) -> None:
        try:
            pulse_fd = lock_wait(self.pulse, fcntl.LOCK_EX, LEFTOVERS_S)
        except Busy as error:
            message = f"processes of an earlier {self.name} still work in {self.data}"
            raise StartFailed(message) from error
        try:
            private_directory(self.places.sockets, self.places.account)
            self.make(pulse_fd)
            for path in self.leftovers():
                path.unlink(missing_ok=True)
            self._rotate_log()
            self.launch(pulse_fd)
        finally:
            # The server has its own copy; the lock lasts as long as that one.
            os.close(pulse_fd)

    def _rotate_log(self) -> None:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
