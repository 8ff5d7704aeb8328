"""Ctrl-C and its kin: end the demo at once, once, and never between making and noting a child."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


# Not an Exception: no handler of errors on the way may take it for one.
class Stopped(BaseException):
    """Somebody asked the demo to end."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Desk:
    """Turns the first ending signal into ``Stopped``; later ones change nothing."""

    def __init__(self) -> None:
        self._shielded = 0
        self._waiting: int | None = None
        self._stopped_by: int | None = None
        self._is_closed = False

    def open(self) -> None:
        for number in ENDING:
            # nohup and its like have ignored it on purpose.
            if signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, self._receive)

    def close(self) -> None:
        """Let nothing interrupt the end from now on."""
        self._is_closed = True

    def check(self) -> None:
        """Raise ``Stopped`` again when it was raised, and lost on its way to another error."""
        if self._stopped_by is not None:
            raise Stopped(self._stopped_by)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """Hold a signal back until the end of the block."""
        self._shielded += 1
        try:
            yield
        finally:
            self._shielded -= 1
        if self._waiting is not None and not self._shielded:
            self._stop(self._waiting)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._is_closed:
            return
        if self._shielded:
            self._waiting = number
        else:
            self._stop(number)

    def _stop(self, number: int) -> None:
        self._stopped_by = number
        self._is_closed = True
        raise Stopped(number)
