"""Questions to the chain for a caller who waits for the answer."""

import asyncio
from collections.abc import Awaitable, Callable
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


class ChainAway(LucidError):
    """TRON network error: no node gave an answer that can be used. Try again in a moment."""

    code = NETWORK
    status_code = 500


def chain_read(
    question: Callable[[Node], Awaitable[T]], *, timeout_s: float = ANSWER_TIMEOUT_S
) -> T:
    """Return what the first node that answers says.

    Raises ``ChainAway`` when none does within ``timeout_s``; what each of them did stands in the
    log and in ``network/health``, not in the answer. Never call it within a transaction.
    """
    try:
        return ask(_answer_in_time(question, timeout_s))
    except NodeError as error:
        log.warning("chain_not_read", error=str(error), code=error.code)
        raise ChainAway from error


async def _answer_in_time(question: Callable[[Node], Awaitable[T]], timeout_s: float) -> T:
    try:
        async with asyncio.timeout(timeout_s), open_nodes() as nodes:
            return await nodes.read(question)
    except TimeoutError as error:
        raise OutcomeUnknown(f"no answer in {timeout_s} s") from error
