"""Storing what was signed: one statement for a chunk, read back as it was stored."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import connection

from lucidpay.rows import insert
from tron.models import ChainTransaction, TxStatus
from tron.reference import Reference
from tron.transactions import Signed

# What a payout tells of its transaction, and whom that pays how much. The rest is as it was given.
READ_BACK = (
    "id", "txid", "subject", "recipient", "amount_micro", "block_number", "block_time_ms",
    "confirmations", "fee_sun", "energy_used",
)  # fmt: skip


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
    shared = {
        "ref_block_number": reference.block_number, "next_send_at": now, "created_at": now,
        "status": TxStatus.SIGNED.value, "sends": 0, "last_answer": "", "found": "", "result": "",
        "block_id": "",
    }  # fmt: skip
    told = [
        {
            "subject": subject,
            "energy_estimate": energies[subject],
            "txid": one.txid,
            "signed_hex": one.signed_hex,
            "sender": one.transfer.sender,
            "recipient": one.transfer.recipient,
            "contract": one.transfer.contract,
            "amount_micro": one.transfer.amount,
            "fee_limit_sun": one.transfer.fee_limit_sun,
            "ref_block_id": one.transfer.ref_block_id,
            "expiration_ms": one.transfer.expiration_ms,
            "timestamp_ms": one.transfer.timestamp_ms,
            **shared,
        }
        for subject, one in signed.items()
    ]
    stored = insert(ChainTransaction, told, returning=READ_BACK)
    rows = [ChainTransaction.from_db(connection.alias, READ_BACK, row) for row in stored]
    return {row.subject: row for row in rows}
