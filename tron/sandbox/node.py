"""One node's face of the chain: what it admits, what it shows as head, pending and solid.

A second face with its own pool or its own lag is a second ``Node`` on the same chain.
"""

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from tron.sandbox.blocks import Block
from tron.sandbox.chain import Chain, expired
from tron.sandbox.errors import Refused
from tron.sandbox.pool import PENDING_MS, Pending, Pool
from tron.sandbox.signatures import signatures_check
from tron.sandbox.state import State
from tron.sandbox.transactions import SignedTransaction, transaction_open


@dataclass(frozen=True, slots=True)
class View:
    """What a query sees: a state and the highest block that belongs to it."""

    state: State
    block: Block
    solid: bool


class Node:
    """Admits transactions into its pool and makes blocks of them."""

    def __init__(self, chain: Chain, pool: Pool) -> None:
        self.chain = chain
        self.pool = pool
        self.pool.reset(chain.state)

    def head_view(self) -> View:
        """What ``/wallet`` shows: the head and this node's pending transactions."""
        return View(state=self.pool.state, block=self.chain.head, solid=False)

    def solid_view(self) -> View:
        """What ``/walletsolidity`` shows: what can no longer change."""
        return View(state=self.chain.solid_state, block=self.chain.solid, solid=True)

    def admit(self, message: Any) -> SignedTransaction:
        """Check a Transaction message and put it into the pool; raises ``Refused``.

        The order of the checks decides which answer a client gets: java-tron
        ``Wallet.broadcastTransaction``, then ``Manager.pushTransaction``.
        """
        self.pool.room_check()
        tx = transaction_open(message)
        if tx.raw.expiration < self.chain.head.timestamp_ms + self.chain.clock.slot_ms:
            raise expired()
        signatures_check(tx, self.pool.state.account(tx.owner))
        self.chain.transaction_check(tx)
        if tx.txid in self.pool.pending:
            raise Refused("DUP_TRANSACTION_ERROR", "Dup transaction.")
        self._enter(tx, self.chain.clock.now_ms(self.chain.head.timestamp_ms))
        return tx

    def _enter(self, tx: SignedTransaction, received_at_ms: int) -> None:
        receipt = self.chain.execute(self.pool.state, tx)
        self.pool.pending[tx.txid] = Pending(tx, receipt, received_at_ms)

    def mine(self, interval_ms: int | None = None) -> Block:
        """Make the next block of what is pending; what does not fit waits for the one after."""
        chain = self.chain
        timestamp_ms = chain.clock.next_block_ms(chain.head.timestamp_ms, interval_ms)
        included = set(chain.append([p.tx for p in self.pool.pending.values()], timestamp_ms))
        self.refresh(included)
        return chain.head

    def refresh(self, included: Set[bytes] = frozenset()) -> None:
        """Execute what is pending once more, on the state of the chain as it is now."""
        for waiting in self.pool.reset(self.chain.state):
            if waiting.tx.txid not in included:
                self._readmit(waiting)

    def _readmit(self, waiting: Pending) -> None:
        """Keep what is still valid and younger than a minute (java-tron ``PendingManager``)."""
        if self.chain.head.timestamp_ms - waiting.received_at_ms > PENDING_MS:
            return
        try:
            self.chain.transaction_check(waiting.tx)
            self._enter(waiting.tx, waiting.received_at_ms)
        except Refused:
            return
