"""The chain as it was some blocks ago: what a node shows that lags behind."""

from functools import partial

from tron.sandbox.blocks import Block
from tron.sandbox.chain import Chain
from tron.sandbox.line import Line
from tron.sandbox.state import StateAt
from tron.sandbox.storage import Found


class Past(Line):
    """A chain without its last blocks; of use until the chain changes."""

    def __init__(self, chain: Chain, lag: int) -> None:
        """``lag`` blocks are missing, at the head and at the solid block."""
        self._chain = chain
        self.clock = chain.clock
        self.magic = chain.magic
        self.head = chain.block_at(max(0, chain.head.number - lag))
        self.solid = chain.block_at(max(0, chain.solid.number - lag))
        self.state = StateAt(partial(chain.value, self.head.number))
        self.solid_state = StateAt(partial(chain.value, self.solid.number))

    def _shown(self, number: int) -> bool:
        return number <= self.head.number

    def block(self, number: int) -> Block | None:
        """Return the block of a height."""
        return self._chain.block(number) if self._shown(number) else None

    def block_number(self, block_id: bytes) -> int | None:
        """Return the height of a block ID."""
        number = self._chain.block_number(block_id)
        return number if number is not None and self._shown(number) else None

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, in order."""
        return self._chain.bodies(number) if self._shown(number) else []

    def infos(self, number: int) -> list[str]:
        """Return the TransactionInfos of a block as JSON texts, in order."""
        return self._chain.infos(number) if self._shown(number) else []

    def transaction(self, txid: bytes) -> Found | None:
        """Return an included transaction."""
        found = self._chain.transaction(txid)
        return found if found is not None and self._shown(found.number) else None

    def reference(self, slot: int) -> bytes | None:
        """Return the ID of the last block whose height has these lower 16 bits."""
        block_id = self._chain.reference(slot)
        if block_id is None or self._shown(int.from_bytes(block_id[:8], "big")):
            return block_id
        return None
