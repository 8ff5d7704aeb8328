"""Looking at every configured node, so that the next question goes to the best of them."""

import asyncio

import structlog

from lucidpay.clock import utc_now
from tron import node_health as health
from tron.errors import NodeError, OutcomeUnknown, Throttled, WrongChain
from tron.node import Node, ask
from tron.nodes import open_nodes
from tron.tokens import prove_tokens

log = structlog.get_logger(__name__)

# Well below the pause between two looks: a node that hangs must not keep worker after worker.
LOOK_TIMEOUT_S = 5


def look_at_nodes() -> None:
    """Ask each node, all at once, for its heights and peers, and store what they said.

    A node that does not answer is stored as failing; nothing is raised for it. One of another
    network, or whose USDT is not what it should be, pulls the kill switch (``tron.node.ask``).
    """
    ask(_look())
    health.publish()


async def _look() -> None:
    async with open_nodes() as nodes:
        await asyncio.gather(*(_look_at(node) for node in nodes.configured))


async def _look_at(node: Node) -> None:
    try:
        with health.watched(node.name):
            await _heights(node)
    except Throttled:
        return  # it is not down, and its pause has been kept
    except (WrongChain, NodeError) as error:
        log.warning("node_does_not_answer", node=node.name, error=str(error), code=error.code)


async def _heights(node: Node) -> None:
    try:
        async with asyncio.timeout(LOOK_TIMEOUT_S):
            await node.prove_genesis()
            await prove_tokens(node)
            head, solid, peers = await asyncio.gather(node.head(), node.solid(), node.peers())
    except TimeoutError as error:
        raise OutcomeUnknown(f"no answer in {LOOK_TIMEOUT_S} s", node=node.name) from error
    health.note(
        node.name,
        head_number=head.number,
        head_time_ms=head.time_ms,
        solid_number=solid.number,
        peers=peers,
        looked_at=utc_now(),
    )
