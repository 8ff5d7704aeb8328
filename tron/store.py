"""Storing what was signed: one statement for a chunk, read back as it was stored."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from lucidpay.sql import ask
from tron.models import ChainTransaction
from tron.reference import Reference
from tron.transactions import Signed

# What a payout tells of its transaction, and whom that pays how much. The rest is as it was given.
READ_BACK = (
    "id", "txid", "subject", "recipient", "amount_micro", "block_number", "block_time_ms",
    "confirmations", "fee_sun", "energy_used",
)  # fmt: skip
STORE = f"""
INSERT INTO tron_chaintransaction (
  subject, energy_estimate, txid, signed_hex, sender, recipient, contract, amount_micro,
  fee_limit_sun, ref_block_id, expiration_ms, timestamp_ms,
  ref_block_number, next_send_at, created_at, status, sends, last_answer, found, result, block_id)
SELECT signed.*, %(block)s::bigint, %(now)s::timestamptz, %(now)s::timestamptz,
       'signed', 0, '', '', '', ''
  FROM unnest(
    %(subjects)s::uuid[], %(energies)s::bigint[], %(txids)s::text[], %(hexes)s::text[],
    %(senders)s::text[], %(recipients)s::text[], %(contracts)s::text[], %(amounts)s::bigint[],
    %(limits)s::bigint[], %(references)s::text[], %(expirations)s::bigint[], %(times)s::bigint[]
  ) AS signed
RETURNING {", ".join(READ_BACK)}
"""  # noqa: S608 (our own names)


def transactions_store(
    signed: Mapping[UUID, Signed],
    *,
    energies: Mapping[UUID, int],
    reference: Reference,
    now: datetime,
) -> dict[UUID, ChainTransaction]:
    """Store signed transfers by subject, due for sending at once; return the rows by subject.

    ``energies`` says what each is expected to use. The rows are as the database has them, of their
    columns those of ``READ_BACK``. Raises ``IntegrityError`` for a txid or a subject with a
    transaction that could still pay.
    """
    transfers = [one.transfer for one in signed.values()]
    facts = {
        "block": reference.block_number,
        "now": now,
        "subjects": list(signed),
        "energies": [energies[subject] for subject in signed],
        "txids": [one.txid for one in signed.values()],
        "hexes": [one.signed_hex for one in signed.values()],
        "senders": [one.sender for one in transfers],
        "recipients": [one.recipient for one in transfers],
        "contracts": [one.contract for one in transfers],
        "amounts": [one.amount for one in transfers],
        "limits": [one.fee_limit_sun for one in transfers],
        "references": [one.ref_block_id for one in transfers],
        "expirations": [one.expiration_ms for one in transfers],
        "times": [one.timestamp_ms for one in transfers],
    }
    told = ask(STORE, facts, keeps_plan=False)
    rows = [ChainTransaction.from_db(connection.alias, READ_BACK, row) for row in told]
    return {row.subject: row for row in rows}
