"""The nodes that look at one chain: what one admits the others hear of; who makes the blocks."""

from collections.abc import Sequence

from tron.sandbox.blocks import Block
from tron.sandbox.chain import Chain
from tron.sandbox.errors import Refused
from tron.sandbox.node import Node
from tron.sandbox.pool import Pool
from tron.sandbox.transactions import SignedTransaction


class Network:
    """Nodes by name, in the order of their ports; the first one's pool is what blocks hold."""

    def __init__(self, chain: Chain, names: Sequence[str], pool_max: int) -> None:
        self.chain = chain
        self.nodes = {name: Node(name, chain, Pool(pool_max), self._spread) for name in names}

    @property
    def producer(self) -> Node:
        """The node whose pool the blocks are made of."""
        return next(iter(self.nodes.values()))

    def mine(self, interval_ms: int | None = None) -> Block:
        """Make the next block of what is pending; what does not fit waits for the one after."""
        chain = self.chain
        timestamp_ms = chain.clock.next_block_ms(chain.head.timestamp_ms, interval_ms)
        chain.append(self.producer.pool.transactions(), timestamp_ms)
        self.refresh()
        return chain.head

    def refresh(self) -> None:
        """Let every node see what became of the chain."""
        for node in self.nodes.values():
            node.refresh()

    def _spread(self, origin: Node, tx: SignedTransaction) -> None:
        """Tell the other nodes of a transaction; one that cannot admit it drops it silently."""
        for node in self.nodes.values():
            if node is not origin:
                _hear(node, tx)


def _hear(node: Node, tx: SignedTransaction) -> None:
    try:
        node.receive(tx)
    except Refused:
        return
