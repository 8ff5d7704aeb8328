"""Questions to the chain for a caller who waits for the answer."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog

from lucidpay.errors import NETWORK, LucidError
from tron.errors import NodeError, OutcomeUnknown
from tron.node import Node, ask
from tron.nodes import open_nodes

log = structlog.get_logger(__name__)
T = TypeVar("T")

# A caller waits, and a process of the web with them: shorter than a worker's patience.
ANSWER_TIMEOUT_S = 5.0
# In a process: while nodes hang, the other threads of the web still take payouts.
ASKING_MAX = 8
TURN_TIMEOUT_S = 0.5
_places = threading.BoundedSemaphore(ASKING_MAX)


class ChainAway(LucidError):
    """TRON network error: no node gave an answer that can be used. Try again in a moment."""

    code = NETWORK
    status_code = 500


def chain_read(
    question: Callable[[Node], Awaitable[T]], *, timeout_s: float = ANSWER_TIMEOUT_S
) -> T:
    """Return what the first node that answers says.

    Raises ``ChainAway`` when none does within ``timeout_s``; what each of them did stands in the
    log and in ``network/health``, not in the answer. So it does when ``ASKING_MAX`` others of this
    process wait for answers and none of them soon has its own. Never call it within a transaction.
    """
    with told_to_a_caller():
        return ask(_answer_in_time(question, timeout_s))


@contextmanager
def told_to_a_caller() -> Iterator[None]:
    """Ask from one of this process's places, and turn ``NodeError`` into ``ChainAway``."""
    try:
        with a_place():
            yield
    except NodeError as error:
        log.warning("chain_not_read", error=str(error), code=error.code)
        raise ChainAway from error


@contextmanager
def a_place() -> Iterator[None]:
    """Take one of this process's places to ask from, or raise ``ChainAway``: none is free soon."""
    if not _places.acquire(timeout=TURN_TIMEOUT_S):
        log.warning("chain_not_read", error=f"{ASKING_MAX} callers wait for an answer already")
        raise ChainAway
    try:
        yield
    finally:
        _places.release()


async def _answer_in_time(question: Callable[[Node], Awaitable[T]], timeout_s: float) -> T:
    try:
        async with asyncio.timeout(timeout_s), open_nodes() as nodes:
            return await nodes.read(question)
    except TimeoutError as error:
        raise OutcomeUnknown(f"no answer in {timeout_s} s") from error
