"""Walking the solidified chain: the only place where a transaction comes to its end.

Every solid block is read once, in order, linked by hash to the one before. A block's findings
and the cursor's step to it are one database transaction. So what is behind the cursor was read
without gaps, and a transaction that expired behind it without having been met is dead.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from tron.blocks import Block
from tron.cursor import cursor_here
from tron.errors import OutcomeUnknown, Throttled, Unreachable, WrongChain
from tron.flows import flows_of
from tron.models import LIVE, ChainFlow, ChainTransaction, ScanCursor, ScannedBlock, TxStatus
from tron.networks import network
from tron.node import BLOCKS_A_CALL_MAX, Node, ask, open_node
from tron.receipts import judge

log = structlog.get_logger(__name__)

BLOCKS_A_PASS_MAX = 100
# The head is a minute ahead of the solid block; expirations are counted from its time.
HEAD_AHEAD_MAX_MS = 10 * 60_000


@dataclass(frozen=True)
class Look:
    """What a node showed in one pass."""

    node: str
    head: Block
    solid: Block
    blocks: list[tuple[Block, list[dict[str, Any]]]]  # each with its receipts


def scan_solid(*, now: datetime) -> bool:
    """Read the solid blocks after the cursor; return whether more are waiting.

    Two scanners at once are harmless: each block is taken by whoever locks the cursor first,
    and the other stops. Raises ``NodeError`` when the node cannot be read, and ``WrongChain``
    when a block does not follow the last one.
    """
    cursor = cursor_here()
    look = ask(_look(cursor))
    if cursor is None:
        cursor = _start(look, now)
    for block, receipts in look.blocks:
        if not _take(cursor, block, receipts, look.head, look.node, now):
            return False
    ScanCursor.objects.filter(pk=cursor.pk).update(
        solid_number=look.solid.number,
        head_number=look.head.number,
        head_time_ms=look.head.time_ms,
        node=look.node,
        seen_at=now,
    )
    return cursor.number < look.solid.number


async def _look(cursor: ScanCursor | None) -> Look:
    async with open_node() as node:
        solid, head = await node.solid(), await node.head()
        head = _believable(head, solid)
        read = [] if cursor is None else await _read_after(node, cursor.number, solid.number)
        return Look(node.name, head, solid, read)


def _believable(head: Block, solid: Block) -> Block:
    """Return the head as expirations may rest on it: not behind the solid block, nor far ahead.

    A wrong head time would otherwise make transactions that stay valid for as long as it says,
    and for all that time their payouts could neither be paid otherwise nor given up.
    """
    if head.number < solid.number:
        return solid  # a backend that lags behind the other
    latest_ms = solid.time_ms + HEAD_AHEAD_MAX_MS
    return replace(head, time_ms=min(max(head.time_ms, solid.time_ms), latest_ms))


async def _read_after(
    node: Node, number: int, solid_number: int
) -> list[tuple[Block, list[dict[str, Any]]]]:
    """Return the blocks after a number with their receipts, a bounded number of them.

    When the node gives up on the way, those that were read count: behind a limit that is met
    again in every pass, the scanner must still come forward.
    """
    read: list[tuple[Block, list[dict[str, Any]]]] = []
    last = min(solid_number, number + BLOCKS_A_PASS_MAX)
    try:
        for first in range(number + 1, last + 1, BLOCKS_A_CALL_MAX):
            for block in await node.solid_blocks(first, min(last, first + BLOCKS_A_CALL_MAX - 1)):
                read.append((block, await node.receipts(block)))
    except (Throttled, OutcomeUnknown, Unreachable) as error:
        if not read:
            raise
        log.warning("scan_pass_cut_short", blocks=len(read), error=str(error))
    return read


def _start(look: Look, now: datetime) -> ScanCursor:
    """Begin at the present solid head: nothing of ours can stand before it.

    A transaction is only signed with a reference block at or behind the cursor, so none is
    ever older than the scan.
    """
    solid = look.solid
    beginning = {
        "first_number": solid.number + 1,
        "number": solid.number,
        "block_id": solid.block_id,
        "time_ms": solid.time_ms,
        "agreed_number": solid.number,
        "solid_number": solid.number,
        "head_number": look.head.number,
        "head_time_ms": look.head.time_ms,
        "node": look.node,
        "seen_at": now,
    }
    # Another scanner may begin at the same moment; then its beginning holds.
    return ScanCursor.objects.get_or_create(genesis_id=network().genesis_id, defaults=beginning)[0]


def _take(
    cursor: ScanCursor,
    block: Block,
    receipts: list[dict[str, Any]],
    head: Block,
    node: str,
    now: datetime,
) -> bool:
    """Commit one block, all or nothing: ends, flows, deaths and the cursor's step.

    Returns whether it was ours to take; another scanner may have been faster.
    """
    linked = block.parent_id == cursor.block_id and block.number == cursor.number + 1
    if not linked or block.time_ms <= cursor.time_ms:
        raise WrongChain(
            f"solid block {block.number} does not follow {cursor.number} {cursor.block_id}"
        )
    with transaction.atomic():
        here = ScanCursor.objects.select_for_update().filter(pk=cursor.pk, block_id=cursor.block_id)
        if here.first() is None:
            return False
        ending = _locked_ending(cursor.first_number, block, receipts)
        _end_included(ending, block, receipts, head, now)
        ChainFlow.objects.bulk_create(flows_of(block, receipts))
        ScannedBlock.objects.create(
            number=block.number,
            block_id=block.block_id,
            parent_id=block.parent_id,
            time_ms=block.time_ms,
            transaction_count=len(block.transactions),
            txids_hash=block.txids_hash,
            node=node,
        )
        _end_dead(ending, block, now)
        cursor.number, cursor.block_id, cursor.time_ms = block.number, block.block_id, block.time_ms
        cursor.save(update_fields=["number", "block_id", "time_ms"])
    return True


def _locked_ending(
    first_number: int, block: Block, receipts: list[dict[str, Any]]
) -> list[ChainTransaction]:
    """Lock all transactions that this block ends: those in it, and those that die with it.

    In one query and one order, the broadcaster's: in two, the two could wait for each other.
    """
    included = Q(txid__in=[receipt["id"] for receipt in receipts])
    expired = Q(
        expiration_ms__lte=block.time_ms,
        ref_block_number__gte=first_number - 1,
        ref_block_number__lt=block.number,
    )
    rows = ChainTransaction.objects.select_for_update().filter(included | expired, status__in=LIVE)
    return list(rows.order_by("pk"))


def _end_included(
    ending: list[ChainTransaction],
    block: Block,
    receipts: list[dict[str, Any]],
    head: Block,
    now: datetime,
) -> None:
    """Give our transactions in this block their end, in one statement for the whole block."""
    by_txid = {receipt["id"]: receipt for receipt in receipts}
    ours = [tx for tx in ending if tx.txid in by_txid]
    for tx in ours:
        verdict = judge(by_txid[tx.txid], tx)
        if verdict.status == TxStatus.CONTRADICTED:
            log.critical("receipt_contradicts_transfer", txid=tx.txid, block=block.number)
        tx.status, tx.result = verdict.status, verdict.result
        tx.fee_sun, tx.energy_used = verdict.fee_sun, verdict.energy_used
        tx.block_number, tx.block_id = block.number, block.block_id
        tx.block_time_ms = block.time_ms
        tx.confirmations = max(0, head.number - block.number + 1)
        tx.final_at, tx.next_send_at = now, None
    if ours:
        ChainTransaction.objects.bulk_update(
            ours,
            [
                "status",
                "result",
                "fee_sun",
                "energy_used",
                "block_number",
                "block_id",
                "block_time_ms",
                "confirmations",
                "final_at",
                "next_send_at",
            ],
        )


def _end_dead(ending: list[ChainTransaction], block: Block, now: datetime) -> None:
    """End what expired at or before this solid block without having been met on the way.

    Every later block has a parent at least as late as this one, and a block takes no
    transaction that expires at or before its parent (java-tron ``Manager.validateCommon``).
    Blocks up to the reference block cannot hold it (TAPOS); those after it were all read, as
    the cursor only ever steps to the next linked block. So it can never be included.
    """
    for tx in ending:
        if tx.status not in LIVE:
            continue  # it stands in this very block
        tx.status = TxStatus.DEAD
        tx.final_at, tx.next_send_at = now, None
        tx.proof = {
            "reference_block": tx.ref_block_number,
            "reference_block_id": tx.ref_block_id,
            "expiration_ms": tx.expiration_ms,
            "solid_block": block.number,
            "solid_block_id": block.block_id,
            "solid_block_time_ms": block.time_ms,
            "blocks_scanned": block.number - tx.ref_block_number,
        }
        tx.save(update_fields=["status", "final_at", "next_send_at", "proof"])
