"""What our own operations will take from a stake once they are done, and the chain cannot know.

The solid chain tells what is; these tell what was promised since. In the moment between the two,
when an operation is solid and not settled yet, it counts twice: too little is free then, never
too much.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tron.account import Resource
from tron.kinds import TxKind
from wallets.models import Wallet
from wallets.models_operation import Operation, OperationStatus


@dataclass(frozen=True)
class UnderWay:
    """The open operations of one wallet."""

    operations: tuple[Operation, ...]

    def count(self, kind: TxKind) -> int:
        """Return how many of a kind are open."""
        return sum(one.kind == kind for one in self.operations)

    def taken_sun(
        self, kinds: Iterable[TxKind], resource: Resource, receiver: str | None = None
    ) -> int:
        """Return what those of these kinds take of a resource's stake, to a receiver if named."""
        wanted = tuple(kinds)
        return sum(
            one.amount_micro
            for one in self.operations
            if one.kind in wanted
            and (one.terms or {}).get("resource") == resource
            and receiver in (None, one.recipient)
        )


def under_way(wallet: Wallet) -> UnderWay:
    """Return what a wallet was asked to do and has not done yet."""
    rows = Operation.objects.filter(wallet=wallet, status=OperationStatus.OPEN)
    return UnderWay(tuple(rows.only("kind", "recipient", "amount_micro", "terms").order_by("pk")))


def alone(wallet: Wallet, kind: TxKind) -> str:
    """Return the key by which one operation of a kind is open at a time.

    For those of which two do what one does, or undo each other in an order that nobody chose.
    """
    return f"{kind}/{wallet.pk.hex}"
