"""All configured nodes: whom to ask first, and whom when that one fails."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import aiohttp
import structlog
from django.conf import settings

from tron import node_health as health
from tron.buckets import forget_buckets, limit_rps
from tron.errors import NodeError, OutcomeUnknown, Throttled, Unreachable, WrongChain
from tron.networks import network
from tron.node import Node, forget_genesis
from tron.route import connector, host_of, keys_of, name_of

log = structlog.get_logger(__name__)
T = TypeVar("T")

# When all fail, the error that says most: a person must look; it may have acted; it is there.
_TELLING = (WrongChain, OutcomeUnknown, Throttled, Unreachable)


class Nodes:
    """The configured nodes, inside ``open_nodes``."""

    def __init__(self, configured: list[Node]) -> None:
        self.configured = tuple(configured)

    def best(self) -> list[Node]:
        """Return all nodes, those first that should be asked first; never empty."""
        return health.ranked(self.configured)

    def others(self, name: str) -> list[Node]:
        """Return the nodes beside the named one, the best first: who could confirm what it said."""
        return [node for node in self.best() if node.name != name]

    async def read(self, question: Callable[[Node], Awaitable[T]]) -> T:
        """Return the answer of the first node that gives one.

        ``Refused`` is an answer and is raised at once. When no node answers, the most telling
        of their errors is raised. A node that turns out to contradict the chain
        (``WrongChain``) is accused, which pulls the kill switch, and the next one is asked.
        """
        return await self._first_of(question, proves_health=True)

    async def first(self) -> Node:
        """Return the best node that shows the network's genesis, or raise as ``read`` does."""

        async def proven(node: Node) -> Node:
            await node.prove_genesis()
            return node

        # What it has shown within a minute is not asked again, so this says nothing of today.
        return await self._first_of(proven, proves_health=False)

    async def _first_of(
        self, question: Callable[[Node], Awaitable[T]], *, proves_health: bool
    ) -> T:
        errors: list[NodeError] = []
        for node in self.best():
            try:
                with health.watched(node.name, proves_health=proves_health):
                    return await question(node)
            except (OutcomeUnknown, Throttled, Unreachable, WrongChain) as error:
                errors.append(error)
                self._note(node, error)
        raise min(errors, key=_telling)

    def _note(self, node: Node, error: NodeError) -> None:
        error.node = error.node or node.name
        log.warning("node_passed_over", node=node.name, error=str(error), code=error.code)
        # One of another network has been accused when it was found out.
        if isinstance(error, WrongChain) and not health.is_foreign(health.state_of(node.name)):
            health.accuse(node.name, str(error))


def _telling(error: NodeError) -> int:
    return next(place for place, kind in enumerate(_TELLING) if isinstance(error, kind))


@asynccontextmanager
async def open_nodes() -> AsyncIterator[Nodes]:
    """Give the configured nodes for a few calls in one event loop.

    Each shows its genesis before its first answer is believed (``Node.call``). Each has
    connections of its own, so that one that hangs holds up no other.
    """
    async with AsyncExitStack() as stack:
        sessions = [await stack.enter_async_context(_session()) for _ in network().nodes]
        pairs = zip(network().nodes, sessions, strict=True)
        yield Nodes([Node(url, session) for url, session in pairs])


def _session() -> aiohttp.ClientSession:
    # A proxy may have to find a way through a network of its own before it can connect.
    connect_s = settings.TRON_TIMEOUT_S if settings.TRON_PROXY else settings.TRON_CONNECT_TIMEOUT_S
    timeout = aiohttp.ClientTimeout(total=settings.TRON_TIMEOUT_S, sock_connect=connect_s)
    return aiohttp.ClientSession(timeout=timeout, connector=connector())


def all_throttled() -> bool:
    """Return whether every node asked for a pause that still lasts: then work waits."""
    return all(health.is_throttled(name_of(url)) for url in network().nodes)


def rate_rps() -> int:
    """Return how many requests a second the fastest node takes, 0 when one has no limit."""
    rates = [limit_rps(host_of(url)) * max(1, len(keys_of(url))) for url in network().nodes]
    return 0 if 0 in rates else max(rates)


def forget() -> None:
    """Forget all that this process keeps of nodes, as if it had just started. For tests."""
    from tron.tokens import forget_tokens  # it is made of nodes

    forget_genesis()
    forget_tokens()
    health.forget_nodes()
    forget_buckets()
