"""The proof that a transaction can never be included: why it is one, and what it consists of.

Let E be its expiration, R its reference block, and S a solid block whose time is not before E. A
later block has a parent at least as late as S, and a block takes nothing that expires at or
before its parent's time (java-tron ``Manager.validateCommon``). Blocks up to R cannot hold it
(TAPOS, java-tron ``Manager.validateTapos``), and the solid blocks R + 1 … S, which never change,
do not: each was read, linked by its hash to the one before, and did not contain it.

A node that lied may have told R. Then the chain's own block of that number has another hash, and
for as long as any of this lasts TAPOS refuses the transaction in every block (the hash is kept
for 65,536 blocks, java-tron ``RecentBlockStore``). Its death is proven all the same, by the blocks
after the true one, so that its payout need not wait for ever.
"""

import hashlib
from datetime import datetime
from typing import Any

from lucidpay.clock import iso
from tron.models import ChainTransaction, ScannedBlock

# What people sign is valid for hours, so for thousands of blocks. With their ids in each of its
# proofs, the end of a few hundred at once would be more than one statement can carry, and nothing
# would end any more. The blocks themselves are kept for good (``tron/forget.py``).
IDS_MAX = 200


class NoProof(RuntimeError):
    """The blocks at hand do not prove that this transaction is dead."""


def proof_of(tx: ChainTransaction, chain: list[ScannedBlock], *, now: datetime) -> dict[str, Any]:
    """Return the evidence that a transaction is dead, of a size that has a bound.

    ``chain`` are scanned blocks in order, from R on if it was scanned to beyond S. The caller
    answers for ``tx`` not having been met in any of them. Raises ``NoProof`` when R + 1 … S are
    not all there, each linked to the one before, the first to R.
    """
    scanned = []
    parent_id, number = tx.ref_block_id, tx.ref_block_number
    for block in chain:
        if block.number == tx.ref_block_number and _is_refused_after(block, tx):
            parent_id = block.block_id
        if block.number <= tx.ref_block_number:
            continue
        number += 1
        if (block.number, block.parent_id) != (number, parent_id):
            raise NoProof(f"{tx.txid}: block {number} with parent {parent_id} was not scanned")
        parent_id = block.block_id
        scanned.append(block)
        if block.time_ms >= tx.expiration_ms:
            return _evidence(tx, scanned, now)
    raise NoProof(f"{tx.txid}: no scanned block is as late as its expiration")


def _is_refused_after(block: ScannedBlock, tx: ChainTransaction) -> bool:
    """Whether the block at the reference's height has other bytes where TAPOS looks."""
    return block.block_id[16:32] != tx.ref_block_id[16:32]


def _evidence(tx: ChainTransaction, scanned: list[ScannedBlock], now: datetime) -> dict[str, Any]:
    last, after_reference = scanned[-1], scanned[0].parent_id
    lied_about = after_reference != tx.ref_block_id
    return {
        **({"reference_block_on_chain": after_reference} if lied_about else {}),
        "reference_block": tx.ref_block_number,
        "reference_block_id": tx.ref_block_id,
        "expiration_ms": tx.expiration_ms,
        "solid_block": last.number,
        "solid_block_id": last.block_id,
        "solid_block_time_ms": last.time_ms,
        "blocks_scanned": len(scanned),
        **_ids_noted([block.block_id for block in scanned]),
        "told_by": sorted({block.node for block in scanned}),
        "agreed_by": sorted({block.agreed_by for block in scanned if block.agreed_by}),
        "proven_at": iso(now),
    }


def _ids_noted(block_ids: list[str]) -> dict[str, Any]:
    """Return the ids of the blocks that were scanned or, of many, their SHA-256 in that order."""
    if len(block_ids) <= IDS_MAX:
        return {"block_ids": block_ids}
    return {"block_ids_sha256": hashlib.sha256("".join(block_ids).encode()).hexdigest()}
