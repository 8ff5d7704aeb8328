"""What people see. In a terminal: colours and things that move. Elsewhere: plain lines."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast

from rich.console import Console
from rich.live import Live
from rich.text import Text

from lucidpay.demo.orders import Following
from lucidpay.demo.signals import Stopped
from lucidpay.demo.table import changes_of, table_of


class Paper:
    """Standard output, until it is gone: a closed terminal must not keep us from stopping."""

    def __init__(self, output: TextIO) -> None:
        self._output: TextIO | None = output

    def write(self, text: str) -> int:
        return self._do("write", text) or len(text)

    def flush(self) -> None:
        self._do("flush")

    def _do(self, verb: str, *words: str) -> Any:
        # Read once: a spinner writes from a thread of its own.
        output = self._output
        if output is None:
            return None
        try:
            return getattr(output, verb)(*words)
        except OSError:
            self._output = None
            # Python flushes it once more at its exit, and would complain.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            return None

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stdout, name)


class Step:
    """One step under way; ``note`` is shown beside it when it is done."""

    note = ""


class Screen:
    """Writes to standard output."""

    def __init__(self) -> None:
        is_terminal = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        # Colours that somebody forces by FORCE_COLOR would be control codes in a file.
        self._console = Console(
            file=cast(TextIO, Paper(sys.stdout)),
            force_terminal=is_terminal,
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.is_lively = is_terminal
        is_plain = not is_terminal or "utf" not in self._console.encoding.lower()
        self._done, self._failed = ("ok", "failed") if is_plain else ("✓", "✗")

    def say(self, text: str = "", style: str = "") -> None:
        """Write one line; long ones are left to the terminal, so they can be copied whole."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def title(self, text: str, subtitle: str) -> None:
        """Write what this is."""
        self.say()
        self.say(text, "bold cyan")
        self.say(subtitle, "dim")
        self.say()

    @contextmanager
    def step(self, text: str) -> Iterator[Step]:
        """Show that something is under way, then how long it took."""
        step, started_s = Step(), time.monotonic()
        try:
            if self.is_lively:
                with self._console.status(Text(text), spinner="dots", spinner_style="cyan"):
                    yield step
            else:
                yield step
        except Stopped:
            raise
        except BaseException:
            self._mark(self._failed, "red", text, started_s, "")
            raise
        self._mark(self._done, "green", text, started_s, step.note)

    def error(self, message: str, details: str = "") -> None:
        """Write what went wrong: one sentence, and what helps to understand it."""
        self.say()
        self.say(message, "bold red")
        for line in details.splitlines():
            self.say(f"  {line}", "dim")

    def facts(self, facts: dict[str, str]) -> None:
        """Write names and values below each other."""
        width = max(map(len, facts))
        for name, value in facts.items():
            line = Text.assemble((f"  {name:<{width}}  ", "cyan"), value)
            self._console.print(line, soft_wrap=True)

    @contextmanager
    def payouts(self, following: Following) -> Iterator["PayoutsView"]:
        """Show payouts while they go their way."""
        if not self.is_lively:
            yield PayoutsView(following, self, None)
            return
        table = table_of(following)
        with Live(table, console=self._console, auto_refresh=False) as live:
            yield PayoutsView(following, self, live)

    def _mark(self, mark: str, style: str, text: str, started_s: float, note: str) -> None:
        took = f"{time.monotonic() - started_s:6.1f} s"
        line = Text.assemble((f"{mark} ", style), f"{text:<28}", (took, "dim"), f"  {note}")
        line.rstrip()
        self._console.print(line, soft_wrap=True)


class PayoutsView:
    """The payouts on the screen; ``update`` shows what has changed."""

    def __init__(self, following: Following, screen: Screen, live: Live | None) -> None:
        self._following, self._screen, self._live = following, screen, live
        self._shown: dict[str, str] = {}

    def update(self) -> None:
        """Draw the table again, or write a line for each payout that has moved."""
        if self._live is not None:
            self._live.update(table_of(self._following), refresh=True)
            return
        for line in changes_of(self._following, self._shown):
            self._screen.say(line)
