"""What must be known of the chain before an operation is stored: can it be done, for how much."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from tron.contracts import Order
from tron.errors import Refused
from tron.node import Node
from tron.reads import chain_read
from wallets.costs import cost_of
from wallets.estimate import REVERT
from wallets.estimate import WouldRevert as WouldRevert
from wallets.models import Wallet, WalletKind, WalletStatus
from wallets.quorums import quorum_asked
from wallets.services.operate import Cost, WalletNotReady

# Raises a documented error when the chain would refuse the operation.
Check = Callable[[Node], Awaitable[None]]


@dataclass(frozen=True)
class Prepared:
    """An order that the chain would take now, and its cost at most."""

    wallet_id: UUID
    order: Order
    cost: Cost
    once_key: str | None = None  # of those of a key one is open at a time


def operation_prepare(
    wallet: Wallet, order: Order, check: Check | None = None, *, once_key: str | None = None
) -> Prepared:
    """Ask the chain about an order, and return it with its cost.

    ``check`` looks at what this kind of order needs. Raises ``WalletNotReady``, ``NotPermitted``
    where the key that is here may not do it, ``WouldRevert``, ``FeeAboveLimit``, ``ChainAway`` and
    whatever ``check`` raises. Never call it within a transaction.
    """
    if wallet.status != WalletStatus.ACTIVE or wallet.kind == WalletKind.WATCH:
        raise WalletNotReady({"status": wallet.status, "kind": wallet.kind})

    async def question(node: Node) -> Cost:
        if wallet.kind == WalletKind.HOT and wallet.permission:
            await quorum_asked(node, order.sender, order.kind, wallet.permission["id"])
        if check is not None:
            await check(node)
        try:
            return await cost_of(node, order, wallet.kind)
        except Refused as error:
            # Any other refusal says something of the node, and nothing of the contract.
            if error.code != REVERT:
                raise
            raise WouldRevert from error

    return Prepared(wallet.pk, order, chain_read(question), once_key)
