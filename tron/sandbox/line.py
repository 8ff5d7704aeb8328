"""A line of blocks as a node sees it: its head, its solid block, their states, and the rules.

The chain itself is one. A node that lags behind, stands still or is on a fork sees another.
"""

from collections.abc import Callable
from typing import Any

from tron.sandbox.blocks import Block
from tron.sandbox.clock import ChainClock
from tron.sandbox.errors import Refused, SandboxError
from tron.sandbox.execution import transaction_execute
from tron.sandbox.parameters import EXPIRATION_AHEAD_MAX_MS, TRANSACTION_BYTES_MAX
from tron.sandbox.receipts import Receipt
from tron.sandbox.state import State
from tron.sandbox.storage import Found
from tron.sandbox.transactions import SignedTransaction

MAINTENANCE_SKIP_SLOTS = 2  # java-tron ChainConstant.MAINTENANCE_SKIP_SLOTS
Magic = Callable[[SignedTransaction], str]


class Line:
    """What can be asked of a line of blocks; it knows nothing of pools or HTTP."""

    head: Block
    solid: Block
    state: State
    solid_state: State
    clock: ChainClock
    magic: Magic  # the fault a transaction asks for itself, "" for none

    def block(self, number: int) -> Block | None:
        """Return the block of a height."""
        raise NotImplementedError

    def block_number(self, block_id: bytes) -> int | None:
        """Return the height of a block ID."""
        raise NotImplementedError

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, in order."""
        raise NotImplementedError

    def infos(self, number: int) -> list[str]:
        """Return the TransactionInfos of a block as JSON texts, in order."""
        raise NotImplementedError

    def transaction(self, txid: bytes) -> Found | None:
        """Return an included transaction."""
        raise NotImplementedError

    def reference(self, slot: int) -> bytes | None:
        """Return the ID of the last block whose height has these lower 16 bits."""
        raise NotImplementedError

    def block_at(self, number: int) -> Block:
        """Return the block of a height that must be there; raises ``SandboxError``."""
        block = self.block(number)
        if block is None:
            raise SandboxError(f"block {number} is missing")
        return block

    @property
    def next_slot_ms(self) -> int:
        """When the next block is due: what expires before is not admitted.

        Source: java-tron ``ChainBaseManager.getNextBlockSlotTime``.
        """
        return self.head.timestamp_ms + (1 + self.slots_skipped) * self.clock.slot_ms

    @property
    def slots_skipped(self) -> int:
        """How many slots pass without a block after the head: two after a maintenance time."""
        every_ms = self.clock.maintenance_ms
        if not every_ms or self.head.number < 2:
            return 0
        before = self.block_at(self.head.number - 1)
        crossed = before.timestamp_ms // every_ms != self.head.timestamp_ms // every_ms
        return MAINTENANCE_SKIP_SLOTS if crossed else 0

    def execute(self, layer: State, tx: SignedTransaction) -> Receipt:
        """Execute on a layer, which stays as it was if the transaction is refused."""
        attempt = layer.child()
        receipt = transaction_execute(attempt, tx, self.head.timestamp_ms, self.magic(tx))
        attempt.merge()
        return receipt

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
        if self.transaction(tx.txid) is not None:
            raise Refused("DUP_TRANSACTION_ERROR", "Dup transaction.")

    def _reference_check(self, raw: Any) -> None:
        block_id = self.reference(int.from_bytes(raw.ref_block_bytes, "big"))
        known = block_id is not None and block_id[8:16] == raw.ref_block_hash
        if len(raw.ref_block_bytes) != 2 or not known:
            raise Refused("TAPOS_ERROR", "Tapos check error.")


def expired() -> Refused:
    """Return the refusal for an expiration that is past or too far ahead."""
    return Refused("TRANSACTION_EXPIRATION_ERROR", "Transaction expired")
