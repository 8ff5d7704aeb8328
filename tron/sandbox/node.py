"""One node's face of the chain: what it admits, what it shows as head, pending and solid."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tron.sandbox.blocks import Block
from tron.sandbox.branch import Branch
from tron.sandbox.chain import Chain
from tron.sandbox.errors import Refused
from tron.sandbox.line import Line, expired
from tron.sandbox.look import Look, body_told, info_told
from tron.sandbox.past import Past
from tron.sandbox.pool import PENDING_MS, Pending, Pool
from tron.sandbox.records import Permission
from tron.sandbox.signatures import signatures_check
from tron.sandbox.state import State
from tron.sandbox.storage import Found
from tron.sandbox.transactions import (
    SignedTransaction,
    transaction_open,
    transaction_parse,
    txid_of,
)


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
        self.line: Line = chain
        self.pool = pool
        self.look = Look()
        self._chain = chain
        self._branch: Branch | None = None
        self._announce = announce
        self.refresh()

    @property
    def indexed(self) -> Chain:
        """The chain as an indexer beside the node knows it, whatever the node makes of it."""
        return self._chain

    def head_view(self) -> View:
        """What ``/wallet`` shows: the head and this node's pending transactions."""
        return View(state=self.pool.state, block=self.line.head, solid=False)

    def solid_view(self) -> View:
        """What ``/walletsolidity`` shows: what can no longer change."""
        return View(state=self.line.solid_state, block=self.line.solid, solid=True)

    def bodies(self, number: int) -> list[bytes]:
        """Return the bytes of a block's transactions, as this node tells them."""
        bodies = self.line.bodies(number)
        return [self._body(body) for body in bodies] if self.look.lies.receipts else bodies

    def infos(self, number: int) -> list[str]:
        """Return the receipts of a block as JSON texts, none if the node keeps no history."""
        if not self.look.history:
            return []
        infos = self.line.infos(number)
        if not self.look.lies.receipts:
            return infos
        pairs = zip(infos, self.line.bodies(number), strict=True)
        return [self._info(info, body) for info, body in pairs]

    def found(self, txid: bytes) -> Found | None:
        """Return an included transaction, as this node tells it."""
        found = self.line.transaction(txid)
        if found is None or not self.look.lies.receipts:
            return found
        return Found(found.number, self._body(found.body), self._info(found.info, found.body))

    def _outcome(self, body: bytes) -> str | None:
        return self.look.lies.outcome(txid_of(transaction_parse(body).raw_data))

    def _body(self, body: bytes) -> bytes:
        outcome = self._outcome(body)
        return body_told(body, outcome) if outcome else body

    def _info(self, info: str, body: bytes) -> str:
        outcome = self._outcome(body)
        return info_told(info, body, outcome) if outcome else info

    def admit(self, message: Any) -> SignedTransaction:
        """Check a client's Transaction message, keep it, announce it; raises ``Refused``.

        The order of the checks decides which answer a client gets: java-tron
        ``Wallet.broadcastTransaction``, then ``Manager.pushTransaction``.
        """
        tx = self._opened(message)
        self.receive(tx)
        self._announce(self, tx)
        return tx

    def keep(self, message: Any) -> SignedTransaction:
        """Admit, but find nobody to announce it to: raises ``Refused`` with it in the pool.

        Source: java-tron ``Wallet.broadcastTransaction``, "P2P broadcast failed.".
        """
        self.receive(self._opened(message))
        raise Refused("NOT_ENOUGH_EFFECTIVE_CONNECTION", "P2P broadcast failed.")

    def lose(self, message: Any) -> SignedTransaction:
        """Check like ``admit``, and keep nothing; raises ``Refused``."""
        tx = self._opened(message)
        self._check(tx)
        self.line.execute(self.pool.state.child(), tx)
        return tx

    def _opened(self, message: Any) -> SignedTransaction:
        if not self.look.peers:
            raise Refused("NO_CONNECTION", "No connection.")
        self.pool.room_check()
        return transaction_open(message)

    def receive(self, tx: SignedTransaction) -> None:
        """Check a transaction and put it into the pool; raises ``Refused``."""
        self.pool.room_check()
        self._check(tx)
        self._enter(tx, self.line.clock.now_ms(self.line.head.timestamp_ms))

    def _check(self, tx: SignedTransaction) -> None:
        if tx.raw.expiration < self.line.next_slot_ms:
            raise expired()
        signatures_check(tx, self.pool.state.account(tx.owner))
        self.line.transaction_check(tx)
        if tx.txid in self.pool.pending:
            raise Refused("DUP_TRANSACTION_ERROR", "Dup transaction.")

    def _enter(self, tx: SignedTransaction, received_at_ms: int) -> None:
        permissions = self._permissions(tx)
        receipt = self.line.execute(self.pool.state, tx)
        self.pool.pending[tx.txid] = Pending(tx, receipt, received_at_ms, permissions)

    def _permissions(self, tx: SignedTransaction) -> tuple[Permission, ...]:
        account = self.pool.state.account(tx.owner)
        return account.permissions if account else ()

    def forget(self) -> list[SignedTransaction]:
        """Lose what is pending and return it."""
        return [pending.tx for pending in self.pool.reset(self.line.state)]

    def show(self, look: Look) -> None:
        """Make something else of the chain from now on.

        A fork begins when it is asked for; transactions of one that ends are pending again.
        """
        displaced = self._branch.transactions() if self._branch and not look.forked else []
        if (look.fork, look.lies.solid_fork) != (self.look.fork, self.look.lies.solid_fork):
            self._branch = self._fork(look) if look.forked else None
        self.look = look
        if look.frozen and self._branch is None:
            self._branch = self._standstill()
        elif not look.frozen and not look.forked:
            self._branch = None
        self.refresh(displaced)

    def _standstill(self) -> Branch:
        at, solid_at = self.line.head.number, self.line.solid.number
        return Branch(self._chain, at, solid_at, becomes_solid=False)

    def _fork(self, look: Look) -> Branch:
        chain, depth = self._chain, look.lies.solid_fork
        top = chain.solid.number - depth if depth else chain.head.number - look.fork
        solid_at = min(top, chain.solid.number)
        branch = Branch(chain, top, solid_at, becomes_solid=bool(depth))
        branch.catch_up(chain)
        return branch

    def grow(self, timestamp_ms: int) -> None:
        """Make the next block of this node's own fork, if it is on one, of what it has pending."""
        if self._branch is not None and self.look.forked and not self.look.frozen:
            later_ms = max(timestamp_ms, self._branch.head.timestamp_ms + 1)
            self._branch.append(self.pool.transactions(), later_ms)

    def refresh(self, displaced: Iterable[SignedTransaction] = ()) -> None:
        """Look at the chain as it is now and execute what is pending once more.

        ``displaced`` are transactions that were in blocks; they come first.
        """
        lag = self.look.lag
        self.line = self._branch or (Past(self._chain, lag) if lag else self._chain)
        now_ms = self.line.clock.now_ms(self.line.head.timestamp_ms)
        waiting = self.pool.reset(self.line.state)
        for tx in displaced:
            self._readmit(tx, now_ms, None)
        for pending in waiting:
            self._readmit(pending.tx, pending.received_at_ms, pending.permissions)

    def _readmit(
        self, tx: SignedTransaction, received_at_ms: int, checked: tuple[Permission, ...] | None
    ) -> None:
        """Keep what is still valid and younger than a minute (java-tron ``PendingManager``).

        Signatures that were ``checked`` against the present permissions are still good.
        """
        too_old = self.line.head.timestamp_ms - received_at_ms > PENDING_MS
        if too_old or tx.txid in self.pool.pending:
            return
        try:
            if checked != self._permissions(tx):
                signatures_check(tx, self.pool.state.account(tx.owner))
            self.line.transaction_check(tx)
            self._enter(tx, received_at_ms)
        except Refused:
            return
