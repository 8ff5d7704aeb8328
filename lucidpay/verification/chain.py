"""The chain itself: asked again for every end, and for every balance.

Nodes are asked outside of the database's transactions; what they said is compared afterwards.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from lucidpay.verification.findings import FETCH, Finding, Scope
from tron.blocks import reading
from tron.cursor import cursor_here
from tron.models import FINAL, ChainTransaction, TxStatus
from tron.networks import network
from tron.node import Node, ask, open_node
from tron.receipts import judge
from wallets.models import Asset, Wallet, WalletStatus

CONCURRENCY = 16
LOOKS_MAX = 5
STOP = "pull the kill switch and compare with another node"
# What the books say each wallet had at a block: what is booked, less what came after that block,
# plus what happened up to it and is not booked yet.
BOOKED = """
    WITH moved AS (
        SELECT recipient AS address, asset, units, block_number AS block,
               booked_at IS NOT NULL AS booked FROM tron_chainflow
        UNION ALL
        SELECT sender, 'USDT', -amount_micro, block_number, settled_at IS NOT NULL
          FROM tron_chaintransaction WHERE status = 'succeeded'
        UNION ALL
        SELECT sender, 'TRX', -fee_sun, block_number, settled_at IS NOT NULL
          FROM tron_chaintransaction WHERE status IN ('succeeded', 'failed'))
    SELECT account.balance_units
           - coalesce((SELECT sum(units) FROM moved WHERE moved.address = wallet.address
                        AND moved.asset = account.asset AND booked AND block > %(block)s), 0)
           + coalesce((SELECT sum(units) FROM moved WHERE moved.address = wallet.address
                        AND moved.asset = account.asset AND NOT booked AND block <= %(block)s
                        AND block > wallet.opened_at_block), 0)
      FROM wallets_account AS account JOIN wallets_wallet AS wallet ON wallet.id = account.wallet_id
     WHERE wallet.address = %(address)s AND account.asset = %(asset)s
"""


class ChainMoves(RuntimeError):
    """The solid head moved while balances were read, each time. Run it again."""


class NodeBehind(RuntimeError):
    """The node's solid chain does not reach all ends yet. Run it again later, or on another."""


class ScannerBehind(RuntimeError):
    """The scanner has not read the solid block whose balances were asked. Run it again later."""


@dataclass(frozen=True)
class Balances:
    """What the wallets own at one solid block: (address, asset) → units."""

    block_number: int
    units: dict[tuple[str, str], int]


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


def balances_now() -> Balances:
    """Return what every wallet in use owns at one solid block.

    Raises ``NodeError``, or ``ChainMoves`` when the head moves faster than it can be read.
    """
    used = Wallet.objects.filter(status__in=(WalletStatus.ACTIVE, WalletStatus.ARCHIVED))
    return ask(_balances([str(address) for address in used.values_list("address", flat=True)]))


async def _balances(addresses: list[str]) -> Balances:
    async with open_node() as node:
        for _ in range(LOOKS_MAX):
            before = (await node.solid()).number
            found: dict[tuple[str, str], int] = {}
            for start in range(0, len(addresses), CONCURRENCY):
                some = addresses[start : start + CONCURRENCY]
                for one in await asyncio.gather(*(_balance(node, address) for address in some)):
                    found |= one
            if (await node.solid()).number == before:
                return Balances(before, found)
    raise ChainMoves


async def _balance(node: Node, address: str) -> dict[tuple[str, str], int]:
    return {
        (address, Asset.USDT): await node.token_balance(network().usdt_contract, address),
        (address, Asset.TRX): await node.trx_balance_sun(address),
    }


def other_balances(chain: Balances) -> Iterator[Finding]:
    """Yield every wallet whose books differ from what it owned at that block.

    Raises ``ScannerBehind`` when that block has not been read yet.
    """
    cursor = cursor_here()
    if cursor is None or cursor.number < chain.block_number:
        raise ScannerBehind
    for (address, asset), units in chain.units.items():
        known: dict[str, int | str] = {
            "block": chain.block_number,
            "address": address,
            "asset": asset,
        }
        with connection.cursor() as sql:
            sql.execute(BOOKED, known)
            booked = sql.fetchone()
        if booked is None or booked[0] != units:
            says = "no account" if booked is None else f"{booked[0]} units"
            what = f"wallet {address} owns {units} units of {asset} at block {chain.block_number}"
            yield Finding(f"{what}, its books say {says}", "run the reconciliation; see its flows")
