"""Waiting a moment for what a worker does, for a caller who waits for the answer."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PAUSE_S, PAUSE_MAX_S = 0.05, 0.25
# In a process. Each holds one of its few threads for as long as no worker comes.
WAITING_MAX = 4
_places = threading.BoundedSemaphore(WAITING_MAX)


def awaited(look: Callable[[], T], *, wait_s: float) -> T:
    """Return the first truthy answer of ``look``, or its last one after ``wait_s`` seconds.

    Where ``WAITING_MAX`` others of this process wait already it is looked at once: those who wait
    must leave threads to those who pay. Never within a transaction: it would not see what others
    commit.
    """
    if not _places.acquire(blocking=False):
        return look()
    try:
        return _awaited(look, wait_s)
    finally:
        _places.release()


def _awaited(look: Callable[[], T], wait_s: float) -> T:
    end_s, pause_s = time.monotonic() + wait_s, PAUSE_S
    while not (found := look()) and (left_s := end_s - time.monotonic()) > 0:
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, PAUSE_MAX_S)
    return found
