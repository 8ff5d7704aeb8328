"""The second witness: what two nodes tell alike may end a transaction so that another is signed.

A death or a failure frees a payout for another signature. One node that lies, or has lost a
block, could so make it be paid twice. So with two or more nodes configured each scanned block is
read again from another node than the one that told it first, and compared: its id, its
transactions, the receipts of ours, and what came in and was not booked: what one node alone says
that somebody has paid is paid on to nobody. Only what stands up to here ends. With one node
configured there is nobody to ask about what it told itself, and its word is enough. What a node
told that is configured no more, perhaps because it lied, is asked of those that are.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Q

from lucidpay.rows import rows_update
from tron.address import address_parse
from tron.blocks import Block
from tron.cursor import cursor_here
from tron.death import NoProof, proof_of
from tron.errors import NodeError
from tron.flows import met_in
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
from tron.route import name_of

log = structlog.get_logger(__name__)

BY = "second witness"
BLOCKS_A_PASS_MAX = 100
# A day of blocks, also of a chain that makes one a second, for the longest that any transaction may
# be valid (java-tron Constant.MAXIMUM_TIME_UNTIL_EXPIRATION): what is older has no proof and needs
# a person anyway.
PROOF_BLOCKS_MAX = 90_000


@dataclass(frozen=True)
class Witness:
    """What another node told of blocks that were scanned."""

    node: str
    blocks: list[Block]
    receipts: dict[int, list[dict[str, Any]]]  # of the blocks that are asked about, by block


def blocks_agree(*, now: datetime) -> bool:
    """Let the next scanned blocks be confirmed, and end what ends with them.

    Returns whether more blocks are waiting that can be confirmed now. A node that is away or
    behind only delays it. One that tells a block otherwise pulls the kill switch.
    """
    cursor = cursor_here()
    if cursor is None or cursor.agreed_number >= cursor.number:
        return False
    told = _told_by_one(cursor.agreed_number)
    if {name_of(url) for url in network().nodes} == {told[0].node}:
        return _advance(cursor, told, "", now)
    ours, flows = _ours_in(told), _flows_in(told)
    asked = {tx.block_number for tx in ours} | {flow.block_number for flow in flows}
    witness = ask(_heard(told, asked))
    if witness is None:
        return False
    told = told[: len(witness.blocks)]
    lie = _contradiction(told, ours, witness) or _invention(flows, witness)
    if lie:
        subject = f"{told[0].node} or {witness.node}"
        halt(cause=HaltCause.NODE, subject=subject, reason=lie, by=BY, now=now)
        return False
    return _advance(cursor, told, witness.node, now)


def _told_by_one(agreed_number: int) -> list[ScannedBlock]:
    """Return the next blocks without a second witness, as far as one node told them."""
    rows = ScannedBlock.objects.filter(number__gt=agreed_number).order_by("number")
    blocks = list(rows[:BLOCKS_A_PASS_MAX])
    return list(takewhile(lambda block: block.node == blocks[0].node, blocks))


def _ours_in(told: list[ScannedBlock]) -> list[ChainTransaction]:
    """Return our transactions that were found in these blocks.

    Without those whose finding was taken back by a person (``tron/rewind.py``).
    """
    first, last = told[0].number, told[-1].number
    rows = ChainTransaction.objects.filter(block_number__range=(first, last))
    return list(rows.exclude(found=""))


def _flows_in(told: list[ScannedBlock]) -> list[ChainFlow]:
    """Return what was recorded in these blocks and is not booked yet."""
    first, last = told[0].number, told[-1].number
    return list(ChainFlow.objects.filter(booked_at=None, block_number__range=(first, last)))


async def _heard(told: list[ScannedBlock], with_ours: set[int | None]) -> Witness | None:
    """Return what the first other node that can tell of these blocks says, if there is one."""
    async with open_nodes() as nodes:
        for node in nodes.others(told[0].node):
            try:
                witness = await _testimony(node, told, with_ours)
            except NodeError as error:
                log.warning("second_witness_away", node=node.name, error=str(error))
                continue
            if witness.blocks:
                return witness
    return None


async def _testimony(node: Node, told: list[ScannedBlock], with_ours: set[int | None]) -> Witness:
    last = min(told[-1].number, (await node.solid()).number)
    blocks: list[Block] = []
    for first in range(told[0].number, last + 1, BLOCKS_A_CALL_MAX):
        blocks += await node.solid_blocks(first, min(last, first + BLOCKS_A_CALL_MAX - 1))
    asked = [block for block in blocks if block.number in with_ours]
    return Witness(node.name, blocks, {one.number: await node.receipts(one) for one in asked})


def _contradiction(told: list[ScannedBlock], ours: list[ChainTransaction], witness: Witness) -> str:
    """Return what the two nodes tell differently, or nothing."""
    for first, second in zip(told, witness.blocks, strict=True):
        if first.block_id != second.block_id:
            return f"solid block {first.number} is {first.block_id} and {second.block_id}"
        if first.txids_hash != second.txids_hash:
            return f"solid block {first.number} holds other transactions at each"
    receipts = {one["id"]: one for group in witness.receipts.values() for one in group}
    for tx in ours:
        if tx.block_number not in witness.receipts:
            continue
        if tx.txid not in receipts or judge(receipts[tx.txid], tx).status != tx.found:
            return f"the receipt of {tx.txid} in solid block {tx.block_number} differs"
    return ""


def _invention(flows: list[ChainFlow], witness: Witness) -> str:
    """Return which recorded movement the second node knows nothing of, or nothing."""
    run = [(block, witness.receipts.get(block.number, [])) for block in witness.blocks]
    known = {
        (one.txid, one.move.log_index, one.asset, one.sender, one.recipient, one.move.units)
        for one in met_in(run)
    }
    for flow in flows:
        ends = _body_of(flow.sender), _body_of(flow.recipient)
        fact = (flow.txid, flow.log_index, flow.asset, *ends, flow.units)
        if flow.block_number in witness.receipts and fact not in known:
            return f"what {flow.txid} moved in solid block {flow.block_number} differs"
    return ""


def _body_of(address: str) -> bytes:
    return address_parse(address)[1:] if address else b""


def _advance(cursor: ScanCursor, told: list[ScannedBlock], witness: str, now: datetime) -> bool:
    """Commit the agreement on these blocks, and the ends that rest on it."""
    last = told[-1]
    with transaction.atomic():
        rows = ScanCursor.objects.select_for_update().filter(pk=cursor.pk)
        here = rows.filter(agreed_number=cursor.agreed_number).first()
        if here is None or not _stand(told):
            return True  # another worker was faster, or a person had the blocks read again
        if witness:
            numbers = (told[0].number, last.number)
            ScannedBlock.objects.filter(number__range=numbers).update(agreed_by=witness)
        _end(_ending(here.first_number, last), now)
        here.agreed_number = last.number
        here.save(update_fields=["agreed_number"])
    return last.number < here.number


def _stand(told: list[ScannedBlock]) -> bool:
    """Whether these are still the blocks that were scanned: what replaced them is unconfirmed."""
    numbers = (told[0].number, told[-1].number)
    here = ScannedBlock.objects.filter(number__range=numbers).order_by("number")
    facts = [(one.block_id, one.txids_hash, one.node) for one in told]
    return list(here.values_list("block_id", "txids_hash", "node")) == facts


def _ending(first_number: int, last: ScannedBlock) -> list[ChainTransaction]:
    """Lock the live transactions that end up to this block: met in it or before, or expired.

    In one query and one order, the broadcaster's: in two, the two could wait for each other.
    """
    met = Q(block_number__lte=last.number)
    expired = Q(
        block_number=None,
        expiration_ms__lte=last.time_ms,
        ref_block_number__gte=first_number - 1,
        ref_block_number__lt=last.number,
    )
    rows = ChainTransaction.objects.select_for_update().filter(met | expired, status__in=LIVE)
    return list(rows.order_by("pk"))


def _end(ending: list[ChainTransaction], now: datetime) -> None:
    """Give these their final status in one statement: as found, or dead with the proof."""
    expired = [tx for tx in ending if tx.block_number is None]
    oldest = min((tx.ref_block_number for tx in expired), default=0)
    latest_ms = max((tx.expiration_ms for tx in expired), default=0)
    chain = _chain(oldest, latest_ms) if expired else []
    ended = []
    for tx in ending:
        if tx.block_number is None:
            try:
                tx.proof = proof_of(tx, chain, now=now)
            except NoProof:
                # It stays alive and its payout under way: a person must look, and nobody is
                # paid twice meanwhile.
                log.critical("no_proof_of_death", txid=tx.txid, exc_info=True)
                continue
        tx.status = TxStatus(tx.found) if tx.found else TxStatus.DEAD
        if tx.status == TxStatus.CONTRADICTED:
            log.critical("receipt_contradicts_transfer", txid=tx.txid, block=tx.block_number)
        tx.final_at, tx.next_send_at = now, None
        ended.append(tx)
    fields = ["status", "final_at", "next_send_at", "proof"]
    rows_update(ended, fields)


def _chain(oldest: int, latest_ms: int) -> list[ScannedBlock]:
    """Return the scanned blocks from a number on, up to the first not earlier than a time."""
    after = ScannedBlock.objects.filter(number__gte=oldest)
    last = after.filter(time_ms__gte=latest_ms).order_by("number").first()
    if last is None:
        return []
    first = max(oldest, last.number - PROOF_BLOCKS_MAX)
    return list(after.filter(number__gte=first, number__lte=last.number).order_by("number"))
