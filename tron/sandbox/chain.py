"""The chain itself: blocks, the head's and the solid block's state, the reference ring.

Knows nothing of pools or HTTP; several nodes can look at one chain.
"""

import json
from collections import deque
from typing import Any

from tron.address import address_from_body
from tron.sandbox import genesis
from tron.sandbox.blocks import Block, block_make
from tron.sandbox.clock import ChainClock, wall_ms
from tron.sandbox.errors import Refused, SandboxError
from tron.sandbox.execution import transaction_execute
from tron.sandbox.parameters import (
    BLOCK_BYTES_MAX,
    EXPIRATION_AHEAD_MAX_MS,
    SLOT_MS,
    TRANSACTION_BYTES_MAX,
)
from tron.sandbox.proto import CONTRACT_RESULTS
from tron.sandbox.receipts import Receipt, receipt_info
from tron.sandbox.state import State
from tron.sandbox.storage import Changes, Included, Storage
from tron.sandbox.transactions import SignedTransaction
from tron.sandbox.vm.tether import TRANSFER_TOPIC

RING_SIZE = 65_536


class Chain:
    """Blocks are appended one by one; ``solid_lag`` blocks under the head are final."""

    def __init__(self, storage: Storage, clock: ChainClock, solid_lag: int) -> None:
        """Open the stored chain, or begin one; raises ``SandboxError`` for another genesis."""
        self.storage = storage
        self.clock = clock
        self.solid_lag = solid_lag
        self.state = State()
        self.solid_state = State()
        self._diffs: deque[tuple[int, Changes]] = deque()
        self._ring: dict[int, bytes] = {}
        self.head = self._open()
        self.solid = self._block_at(self.solid_number)

    def _open(self) -> Block:
        head = self.storage.head()
        if head is None:
            head = genesis.genesis_block()
            self.storage.begin(head, genesis.genesis_state().changes)
        first = self._block_at(0)
        if first.id.hex() != genesis.GENESIS_ID:
            raise SandboxError(f"this data belongs to another chain: {first.id.hex()}")
        saved = self.storage.meta("clock") or {}
        self.clock.offset_ms = saved.get("offset_ms", 0)
        self.clock.stepped_ms = saved.get("stepped_ms", 0)
        self.solid_state.changes = self.storage.state_load()
        self.state.changes = dict(self.solid_state.changes)
        for number, changes in self.storage.diffs_load():
            self._diffs.append((number, changes))
            self.state.changes.update(changes)
        self.solid_number = head.number - len(self._diffs)
        for number, block_id in self.storage.ids_since(head.number - RING_SIZE + 1):
            self._ring[number % RING_SIZE] = block_id
        return head

    def _block_at(self, number: int) -> Block:
        block = self.storage.block(number)
        if block is None:
            raise SandboxError(f"block {number} is missing")
        return block

    def begin(self) -> None:
        """Give a new chain enough empty blocks for a solid block of today.

        Clients take the solid block as reference and refuse a chain that stands still.
        """
        if self.head.number:
            return
        count = self.solid_lag + 1
        for ahead in range(count):
            self.append([], wall_ms() - (count - 1 - ahead) * SLOT_MS)

    def append(self, candidates: list[SignedTransaction], timestamp_ms: int) -> list[bytes]:
        """Make the next block of these transactions and return the txids it holds.

        Those that the state refuses or that do not fit are left out.
        """
        layer = self.state.child()
        executed = self._execute(layer, candidates, timestamp_ms)
        witness = (self.head.number + 1) % genesis.WITNESS_COUNT
        block = block_make(
            parent=self.head,
            timestamp_ms=timestamp_ms,
            bodies=[included.body for included in executed],
            witness=genesis.WITNESSES[witness],
            witness_key=genesis.WITNESS_KEYS[witness],
        )
        self._accept(block, executed, layer.changes)
        return [included.txid for included in executed]

    def _execute(
        self, layer: State, candidates: list[SignedTransaction], timestamp_ms: int
    ) -> list[Included]:
        executed: list[Included] = []
        room = BLOCK_BYTES_MAX
        for tx in candidates:
            room -= tx.net_bytes
            if room < 0:
                break
            try:
                self.transaction_check(tx)
                receipt = self.execute(layer, tx)
            except Refused:
                continue
            executed.append(_included(tx, receipt, self.head.number + 1, timestamp_ms))
        return executed

    def execute(self, layer: State, tx: SignedTransaction) -> Receipt:
        """Execute on a layer, which stays as it was if the transaction is refused."""
        attempt = layer.child()
        receipt = transaction_execute(attempt, tx, self.head.timestamp_ms)
        attempt.merge()
        return receipt

    def _accept(self, block: Block, executed: list[Included], changes: Changes) -> None:
        self._diffs.append((block.number, changes))
        solid_number = max(self.solid_number, block.number - self.solid_lag)
        ripe = [diff for diff in self._diffs if diff[0] <= solid_number]
        self.clock.block_made(block.timestamp_ms)
        self.storage.append(block, executed, changes, ripe, self.clock.dump())
        self.state.changes.update(changes)
        for _, solid_changes in ripe:
            self.solid_state.changes.update(solid_changes)
            self._diffs.popleft()
        self._ring[block.number % RING_SIZE] = block.id
        self.head = block
        if solid_number != self.solid_number:
            self.solid_number = solid_number
            self.solid = self._block_at(solid_number)

    def intervene(self, changes: Changes) -> None:
        """Change the state by hand, as if the head block had done it; survives a restart."""
        self.state.changes.update(changes)
        if not self._diffs:
            self.solid_state.changes.update(changes)
            self.storage.state_put(changes)
            return
        number, head_changes = self._diffs[-1]
        head_changes.update(changes)
        self.storage.diff_put(number, head_changes)

    def transaction_check(self, tx: SignedTransaction) -> None:
        """Check what does not depend on accounts; raises ``Refused``.

        Order: java-tron ``Manager.validateTapos``, ``validateCommon``, ``validateDup``.
        """
        self._reference_check(tx.raw)
        if len(tx.body) + 128 > TRANSACTION_BYTES_MAX:
            raise Refused("TOO_BIG_TRANSACTION_ERROR", "Too big transaction")
        head_ms, expiration_ms = self.head.timestamp_ms, tx.raw.expiration
        if not head_ms < expiration_ms <= head_ms + EXPIRATION_AHEAD_MAX_MS:
            raise expired()
        if self.storage.has_transaction(tx.txid):
            raise Refused("DUP_TRANSACTION_ERROR", "Dup transaction.")

    def _reference_check(self, raw: Any) -> None:
        number = int.from_bytes(raw.ref_block_bytes, "big")
        block_id = self._ring.get(number)
        known = block_id is not None and block_id[8:16] == raw.ref_block_hash
        if len(raw.ref_block_bytes) != 2 or not known:
            raise Refused("TAPOS_ERROR", "Tapos check error.")


def expired() -> Refused:
    """Return the refusal for an expiration that is past or too far ahead."""
    return Refused("TRANSACTION_EXPIRATION_ERROR", "Transaction expired")


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
