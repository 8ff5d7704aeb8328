"""A line of blocks that leaves the chain: what a node shows that is on a fork or stands still.

It lives in memory. Up to its root it is the chain, which no longer changes there.
"""

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from tron.sandbox.blocks import Block
from tron.sandbox.chain import RING_SIZE, Chain
from tron.sandbox.state import State, StateAt
from tron.sandbox.storage import Changes, Diff, Found, Included, Storage
from tron.sandbox.transactions import (
    SignedTransaction,
    transaction_open,
    transaction_parse,
    txid_of,
)

NEVER = 2**62  # blocks below the head


@dataclass(slots=True)
class _Stored:
    """One block of a branch."""

    block: Block
    bodies: list[bytes] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)


class BranchStorage:
    """What ``Storage`` does for a chain, in memory above a root."""

    def __init__(self, base: Storage, root: int) -> None:
        self._base = base
        self._root = root
        self._blocks: dict[int, _Stored] = {}
        self._numbers: dict[bytes, int] = {}
        self._found: dict[bytes, Found] = {}

    def append(
        self,
        block: Block,
        included: list[Included],
        changes: Changes,
        solid_number: int,
        clock: dict[str, Any],
    ) -> None:
        """Keep a block and its transactions; the state is the branch's own."""
        bodies, infos = [tx.body for tx in included], [tx.info for tx in included]
        self._blocks[block.number] = _Stored(block, bodies, infos)
        self._numbers[block.id] = block.number
        for tx in included:
            self._found[tx.txid] = Found(block.number, tx.body, tx.info)

    def block(self, number: int) -> Block | None:
        """Return the block of a height."""
        if number <= self._root:
            return self._base.block(number)
        stored = self._blocks.get(number)
        return stored.block if stored else None

    def block_number(self, block_id: bytes) -> int | None:
        """Return the height of a block ID."""
        number = self._base.block_number(block_id)
        if number is not None and number <= self._root:
            return number
        return self._numbers.get(block_id)

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, in order."""
        if number <= self._root:
            return self._base.bodies(number)
        return self._blocks[number].bodies if number in self._blocks else []

    def infos(self, number: int) -> list[str]:
        """Return the TransactionInfos of a block as JSON texts, in order."""
        if number <= self._root:
            return self._base.infos(number)
        return self._blocks[number].infos if number in self._blocks else []

    def transaction(self, txid: bytes) -> Found | None:
        """Return an included transaction."""
        found = self._base.transaction(txid)
        if found is not None and found.number <= self._root:
            return found
        return self._found.get(txid)


class Branch(Chain):
    """Leaves a chain after a height; its own blocks have other witnesses, hence other IDs."""

    witness_shift = 1

    def __init__(self, chain: Chain, at: int, solid_at: int, *, becomes_solid: bool) -> None:
        """Take the blocks up to ``at``, those up to ``solid_at`` as solid.

        With ``becomes_solid`` later ones become solid as the chain's do: no honest node's would.
        """
        root = min(at, chain.solid.number)
        self.storage = BranchStorage(chain.storage, root)  # type: ignore[assignment]
        self.clock = chain.clock
        self.magic = chain.magic
        self.solid_lag = chain.solid_lag if becomes_solid else NEVER
        self.diffs = deque()
        self.ring = dict(chain.ring)
        for number in range(at + 1, chain.head.number + 1):
            del self.ring[number % RING_SIZE]
        self.root = chain.block_at(root)
        self.solid = chain.block_at(solid_at)
        self.state = State(StateAt(partial(chain.value, root)))
        self.solid_state = State(StateAt(partial(chain.value, solid_at)))
        for diff in chain.diffs:
            if diff.number <= at:
                self._copy(chain, diff)
        self.head = self.block_at(at)

    def _copy(self, chain: Chain, diff: Diff) -> None:
        """Keep a block that the chain itself may lose."""
        number = diff.number
        included = [
            # Nothing is looked up here by people.
            Included(txid_of(transaction_parse(body).raw_data), body, info, (), b"", None)
            for body, info in zip(chain.bodies(number), chain.infos(number), strict=True)
        ]
        self.storage.append(chain.block_at(number), included, diff.changes, 0, {})
        self.diffs.append(diff)
        self.state.changes.update(diff.changes)

    def catch_up(self, chain: Chain) -> None:
        """Make empty blocks up to the chain's height, at the times of the chain's."""
        for number in range(self.head.number + 1, chain.head.number + 1):
            self.append([], chain.block_at(number).timestamp_ms)

    def transactions(self) -> list[SignedTransaction]:
        """Return the transactions of the blocks above the root, in order."""
        return [
            transaction_open(transaction_parse(body))
            for number in range(self.root.number + 1, self.head.number + 1)
            for body in self.bodies(number)
        ]
