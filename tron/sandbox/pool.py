"""The transactions one node has admitted and that are in no block yet."""

from dataclasses import dataclass

from tron.sandbox.errors import Refused
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import Permission
from tron.sandbox.state import State
from tron.sandbox.transactions import SignedTransaction

PENDING_MS = 60_000  # java-tron node.pendingTransactionTimeout


@dataclass(frozen=True, slots=True)
class Pending:
    """An admitted transaction, what executing it came to, and since when (chain time).

    ``permissions`` are those its signatures were checked against.
    """

    tx: SignedTransaction
    receipt: Receipt
    received_at_ms: int
    permissions: tuple[Permission, ...]


class Pool:
    """Admitted transactions in order, and the state they lead to over the head's."""

    def __init__(self, size_max: int) -> None:
        self.size_max = size_max
        self.pending: dict[bytes, Pending] = {}
        self.state = State()

    def room_check(self) -> None:
        """Refuse more than the pool holds (java-tron ``node.maxTransactionPendingSize``)."""
        if len(self.pending) > self.size_max:
            raise Refused("SERVER_BUSY", "Server busy.")

    def transactions(self) -> list[SignedTransaction]:
        """Return what is pending, oldest first."""
        return [pending.tx for pending in self.pending.values()]

    def reset(self, head_state: State) -> list[Pending]:
        """Forget everything and start over on a new head; return what was waiting."""
        waiting = list(self.pending.values())
        self.pending = {}
        self.state = head_state.child()
        return waiting
