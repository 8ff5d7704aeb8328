"""Walking the solidified chain: the only place where a transaction is met.

Every solid block is read once, in order, linked by hash to the one before. The findings of a run
of blocks and the cursor's step over it are one database transaction. So what is behind the cursor
was read without gaps, and a transaction that expired behind it without having been met is dead;
that conclusion is drawn in ``tron/agree.py``, when a second node has told the same blocks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.db import transaction

from lucidpay.rows import insert, row_of, rows_update
from tron import node_health as health
from tron.blocks import Block
from tron.cursor import cursor_here
from tron.errors import OutcomeUnknown, Throttled, Unreachable, WrongChain
from tron.flows import Read, flows_of
from tron.halt import halt
from tron.models import (
    LIVE,
    ChainFlow,
    ChainTransaction,
    HaltCause,
    ScanCursor,
    ScannedBlock,
    TxStatus,
)
from tron.networks import network
from tron.node import BLOCKS_A_CALL_MAX, Node, ask
from tron.nodes import open_nodes
from tron.receipts import judge
from tron.trc20 import MalformedCall

log = structlog.get_logger(__name__)

BY = "scanner"
BLOCKS_A_PASS_MAX = 100
# Catching up, a commit for every block would take longer than reading it.
BLOCKS_A_COMMIT = 20
# The head is a minute ahead of the solid block; expirations are counted from its time.
HEAD_AHEAD_MAX_MS = 10 * 60_000
# What a solid block tells of a transaction of ours.
MET = (
    "status",
    "found",
    "result",
    "fee_sun",
    "energy_used",
    "energy_staked",
    "block_number",
    "block_id",
    "block_time_ms",
    "confirmations",
    "final_at",
    "next_send_at",
)


@dataclass(frozen=True)
class Look:
    """What a node showed in one pass."""

    node: str
    head: Block
    solid: Block
    blocks: list[Read]


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
    with _blaming(look.node):
        for run in _runs(look.blocks, BLOCKS_A_COMMIT):
            if not _take(cursor, run, look, now):
                return False
    ScanCursor.objects.filter(pk=cursor.pk).update(
        solid_number=look.solid.number,
        head_number=look.head.number,
        head_time_ms=look.head.time_ms,
        node=look.node,
        seen_at=now,
    )
    return cursor.number < look.solid.number


@contextmanager
def _blaming(node: str) -> Iterator[None]:
    """Let another node be asked first after one whose blocks or receipts cannot be read."""
    try:
        yield
    except (OutcomeUnknown, MalformedCall) as error:
        health.note_failure(node, error)
        raise


def _runs(blocks: list[Read], size: int) -> list[list[Read]]:
    """Return the blocks in runs of at most this many."""
    return [blocks[start : start + size] for start in range(0, len(blocks), size)]


async def _look(cursor: ScanCursor | None) -> Look:
    async def through(node: Node) -> Look:
        solid, head = await node.solid(), await node.head()
        head = _believable(head, solid)
        read = [] if cursor is None else await _read_after(node, cursor.number, solid.number)
        return Look(node.name, head, solid, read)

    async with open_nodes() as nodes:
        return await nodes.read(through)


def _believable(head: Block, solid: Block) -> Block:
    """Return the head as expirations may rest on it: not behind the solid block, nor far ahead.

    A wrong head time would otherwise make transactions that stay valid for as long as it says,
    and for all that time their payouts could neither be paid otherwise nor given up.
    """
    if head.number < solid.number:
        return solid  # a backend that lags behind the other
    latest_ms = solid.time_ms + HEAD_AHEAD_MAX_MS
    return replace(head, time_ms=min(max(head.time_ms, solid.time_ms), latest_ms))


async def _read_after(node: Node, number: int, solid_number: int) -> list[Read]:
    """Return the blocks after a number with their receipts, a bounded number of them.

    When the node gives up on the way, those that were read count: behind a limit that is met
    again in every pass, the scanner must still come forward.
    """
    read: list[Read] = []
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


def _take(cursor: ScanCursor, run: list[Read], look: Look, now: datetime) -> bool:
    """Commit a run of blocks, all or nothing: what became of ours, flows, and the cursor's step.

    Returns whether it was ours to take; another scanner may have been faster.
    """
    _check_links(cursor, run, look, now)
    with transaction.atomic():
        here = ScanCursor.objects.select_for_update().filter(pk=cursor.pk, block_id=cursor.block_id)
        if here.first() is None:
            return False
        _meet(run, look.head, now)
        # Known already are only those that were booked before a rewind (``tron/rewind.py``).
        flows = [row_of(flow) for flow in flows_of(run)]
        insert(ChainFlow, flows, passes_known=True)
        ScannedBlock.objects.bulk_create(_scanned(block, look.node) for block, _ in run)
        last = run[-1][0]
        cursor.number, cursor.block_id, cursor.time_ms = last.number, last.block_id, last.time_ms
        cursor.save(update_fields=["number", "block_id", "time_ms"])
    return True


def _check_links(cursor: ScanCursor, run: list[Read], look: Look, now: datetime) -> None:
    """Pull the kill switch unless each block follows the one before, the first the cursor's.

    What is solid never changes, so otherwise somebody lies, or has lied.
    """
    number, block_id, time_ms = cursor.number, cursor.block_id, cursor.time_ms
    for block, _ in run:
        linked = block.parent_id == block_id and block.number == number + 1
        if not linked or block.time_ms <= time_ms:
            reason = f"solid block {block.number} does not follow {number} {block_id}"
            halt(cause=HaltCause.NODE, subject=look.node, reason=reason, by=BY, now=now)
            raise WrongChain(reason, node=look.node)
        number, block_id, time_ms = block.number, block.block_id, block.time_ms


def _scanned(block: Block, node: str) -> ScannedBlock:
    return ScannedBlock(
        number=block.number,
        block_id=block.block_id,
        parent_id=block.parent_id,
        time_ms=block.time_ms,
        transaction_count=len(block.transactions),
        txids_hash=block.txids_hash,
        node=node,
    )


def _meet(run: list[Read], head: Block, now: datetime) -> None:
    """Write down what these blocks say of our transactions, in one statement for all of them.

    A success is final: nothing is ever signed after it. Anything else is only noted: a failure
    would allow another signature, and a contradiction would hold the money for good, so either
    takes a second node's word (``tron/agree.py``).
    """
    found = {receipt["id"]: (block, receipt) for block, receipts in run for receipt in receipts}
    if not found:
        return
    rows = ChainTransaction.objects.select_for_update().filter(
        txid__in=list(found), status__in=LIVE
    )
    ours = list(rows.order_by("pk"))  # the broadcaster's order: the two must not form a ring
    for tx in ours:
        block, receipt = found[tx.txid]
        verdict = judge(receipt, tx)
        tx.found = verdict.status
        if verdict.status == TxStatus.SUCCEEDED:
            tx.status, tx.final_at = verdict.status, now
        tx.result, tx.fee_sun, tx.energy_used = verdict.result, verdict.fee_sun, verdict.energy_used
        tx.energy_staked = verdict.energy_staked
        tx.block_number, tx.block_id = block.number, block.block_id
        tx.block_time_ms, tx.next_send_at = block.time_ms, None
        tx.confirmations = max(0, head.number - block.number + 1)
    rows_update(ours, MET)
