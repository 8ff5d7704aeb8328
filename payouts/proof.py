"""The blocks behind an end: read back from the database, link by link."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from tron.models import ChainTransaction, TxStatus

# The chain from the reference block to the block that decided, as the scanner stored it.
BLOCKS = """
    SELECT asked.id, count(block.number),
           count(block.number) FILTER (WHERE block.parent_id = coalesce(before.block_id, '')
               OR (block.number = asked.reference + 1 AND block.parent_id = asked.reference_id)),
           coalesce(bool_or(block.number = asked.last AND block.block_id = asked.last_id), false),
           coalesce(array_agg(DISTINCT block.node) FILTER (WHERE block.node <> ''), '{}'),
           coalesce(array_agg(DISTINCT block.agreed_by) FILTER (WHERE block.agreed_by <> ''), '{}')
      FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[])
           AS asked (id, reference, reference_id, last, last_id)
      LEFT JOIN tron_scannedblock AS block
        ON block.number > asked.reference AND block.number <= asked.last
      LEFT JOIN tron_scannedblock AS before
        ON before.number = block.number - 1 AND before.number > asked.reference
     GROUP BY asked.id
"""


@dataclass(frozen=True)
class Proof:
    """How an end is known: the solid block that decided, and the blocks read up to it."""

    block_number: int
    block_id: str
    block_time_ms: int
    blocks_needed: int  # from the one after the reference block to the one that decided
    blocks_stored: int
    blocks_linked: int  # of those, how many name the one before as their parent
    ends_there: bool  # the stored block of that number is the block that decided
    told_by: list[str]
    agreed_by: list[str]

    @property
    def is_complete(self) -> bool:
        """Whether the stored blocks alone prove that there was no gap."""
        return self.ends_there and (
            self.blocks_needed == self.blocks_stored == self.blocks_linked > 0
        )


def end_of(tx: ChainTransaction) -> tuple[int, str, int] | None:
    """Return number, id and time (ms) of the solid block that decided; ``None`` if unknown."""
    if tx.status == TxStatus.DEAD:
        noted = tx.proof or {}
        number, time_ms = noted.get("solid_block"), noted.get("solid_block_time_ms")
        if not isinstance(number, int) or not isinstance(time_ms, int):
            return None
        return number, str(noted.get("solid_block_id", "")), time_ms
    if tx.block_number is None or tx.block_time_ms is None:
        return None
    return tx.block_number, tx.block_id, tx.block_time_ms


def _reference_of(tx: ChainTransaction) -> str:
    """Return the block that the first one after it must name: the chain's own, if they differ."""
    return str((tx.proof or {}).get("reference_block_on_chain", tx.ref_block_id))


def proofs_of(txs: Iterable[ChainTransaction]) -> dict[int, Proof]:
    """Return the proof of each transaction that has ended, in one statement."""
    ends = {tx.pk: (tx, end) for tx in txs if (end := end_of(tx)) is not None}
    if not ends:
        return {}
    columns = zip(
        *(
            (pk, tx.ref_block_number, _reference_of(tx), end[0], end[1])
            for pk, (tx, end) in ends.items()
        ),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(BLOCKS, [list(column) for column in columns])
        rows = cursor.fetchall()
    proofs = {}
    for pk, stored, linked, ends_there, told_by, agreed_by in rows:
        tx, (number, block_id, time_ms) = ends[pk]
        needed = number - tx.ref_block_number
        proofs[pk] = Proof(
            number, block_id, time_ms, needed, stored, linked, ends_there, told_by, agreed_by
        )
    return proofs
