"""The proof of a death of what people had hours to sign."""

import json
from hashlib import sha256

import pytest

from lucidpay.clock import utc_now
from tron.death import IDS_MAX, NoProof, proof_of
from tron.models import ChainTransaction, ScannedBlock

BLOCK_MS = 3_000


def block_id(number: int) -> str:
    """Return the id of a block."""
    return f"{number:016x}" + sha256(str(number).encode()).hexdigest()[16:]


def chain(length: int) -> list[ScannedBlock]:
    """Return the blocks after the reference block 0."""
    return [
        ScannedBlock(number=number, block_id=block_id(number), parent_id=block_id(number - 1),
                     time_ms=number * BLOCK_MS, transaction_count=0, node="one")
        for number in range(1, length + 1)
    ]  # fmt: skip


def expiring(blocks: int) -> ChainTransaction:
    """Return a transaction that expires with the time of this block."""
    return ChainTransaction(
        txid="ab" * 32, ref_block_number=0, ref_block_id=block_id(0),
        expiration_ms=blocks * BLOCK_MS,
    )  # fmt: skip


@pytest.mark.parametrize("blocks", [IDS_MAX + 1, 27_600])
def test_a_proof_over_hours_stays_small(blocks: int) -> None:
    """Of those that end together all travel in one statement."""
    scanned = chain(blocks)
    proof = proof_of(expiring(blocks), scanned, now=utc_now())
    assert (proof["solid_block"], proof["blocks_scanned"]) == (blocks, blocks)
    ids = "".join(one.block_id for one in scanned)
    assert proof["block_ids_sha256"] == sha256(ids.encode()).hexdigest()
    assert len(json.dumps(proof)) < 1_000
    del scanned[blocks // 2]
    with pytest.raises(NoProof):
        proof_of(expiring(blocks), scanned, now=utc_now())


def test_a_proof_over_minutes_names_its_blocks() -> None:
    scanned = chain(IDS_MAX)
    proof = proof_of(expiring(IDS_MAX), scanned, now=utc_now())
    assert proof["block_ids"] == [one.block_id for one in scanned]
    assert "block_ids_sha256" not in proof
