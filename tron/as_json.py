"""An unsigned transaction as signers outside take it: TronWeb, TronLink, hardware wallets.

The shape of java-tron's builders (``/wallet/createtransaction``): hex addresses, and no field
that has its default. TronWeb computes the txid again from ``raw_data`` before it signs.
"""

from typing import Any

from tronpy.proto import tron_pb2

from tron.contracts import RESOURCES, wire_of
from tron.transactions import Draft, Signed, raw_of

RESOURCE_NAMES = {number: name for name, number in RESOURCES.items()}
PERMISSION_TYPES = {1: "Witness", 2: "Active"}


def transaction_json(signed: Signed) -> dict[str, Any]:
    """Return the transaction with the signatures it has so far."""
    raw = raw_of(signed.draft)
    message = tron_pb2.Transaction.FromString(bytes.fromhex(signed.signed_hex))
    body: dict[str, Any] = {
        "visible": False,
        "txID": signed.txid,
        "raw_data": _raw_json(signed.draft, message.raw_data),
        "raw_data_hex": raw.hex(),
    }
    if message.signature:
        body["signature"] = [one.hex() for one in message.signature]
    return body


def _raw_json(draft: Draft, raw: Any) -> dict[str, Any]:
    wire = wire_of(draft.kind)
    contract: dict[str, Any] = {
        "parameter": {"value": _fields(wire.build(draft.order)), "type_url": wire.type_url},
        "type": wire.name,
    }
    if raw.contract[0].Permission_id:
        contract["Permission_id"] = raw.contract[0].Permission_id
    body: dict[str, Any] = {
        "contract": [contract],
        "ref_block_bytes": raw.ref_block_bytes.hex(),
        "ref_block_hash": raw.ref_block_hash.hex(),
        "expiration": raw.expiration,
        "timestamp": raw.timestamp,
    }
    optional = {"fee_limit": raw.fee_limit, "data": raw.data.hex()}
    return {**body, **{name: value for name, value in optional.items() if value}}


def _fields(message: Any) -> dict[str, Any]:
    """Return a message's fields that are not their defaults."""
    return {field.name: _value(field.name, value) for field, value in message.ListFields()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if name == "resource":
        return RESOURCE_NAMES[value]
    if name == "type":
        return PERMISSION_TYPES[value]
    if isinstance(value, bool | int | str):
        return value
    if hasattr(value, "ListFields"):
        return _fields(value)
    return [_value("", one) for one in value]
