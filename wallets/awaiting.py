"""Waiting a moment for what a worker does, for a caller who waits for the answer."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_S, PAUSE_MAX_S = 0.05, 0.25


def awaited(look: Callable[[], T], *, wait_s: float) -> T:
    """Return the first truthy answer of ``look``, or its last one after ``wait_s`` seconds.

    Never within a transaction: it would not see what others commit.
    """
    end_s, pause_s = time.monotonic() + wait_s, PAUSE_S
    while not (found := look()) and (left_s := end_s - time.monotonic()) > 0:
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, PAUSE_MAX_S)
    return found
