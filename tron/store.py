"""Storing what was built: one statement for a chunk; and reading it as the draft it was."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from lucidpay.rows import insert
from tron.kinds import Purpose, TxKind, TxStatus
from tron.models import ChainTransaction
from tron.quorum import Quorum
from tron.reference import Reference
from tron.transactions import Draft, NotThisTransaction, Signed

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
    purpose: Purpose = Purpose.PAYOUT,
    status: TxStatus = TxStatus.SIGNED,
) -> dict[UUID, ChainTransaction]:
    """Store transactions by subject; return the rows by subject.

    Signed ones are due for sending at once; those ``AWAITING`` signatures are not sent.
    ``energies`` says what each is expected to use. The rows are as the database has them, of their
    columns those of ``READ_BACK``. Raises ``IntegrityError`` for a txid or a subject with a
    transaction that could still pay.
    """
    shared = {
        "ref_block_number": reference.block_number, "created_at": now,
        "next_send_at": now if status == TxStatus.SIGNED else None,
        "purpose": purpose.value, "status": status.value, "sends": 0, "last_answer": "",
        "found": "", "result": "", "block_id": "",
    }  # fmt: skip
    told = [
        {
            "subject": subject,
            "energy_estimate": energies[subject],
            "txid": one.txid,
            "kind": str(one.draft.kind),
            "signed_hex": one.signed_hex,
            "sender": one.draft.sender,
            "recipient": one.draft.recipient,
            "contract": one.draft.contract,
            "amount_micro": one.draft.amount,
            "fee_limit_sun": one.draft.fee_limit_sun,
            "ref_block_id": one.draft.ref_block_id,
            "expiration_ms": one.draft.expiration_ms,
            "timestamp_ms": one.draft.timestamp_ms,
            "memo": one.draft.memo,
            "terms": one.draft.terms,
            "permission": one.draft.quorum.as_json() if one.draft.quorum else None,
            **shared,
        }
        for subject, one in signed.items()
    ]
    stored = insert(ChainTransaction, told, returning=READ_BACK)
    rows = [ChainTransaction.from_db(connection.alias, READ_BACK, row) for row in stored]
    return {row.subject: row for row in rows}


class Claimed(NamedTuple):
    """A stored transaction whose turn it is: the columns that its bytes are compared with."""

    id: int
    txid: str
    kind: str
    signed_hex: str
    sender: str
    recipient: str
    contract: str
    amount_micro: int
    fee_limit_sun: int
    ref_block_id: str
    expiration_ms: int
    timestamp_ms: int
    memo: str
    terms: str | None
    permission: str | None


def signed_of(row: ChainTransaction | Claimed) -> Signed:
    """Return a stored transaction as the draft its columns describe, with its bytes.

    Raises ``NotThisTransaction`` when they describe none.
    """
    try:
        terms, permission = _decoded(row.terms), _decoded(row.permission)
        draft = Draft(
            kind=TxKind(row.kind),
            sender=row.sender,
            recipient=row.recipient,
            contract=row.contract,
            amount=row.amount_micro,
            fee_limit_sun=row.fee_limit_sun,
            ref_block_id=row.ref_block_id,
            expiration_ms=row.expiration_ms,
            timestamp_ms=row.timestamp_ms,
            memo=row.memo,
            terms=terms,
            quorum=Quorum.of(permission) if permission is not None else None,
        )
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise NotThisTransaction(f"the fields of {row.txid} cannot be read") from error
    return Signed(draft, row.txid, row.signed_hex)


def _decoded(column: Any) -> Any:
    """Return a JSON column, which comes as text where no model has read it."""
    return json.loads(column) if isinstance(column, str) else column
