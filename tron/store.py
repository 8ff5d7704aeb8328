"""Storing what was signed: one statement for a chunk, read back as it was stored."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from tron.models import ChainTransaction
from tron.reference import Reference
from tron.transactions import Signed

STORE = """
INSERT INTO tron_chaintransaction (
  subject, energy_estimate, txid, signed_hex, sender, recipient, contract, amount_micro,
  fee_limit_sun, ref_block_id, expiration_ms, timestamp_ms,
  ref_block_number, next_send_at, created_at, status, sends, last_answer, found, result, block_id)
SELECT signed.*, %s, %s, %s, 'signed', 0, '', '', '', ''
  FROM unnest(
    %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[],
    %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) AS signed
RETURNING *
"""


def transactions_store(
    signed: Mapping[UUID, Signed],
    *,
    energies: Mapping[UUID, int],
    reference: Reference,
    now: datetime,
) -> dict[UUID, ChainTransaction]:
    """Store signed transfers by subject, due for sending at once; return the rows by subject.

    ``energies`` says what each is expected to use. The rows are as the database has them. Raises
    ``IntegrityError`` for a txid or a subject with a transaction that could still pay.
    """
    transfers = [one.transfer for one in signed.values()]
    columns = [
        list(signed),
        [energies[subject] for subject in signed],
        [one.txid for one in signed.values()],
        [one.signed_hex for one in signed.values()],
        [one.sender for one in transfers],
        [one.recipient for one in transfers],
        [one.contract for one in transfers],
        [one.amount for one in transfers],
        [one.fee_limit_sun for one in transfers],
        [one.ref_block_id for one in transfers],
        [one.expiration_ms for one in transfers],
        [one.timestamp_ms for one in transfers],
    ]
    shared = [reference.block_number, now, now]
    rows = ChainTransaction.objects.raw(STORE, [*shared, *columns])
    return {row.subject: row for row in rows}
