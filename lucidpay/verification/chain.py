"""The chain itself: asked again for every end, and for every balance.

Nodes are asked outside of the database's transactions; what they said is compared afterwards.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from lucidpay.verification.findings import FETCH, Finding, Scope
from tron.blocks import reading
from tron.cursor import cursor_here
from tron.models import FINAL, ChainFlow, ChainTransaction, TxStatus
from tron.node import ask, open_node
from tron.receipts import judge
from wallets.balances import Balances, solid_balances, solid_balances_of
from wallets.deposited import addresses_holding, deposited_at
from wallets.ledger import balance_at, wallet_account
from wallets.models import Wallet, WalletStatus

CONCURRENCY = 16
STOP = "pull the kill switch and compare with another node"


class NodeBehind(RuntimeError):
    """The node's solid chain does not reach all ends yet. Run it again later, or on another."""


class BooksBehind(RuntimeError):
    """Not all is read and booked up to the solid block whose balances were asked."""


@dataclass(frozen=True)
class Said:
    """What the node says of one transaction, and how far its solid chain goes."""

    tx: ChainTransaction
    receipt: dict[str, Any]
    solid_number: int


def other_ends(scope: Scope) -> Iterator[Finding]:
    """Yield every end that the node contradicts.

    Raises ``NodeError`` when it cannot be asked, ``NodeBehind`` when it cannot know them all.
    Read in chunks, so that neither memory nor the database's snapshot grows with their number.
    """
    ended = ChainTransaction.objects.filter(status__in=FINAL, created_at__gte=scope.since)
    rows = ended.defer("signed_hex").order_by("pk")
    last = 0
    while chunk := list(rows.filter(pk__gt=last)[:FETCH]):
        last = chunk[-1].pk
        for said in ask(_ask_about(chunk)):
            if (what := _contradiction(said)) is not None:
                yield Finding(what, STOP)


async def _ask_about(txs: list[ChainTransaction]) -> list[Said]:
    slots = asyncio.Semaphore(CONCURRENCY)
    async with open_node() as node:
        solid = (await node.solid()).number

        async def receipt(tx: ChainTransaction) -> Said:
            async with slots:
                body = {"value": tx.txid}
                answer = await node.call("walletsolidity/gettransactioninfobyid", body)
            with reading(f"receipt of {tx.txid}"):
                return Said(tx, dict(answer), solid)

        return list(await asyncio.gather(*map(receipt, txs)))


def _contradiction(said: Said) -> str | None:
    """Return how the node contradicts an end, or raise ``NodeBehind`` when it cannot know."""
    tx, receipt = said.tx, said.receipt
    if said.solid_number < _decided_at(tx):
        raise NodeBehind
    if tx.status == TxStatus.DEAD:
        block = receipt.get("blockNumber")
        return f"dead transaction {tx.txid} stands in block {block}" if receipt else None
    known = f"transaction {tx.txid} is {tx.status} in block {tx.block_number}"
    if not receipt:
        return f"{known}, the node has no receipt of it up to solid block {said.solid_number}"
    block = receipt.get("blockNumber")
    if receipt.get("id") != tx.txid or block != tx.block_number:
        return f"{known}, the node's receipt is of {receipt.get('id')} in block {block}"
    found = judge(receipt, tx).status
    return None if found == tx.status else f"{known}, by the node's receipt it is {found}"


def _decided_at(tx: ChainTransaction) -> int:
    if tx.status != TxStatus.DEAD:
        return tx.block_number or 0
    noted = (tx.proof or {}).get("solid_block")
    # What is no number is a finding of the proofs already.
    return noted if isinstance(noted, int) else 0


def balances_now() -> Iterator[tuple[Wallet, Balances]]:
    """Yield what every wallet with books owns, each at one solid block.

    Raises ``NodeError``, or ``NoSnapshot`` when the head moves faster than it can be read.
    """
    used = Wallet.objects.with_books().filter(
        status__in=(WalletStatus.ACTIVE, WalletStatus.ARCHIVED)
    )
    for wallet in list(used.defer("sealed_key").order_by("pk")):
        yield wallet, ask(solid_balances(str(wallet.address)))


def other_balances(wallet: Wallet, chain: Balances) -> Iterator[Finding]:
    """Yield the assets of which the books as of that block differ from what the wallet owned.

    Raises ``BooksBehind`` when they do not reach that block yet.
    """
    block = chain.block.number
    if not _are_booked(wallet, block):
        raise BooksBehind
    for asset, units in chain.by_asset.items():
        booked = balance_at(wallet_account(wallet, asset), block_number=block)
        if booked != units:
            yield Finding(
                f"wallet {wallet.address} owns {units} units of {asset} at block {block}, its "
                f"books say {booked}",
                "look at its newest reconciliation and at suspense",
            )


def deposits_now() -> Iterator[tuple[str, Balances]]:
    """Yield what lies at every deposit address that should hold something, each at one block.

    Raises as ``balances_now``.
    """
    holding = addresses_holding()
    for start in range(0, len(holding), CONCURRENCY):
        yield from ask(solid_balances_of(holding[start : start + CONCURRENCY])).items()


def other_deposits(address: str, chain: Balances) -> Iterator[Finding]:
    """Yield the assets of which another amount lay at a deposit address than came and went.

    Raises ``BooksBehind`` when that block was not read yet.
    """
    block, cursor = chain.block.number, cursor_here()
    if cursor is None or cursor.number < block:
        raise BooksBehind
    known = deposited_at(address, block_number=block)
    for asset, units in chain.by_asset.items():
        if known[asset] != units:
            yield Finding(
                f"{units} units of {asset} lie at deposit address {address} at block {block}, by "
                f"what came and went {known[asset]}",
                "look its transactions up on another node",
            )


def _are_booked(wallet: Wallet, block_number: int) -> bool:
    cursor = cursor_here()
    if cursor is None or cursor.number < block_number:
        return False
    moved = ChainFlow.objects.filter(Q(sender=wallet.address) | Q(recipient=wallet.address))
    ended = ChainTransaction.objects.filter(sender=wallet.address, status__in=FINAL)
    unfinished = (
        moved.filter(booked_at=None, block_number__lte=block_number),
        ended.filter(settled_at=None, block_number__lte=block_number),
    )
    return not any(rows.exists() for rows in unfinished)
