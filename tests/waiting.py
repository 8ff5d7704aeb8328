"""Waiting for what a real process does in its own time."""

import time
from collections.abc import Callable
from typing import Any

DEADLINE_S = 60


def until(
    what: str, found: Callable[[], Any], *, deadline_s: float = DEADLINE_S, pause_s: float = 0.1
) -> Any:
    """Return the first truthy answer of ``found``, or fail after the deadline."""
    end_s = time.monotonic() + deadline_s
    while True:
        if answer := found():
            return answer
        assert time.monotonic() < end_s, f"not within {deadline_s} s: {what}"
        time.sleep(pause_s)
