"""Messages as java-tron writes them in JSON.

Sources: ``JsonFormat``, ``Util``, ``HttpSelfFormatFieldName``.

Defaults are left out, names are those of the proto files, bytes are hex. ``visible`` turns
addresses into base58check and a few named fields into text; everything else stays hex.
"""

import json
from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from tron.address import InvalidAddress, address_from_body, address_text
from tron.sandbox import proto
from tron.sandbox.transactions import contract_unpack, txid_of

ADDRESS_FIELDS = frozenset(
    {
        "account_address",
        "address",
        "contract_address",
        "owner_address",
        "receiver_address",
        "to_address",
        "vote_address",
        "witness_address",
    }
)
TEXT_FIELDS = frozenset({"account_name"})


def bytes_text(raw: bytes, visible: bool) -> str:
    """Return a text field of an answer: plain if visible, hex if not."""
    return raw.decode(errors="replace") if visible else raw.hex()


def address_json(raw: bytes, visible: bool) -> str:
    """Return a 21-byte address as base58check if visible, as hex if not (or if it is none)."""
    return _address_text(raw) if visible else raw.hex()


@lru_cache(maxsize=10_000)
def _address_text(raw: bytes) -> str:
    try:
        return address_text(raw)
    except InvalidAddress:
        return raw.hex()


def _bytes_json(name: str, raw: bytes, visible: bool) -> str:
    if name in ADDRESS_FIELDS:
        return address_json(raw, visible)
    return bytes_text(raw, visible and name in TEXT_FIELDS)


def _value_json(field: Any, value: Any, visible: bool) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes_json(field.name, value, visible)
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return message_json(value, visible)
    if field.type == FieldDescriptor.TYPE_ENUM:
        label = field.enum_type.values_by_number.get(value)
        return label.name.partition("_")[2] if label else value
    return value


def message_json(message: Any, visible: bool) -> dict[str, Any]:
    """Return a message as a dictionary, defaults left out."""
    if message.DESCRIPTOR.name == "Contract":
        return _contract_json(message, visible)
    return _fields_json(message, visible)


def _fields_json(message: Any, visible: bool) -> dict[str, Any]:
    return {
        field.name: [_value_json(field, item, visible) for item in value]
        if field.is_repeated
        else _value_json(field, value, visible)
        for field, value in message.ListFields()
    }


def _contract_json(contract: Any, visible: bool) -> dict[str, Any]:
    name, payload = contract_unpack(contract)
    parameter = {
        "value": message_json(payload, visible),
        "type_url": contract.parameter.type_url,
    }
    # The type is written even where it is the first of its enumeration.
    return _fields_json(contract, visible) | {"parameter": parameter, "type": name}


def transaction_json(message: Any, visible: bool) -> dict[str, Any]:
    """Return a transaction with its ``txID`` and ``raw_data_hex``."""
    answer = transaction_plain_json(message, visible)
    answer["txID"] = txid_of(message.raw_data).hex()
    answer["raw_data_hex"] = message.raw_data.SerializeToString().hex()
    return answer


def transaction_plain_json(message: Any, visible: bool) -> dict[str, Any]:
    """Return a transaction as ``broadcasthex`` prints it back: without ``txID`` and hex."""
    answer: dict[str, Any] = {"raw_data": message_json(message.raw_data, visible)}
    if message.signature:
        answer["signature"] = [signature.hex() for signature in message.signature]
    if message.ret:
        answer["ret"] = [message_json(result, visible) for result in message.ret]
    return answer


def transaction_stored_json(body: bytes, visible: bool) -> dict[str, Any]:
    """Return a stored transaction, results included."""
    return transaction_json(proto.Transaction.FromString(body), visible)


def info_json(text: str, visible: bool) -> dict[str, Any]:
    """Return a stored ``TransactionInfo``; it is stored in hex form."""
    info: dict[str, Any] = json.loads(text)
    if not visible:
        return info
    if "contract_address" in info:
        info["contract_address"] = address_json(bytes.fromhex(info["contract_address"]), True)
    if "resMessage" in info:
        info["resMessage"] = bytes.fromhex(info["resMessage"]).decode()
    for log in info.get("log", []):
        log["address"] = address_from_body(bytes.fromhex(log["address"]))
    return info
