"""The nodes that look at one chain: what one admits the others hear of; who makes the blocks."""

from collections.abc import Sequence

from tron.sandbox.blocks import Block
from tron.sandbox.chain import Chain
from tron.sandbox.errors import Refused
from tron.sandbox.node import Node
from tron.sandbox.pool import Pool
from tron.sandbox.storage import Changes
from tron.sandbox.transactions import SignedTransaction


class Network:
    """Nodes by name, in the order of their ports; blocks are made of the first one's pool."""

    def __init__(self, chain: Chain, names: Sequence[str], pool_max: int) -> None:
        self.chain = chain
        self.nodes = {name: Node(name, chain, Pool(pool_max), self._spread) for name in names}

    @property
    def producer(self) -> Node | None:
        """The node whose pool the blocks are made of, None if all are on forks of their own.

        The first that hears everything, or else the first that is on no fork.
        """
        nodes = self.nodes.values()
        able = [node for node in nodes if node.look.up_to_date]
        return next(iter(able or [node for node in nodes if not node.look.forked]), None)

    def mine(self, interval_ms: int | None = None, missed: int = 0) -> Block:
        """Make the next block of what is pending, after so many missed slots.

        What does not fit waits for the block after.
        """
        chain, producer = self.chain, self.producer
        missed += chain.slots_skipped
        timestamp_ms = chain.clock.next_block_ms(chain.head.timestamp_ms, interval_ms, missed)
        chain.append(producer.pool.transactions() if producer else [], timestamp_ms)
        for node in self.nodes.values():
            node.grow(timestamp_ms)
        self.refresh()
        return chain.head

    def reorganize(self, count: int, *, lost: bool) -> list[SignedTransaction]:
        """Replace the last blocks by empty ones and return the transactions they held.

        These are pending again unless they are ``lost``. Raises ``ReorganizationTooDeep``.
        """
        displaced = self.chain.reorganize(count)
        self.refresh([] if lost else displaced)
        return displaced

    def intervene(self, changes: Changes) -> None:
        """Change the state by hand, at the head."""
        self.chain.intervene(changes)
        self.refresh()

    def refresh(self, displaced: Sequence[SignedTransaction] = ()) -> None:
        """Let every node see what became of the chain."""
        for node in self.nodes.values():
            node.refresh(displaced if node.look.connected else ())

    def _spread(self, origin: Node, tx: SignedTransaction) -> None:
        """Tell the other nodes of a transaction; one that cannot admit it drops it silently."""
        if not origin.look.connected:
            return
        for node in self.nodes.values():
            if node is not origin and node.look.connected:
                _hear(node, tx)


def _hear(node: Node, tx: SignedTransaction) -> None:
    try:
        node.receive(tx)
    except Refused:
        return
