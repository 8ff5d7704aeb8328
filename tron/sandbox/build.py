"""Unsigned transactions as a node builds them (java-tron ``Wallet.createTransactionCapsule``)."""

from typing import Any

from tron.sandbox import proto
from tron.sandbox.clock import wall_ms
from tron.sandbox.json_in import contract_put
from tron.sandbox.node import Node

EXPIRATION_MS = 60_000  # java-tron trx.expiration.timeInMilliseconds


def transaction_build(
    node: Node,
    contract_type: str,
    payload: Any,
    *,
    permission_id: int = 0,
    fee_limit_sun: int = 0,
    memo: bytes = b"",
    timestamp_ms: int | None = None,
) -> Any:
    """Return an unsigned Transaction: reference = the solid block, expires a minute after head."""
    message = proto.Transaction()
    raw = message.raw_data
    reference = node.line.solid.id
    raw.ref_block_bytes = reference[6:8]
    raw.ref_block_hash = reference[8:16]
    raw.expiration = node.line.head.timestamp_ms + EXPIRATION_MS
    raw.timestamp = wall_ms() + node.look.clock_ms if timestamp_ms is None else timestamp_ms
    raw.fee_limit = fee_limit_sun
    raw.data = memo
    contract_put(raw, contract_type, payload, permission_id)
    return message
