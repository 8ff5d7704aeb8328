"""One node's face of the chain: what it admits, what it shows as head, pending and solid.

A second face with its own pool or its own lag is a second ``Node`` on the same chain.
"""

from collections.abc import Callable
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
    """Admits transactions into its pool and tells the other nodes of them."""

    def __init__(
        self,
        name: str,
        chain: Chain,
        pool: Pool,
        announce: Callable[["Node", SignedTransaction], None],
    ) -> None:
        """``announce`` is called with what this node admitted from a client."""
        self.name = name
        self.chain = chain
        self.pool = pool
        self._announce = announce
        self.pool.reset(chain.state)

    def head_view(self) -> View:
        """What ``/wallet`` shows: the head and this node's pending transactions."""
        return View(state=self.pool.state, block=self.chain.head, solid=False)

    def solid_view(self) -> View:
        """What ``/walletsolidity`` shows: what can no longer change."""
        return View(state=self.chain.solid_state, block=self.chain.solid, solid=True)

    def admit(self, message: Any) -> SignedTransaction:
        """Check a client's Transaction message, keep it, announce it; raises ``Refused``.

        The order of the checks decides which answer a client gets: java-tron
        ``Wallet.broadcastTransaction``, then ``Manager.pushTransaction``.
        """
        tx = self._keep(message)
        self._announce(self, tx)
        return tx

    def keep(self, message: Any) -> SignedTransaction:
        """Admit, but find nobody to announce it to: raises ``Refused`` with it in the pool.

        Source: java-tron ``Wallet.broadcastTransaction``, "P2P broadcast failed.".
        """
        self._keep(message)
        raise Refused("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed.")

    def lose(self, message: Any) -> SignedTransaction:
        """Check like ``admit``, and keep nothing; raises ``Refused``."""
        tx = transaction_open(message)
        self._check(tx)
        self.chain.execute(self.pool.state.child(), tx)
        return tx

    def _keep(self, message: Any) -> SignedTransaction:
        self.pool.room_check()
        tx = transaction_open(message)
        self.receive(tx)
        return tx

    def receive(self, tx: SignedTransaction) -> None:
        """Check a transaction and put it into the pool; raises ``Refused``."""
        self._check(tx)
        self._enter(tx, self.chain.clock.now_ms(self.chain.head.timestamp_ms))

    def _check(self, tx: SignedTransaction) -> None:
        self.pool.room_check()
        if tx.raw.expiration < self.chain.head.timestamp_ms + self.chain.clock.slot_ms:
            raise expired()
        signatures_check(tx, self.pool.state.account(tx.owner))
        self.chain.transaction_check(tx)
        if tx.txid in self.pool.pending:
            raise Refused("DUP_TRANSACTION_ERROR", "Dup transaction.")

    def _enter(self, tx: SignedTransaction, received_at_ms: int) -> None:
        receipt = self.chain.execute(self.pool.state, tx)
        self.pool.pending[tx.txid] = Pending(tx, receipt, received_at_ms)

    def refresh(self) -> None:
        """Execute what is pending and in no block once more, on the chain as it is now."""
        for waiting in self.pool.reset(self.chain.state):
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
