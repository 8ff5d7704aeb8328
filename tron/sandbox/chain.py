"""The chain itself: blocks, the head's and the solid block's state, the reference ring.

Knows nothing of pools or HTTP; several nodes look at one chain.
"""

import json
from bisect import bisect_left
from collections import deque
from typing import Any

from tron.address import address_from_body
from tron.sandbox import genesis
from tron.sandbox.blocks import Block, block_make
from tron.sandbox.clock import ChainClock, wall_ms
from tron.sandbox.errors import Refused, SandboxError
from tron.sandbox.line import Line, Magic
from tron.sandbox.parameters import BLOCK_BYTES_MAX, SLOT_MS
from tron.sandbox.proto import CONTRACT_RESULTS
from tron.sandbox.receipts import Receipt, receipt_info
from tron.sandbox.state import State
from tron.sandbox.storage import Changes, Diff, Found, Included, Storage
from tron.sandbox.transactions import SignedTransaction, transaction_open, transaction_parse
from tron.sandbox.vm.tether import TRANSFER_TOPIC

RING_SIZE = 65_536
MISSING = object()


class ReorganizationTooDeep(ValueError):
    """A solid block cannot be replaced."""


def no_magic(tx: SignedTransaction) -> str:
    """Return that a transaction asks for no fault."""
    return ""


