"""Run a command in the foreground: its signals, its exit code, and an orderly end after it."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from lucidpay.embedded.errors import CommandFailed
from lucidpay.embedded.launcher import servers

# The terminal sends these to every process in the foreground, the command included.
KEYBOARD = (signal.SIGINT, signal.SIGQUIT)
PASSED = (*KEYBOARD, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
# What shells answer (POSIX, "Exit Status for Commands").
NOT_EXECUTABLE, NOT_FOUND, SIGNALLED = 126, 127, 128


def command_run(command: Sequence[str], directory: Path, *, keep: bool) -> int:
    """Run ``command`` with the servers of ``directory`` up; return its exit code.

    A command ended by signal n answers 128 + n. Signals reach the command; while the servers
    start, a signal ends the start instead, and while they stop it changes nothing. Raises
    ``CommandFailed`` when there is no such command, and ``EmbeddedError``.
    """
    desk = SignalDesk()
    desk.open()
    try:
        with servers(directory, keep=keep) as environment:
            code = _run(command, os.environ | environment, desk)
            desk.is_closing = True
    finally:
        desk.close()
    return code


class SignalDesk:
    """Decides what a signal means at this moment."""

    def __init__(self) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self.is_launching = False
        self.is_closing = False
        self._waiting: list[int] = []
        self._before: dict[int, Any] = {}

    def open(self) -> None:
        for number in PASSED:
            # nohup and its like have ignored it on purpose; the command inherits that.
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._receive)

    def close(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def attend(self, child: subprocess.Popen[bytes]) -> None:
        """Pass signals to the child from now on, first those that came while it was made."""
        self.child = child
        self.is_launching = False
        for number in self._waiting:
            _pass_on(child, number)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self.is_closing:
            return
        if self.child is not None:
            _pass_on(self.child, number)
        elif self.is_launching:
            self._waiting.append(number)
        else:
            self.is_closing = True
            raise SystemExit(SIGNALLED + number)


def _pass_on(child: subprocess.Popen[bytes], number: int) -> None:
    if number in KEYBOARD and _is_foreground():
        return
    child.send_signal(number)


def _run(command: Sequence[str], environment: Mapping[str, str], desk: SignalDesk) -> int:
    desk.is_launching = True
    try:
        child = subprocess.Popen(command, env=environment)
    except FileNotFoundError as error:
        raise CommandFailed(f"{command[0]}: not found", NOT_FOUND) from error
    except PermissionError as error:
        raise CommandFailed(f"{command[0]}: cannot be run", NOT_EXECUTABLE) from error
    desk.attend(child)
    code = child.wait()
    return code if code >= 0 else SIGNALLED - code


def _is_foreground() -> bool:
    """Say whether we sit in a terminal's foreground, where a key reaches the child by itself."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    finally:
        os.close(terminal)
