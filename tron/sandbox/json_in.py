"""Transactions as clients write them in JSON (java-tron ``Util.packTransaction``).

The node builds protobuf from ``raw_data`` again and ignores ``raw_data_hex`` and ``txID``: a field
that is lost in JSON changes the hash, and the signature no longer fits.
"""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from tron.address import InvalidAddress, address_parse
from tron.sandbox import proto
from tron.sandbox.errors import BadRequest
from tron.sandbox.json_out import ADDRESS_FIELDS, TEXT_FIELDS

PARSE_ERROR = "org.tron.core.services.http.JsonFormat$ParseException"
_NUMBERS = {FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_INT32}


def hex_parse(text: Any) -> bytes:
    """Return the bytes of a hex text, with or without 0x; raises ``BadRequest``."""
    if not isinstance(text, str):
        raise BadRequest(f"INVALID hex String: {text!r}", PARSE_ERROR)
    try:
        return bytes.fromhex(text.removeprefix("0x"))
    except ValueError as error:
        raise BadRequest("INVALID hex String", PARSE_ERROR) from error


def address_of_json(text: Any, visible: bool) -> bytes:
    """Return the bytes of an address: base58check if visible, hex if not."""
    if not visible:
        return hex_parse(text)
    try:
        return address_parse(text)
    except InvalidAddress as error:
        raise BadRequest("INVALID base58 String, " + str(text), PARSE_ERROR) from error


def _bytes_of(name: str, value: Any, visible: bool) -> bytes:
    if name in ADDRESS_FIELDS:
        return address_of_json(value, visible)
    if visible and name in TEXT_FIELDS:
        return str(value).encode()
    return hex_parse(value)


def _scalar_of(field: Any, value: Any, visible: bool) -> Any:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return _bytes_of(field.name, value, visible)
    if field.type == FieldDescriptor.TYPE_ENUM and isinstance(value, str):
        labels = {label.name.partition("_")[2]: label.number for label in field.enum_type.values}
        if value not in labels:
            raise BadRequest(f"Enum type has no value named {value}", PARSE_ERROR)
        return labels[value]
    if field.type in _NUMBERS and not isinstance(value, bool):
        return int(value)
    return value


def message_fill(message: Any, fields: dict[str, Any], visible: bool) -> None:
    """Set the fields of a message from JSON; unknown names are ignored.

    Raises ``BadRequest`` for a value that does not fit its field.
    """
    if not isinstance(fields, dict):
        raise BadRequest("Expected {", PARSE_ERROR)
    by_name = message.DESCRIPTOR.fields_by_name
    for name, value in fields.items():
        if name in by_name and value is not None:
            _field_fill(message, by_name[name], value, visible)


def _field_fill(message: Any, field: Any, value: Any, visible: bool) -> None:
    nested = field.type == FieldDescriptor.TYPE_MESSAGE
    try:
        if not field.is_repeated and nested:
            message_fill(getattr(message, field.name), value, visible)
        elif not field.is_repeated:
            setattr(message, field.name, _scalar_of(field, value, visible))
        elif nested:
            for item in value:
                message_fill(getattr(message, field.name).add(), item, visible)
        else:
            items = [_scalar_of(field, item, visible) for item in value]
            getattr(message, field.name).extend(items)
    except (TypeError, ValueError) as error:
        raise BadRequest(f"{field.name}: {error}", PARSE_ERROR) from error


def payload_of(contract_type: str, fields: dict[str, Any], visible: bool) -> Any:
    """Return the contract message of a type; raises ``BadRequest`` if it does not parse."""
    if contract_type not in proto.CONTRACT_CLASSES:
        raise BadRequest(f"unknown contract type {contract_type}", PARSE_ERROR)
    payload = proto.CONTRACT_CLASSES[contract_type]()
    message_fill(payload, fields, visible)
    return payload


def contract_put(raw: Any, contract_type: str, payload: Any, permission_id: int = 0) -> None:
    """Add the contract to ``raw_data``, packed as ``google.protobuf.Any``."""
    contract = raw.contract.add()
    contract.type = proto.CONTRACT_TYPES[contract_type]
    contract.parameter.type_url = proto.TYPE_URL_PREFIX + contract_type
    contract.parameter.value = payload.SerializeToString()
    contract.Permission_id = permission_id


def transaction_of_json(body: dict[str, Any], visible: bool) -> Any:
    """Return the Transaction message a client wrote; raises ``BadRequest``.

    A contract that does not parse is left out, as a node does; the answer is then "No contract!".
    """
    fields = body.get("raw_data")
    if not isinstance(fields, dict):
        raise BadRequest("raw_data is missing", "java.lang.NullPointerException")
    message = proto.Transaction()
    message_fill(message.raw_data, {k: v for k, v in fields.items() if k != "contract"}, visible)
    contracts = fields.get("contract")
    for contract in contracts if isinstance(contracts, list) else ():
        try:
            _contract_fill(message.raw_data, contract, visible)
        except BadRequest:
            continue
    message_fill(message, {"signature": body.get("signature")}, visible)
    return message


def _contract_fill(raw: Any, contract: Any, visible: bool) -> None:
    if not isinstance(contract, dict) or not isinstance(contract.get("parameter"), dict):
        raise BadRequest("contract without parameter", PARSE_ERROR)
    name = str(contract.get("type"))
    payload = payload_of(name, contract["parameter"].get("value"), visible)
    head = proto.Contract()
    message_fill(head, {"Permission_id": contract.get("Permission_id")}, visible)
    contract_put(raw, name, payload, head.Permission_id)