class Chain(Line):
    """Blocks are appended one by one; ``solid_lag`` blocks under the head are final."""

    witness_shift = 0  # who makes a block of a height; another chain of the same height differs

    def __init__(
        self, storage: Storage, clock: ChainClock, solid_lag: int, magic: Magic = no_magic
    ) -> None:
        """Open the stored chain, or begin one; raises ``SandboxError`` for another genesis."""
        self.storage = storage
        self.clock = clock
        self.solid_lag = solid_lag
        self.magic = magic
        self.state = State()
        self.solid_state = State()
        self.diffs: deque[Diff] = deque()
        self.ring: dict[int, bytes] = {}
        self.head = self._open()
        self.solid = self.block_at(self.head.number - len(self.diffs))

    def _open(self) -> Block:
        head = self.storage.head()
        if head is None:
            head = genesis.genesis_block()
            self.storage.begin(head, genesis.genesis_state().changes)
        first = self.block_at(0)
        if first.id.hex() != genesis.GENESIS_ID:
            raise SandboxError(f"this data belongs to another chain: {first.id.hex()}")
        saved = self.storage.meta("clock") or {}
        self.clock.offset_ms = saved.get("offset_ms", 0)
        self.clock.stepped_ms = saved.get("stepped_ms", 0)
        solid_number = self.storage.meta("solid") or 0
        self.solid_state.changes = self.storage.state_load(solid_number)
        self.state.changes = dict(self.solid_state.changes)
        for diff in self.storage.diffs_load(solid_number, head.number):
            self.diffs.append(diff)
            self.state.changes.update(diff.changes)
        for number, block_id in self.storage.ids_since(head.number - RING_SIZE + 1):
            self.ring[number % RING_SIZE] = block_id
        return head

    def block(self, number: int) -> Block | None:
        """Return the block of a height."""
        return self.storage.block(number)

    def block_number(self, block_id: bytes) -> int | None:
        """Return the height of a block ID."""
        return self.storage.block_number(block_id)

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, in order."""
        return self.storage.bodies(number)

    def infos(self, number: int) -> list[str]:
        """Return the TransactionInfos of a block as JSON texts, in order."""
        return self.storage.infos(number)

    def transaction(self, txid: bytes) -> Found | None:
        """Return an included transaction."""
        return self.storage.transaction(txid)

    def reference(self, slot: int) -> bytes | None:
        """Return the ID of the last block whose height has these lower 16 bits."""
        return self.ring.get(slot)

    def value(self, number: int, key: bytes, default: Any) -> Any:
        """Return a value of the state as of a block, or the default where there was none."""
        return self.storage.state_get(key, number, default)

    def number_since(self, timestamp_ms: int) -> int:
        """Return the height of the first block that is not earlier than this."""
        heights = range(self.head.number + 1)
        return bisect_left(
            heights, timestamp_ms, key=lambda number: self.block_at(number).timestamp_ms
        )

    def begin(self) -> None:
        """Give a new chain enough empty blocks for a solid block of today.

        Clients take the solid block as reference and refuse a chain that stands still.
        """
        if self.head.number:
            return
        count = self.solid_lag + 1
        for ahead in range(count):
            self.append([], wall_ms() - (count - 1 - ahead) * SLOT_MS)

    def append(self, candidates: list[SignedTransaction], timestamp_ms: int) -> None:
        """Make the next block of these transactions.

        Those that the state refuses or that do not fit are left out.
        """
        layer = self.state.child()
        executed = self._execute(layer, candidates, timestamp_ms)
        witness = (self.head.number + 1 + self.witness_shift) % genesis.WITNESS_COUNT
        block = block_make(
            parent=self.head,
            timestamp_ms=timestamp_ms,
            bodies=[included.body for included in executed],
            witness=genesis.WITNESSES[witness],
            witness_key=genesis.WITNESS_KEYS[witness],
        )
        self._accept(block, executed, layer.changes)

    def _execute(
        self, layer: State, candidates: list[SignedTransaction], timestamp_ms: int
    ) -> list[Included]:
        executed: list[Included] = []
        # Who may sign for them has changed: what else they sent waits for the block after.
        changed: set[bytes] = set()
        room = BLOCK_BYTES_MAX
        for tx in candidates:
            room -= tx.net_bytes
            if room < 0:
                break
            if tx.owner in changed:
                continue
            try:
                self.transaction_check(tx)
                receipt = self.execute(layer, tx)
            except Refused:
                continue
            if tx.contract_type == "AccountPermissionUpdateContract":
                changed.add(tx.owner)
            executed.append(_included(tx, receipt, self.head.number + 1, timestamp_ms))
        return executed

    def _accept(self, block: Block, executed: list[Included], changes: Changes) -> None:
        solid_number = max(self.solid.number, block.number - self.solid_lag)
        self.clock.block_made(block.timestamp_ms)
        self.storage.append(block, executed, changes, solid_number, self.clock.dump())
        self.diffs.append(Diff(block.number, changes))
        self.state.changes.update(changes)
        self.ring[block.number % RING_SIZE] = block.id
        self.head = block
        while self.diffs and self.diffs[0].number <= solid_number:
            self.solid_state.changes.update(self.diffs.popleft().changes)
        if solid_number != self.solid.number:
            self.solid = self.block_at(solid_number)

    def intervene(self, changes: Changes) -> None:
        """Change the state by hand, as if the head block had done it; survives a restart."""
        self.storage.state_put(self.head.number, changes, by_hand=True)
        self.state.changes.update(changes)
        if self.diffs:
            self.diffs[-1].changes.update(changes)
            self.diffs[-1].by_hand.update(changes)
        else:
            self.solid_state.changes.update(changes)

    def reorganize(self, count: int) -> list[SignedTransaction]:
        """Replace the last blocks by as many empty ones; return the transactions they held.

        What was changed by hand stays. All or nothing, also when the process is killed.
        Raises ``ReorganizationTooDeep`` if one of the blocks is solid.
        """
        if count > len(self.diffs):
            raise ReorganizationTooDeep(f"only {len(self.diffs)} blocks are not solid")
        gone = [self.block_at(self.head.number - count + 1 + n) for n in range(count)]
        displaced = [
            transaction_open(transaction_parse(body))
            for block in gone
            for body in self.bodies(block.number)
        ]
        stepped_ms = self.clock.stepped_ms  # belongs to the block after, not to these
        with self.storage.atomic():
            by_hand = self._rewind(gone[0].number - 1)
            for block in gone:
                # A millisecond makes it another block; times still grow.
                self.append([], block.timestamp_ms + 1)
            self.intervene(by_hand)
            self.clock.stepped_ms = stepped_ms
            self.storage.meta_put("clock", self.clock.dump())
        return displaced

    def _rewind(self, number: int) -> Changes:
        """Go back to a height and return what had been changed by hand above it."""
        by_hand: Changes = {}
        keys: set[bytes] = set()
        while self.diffs and self.diffs[-1].number > number:
            diff = self.diffs.pop()
            by_hand = diff.by_hand | by_hand
            keys.update(diff.changes)
        self.storage.rewind(number)
        self.head = self.block_at(number)
        for key in keys:
            value = self.storage.state_get(key, number, MISSING)
            if value is MISSING:
                del self.state.changes[key]
            else:
                self.state.changes[key] = value
        return by_hand


def result_put(message: Any, contract_ret: str) -> None:
    """Write the outcome into a Transaction message, as blocks carry it."""
    message.ret.add().contractRet = CONTRACT_RESULTS.index(contract_ret)


def _included(tx: SignedTransaction, receipt: Receipt, number: int, timestamp_ms: int) -> Included:
    message = type(tx.message)()
    message.CopyFrom(tx.message)
    result_put(message, receipt.contract_ret)
    info = receipt_info(receipt, txid=tx.txid, number=number, timestamp_ms=timestamp_ms)
    return Included(
        txid=tx.txid,
        body=message.SerializeToString(),
        info=json.dumps(info, separators=(",", ":")),
        transfers=_transfers(receipt),
        owner=tx.owner,
        partner=tx.partner,
    )


def _transfers(receipt: Receipt) -> tuple[tuple[str, str, int], ...]:
    return tuple(
        (
            address_from_body(log.topics[1][-20:]),
            address_from_body(log.topics[2][-20:]),
            int.from_bytes(log.data, "big"),
        )
        for log in receipt.logs
        if log.topics[0] == TRANSFER_TOPIC
    )
