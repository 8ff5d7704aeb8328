"""Who asked for a transaction, and what it moves to whom, for people.

USDT is told by the contract's own log where a block holds one: what the call asked for is not
what arrives when the token takes a fee. Only the configured contract is USDT, whatever others
call themselves.
"""

from typing import Any, NamedTuple

from tron.address import address_from_body, address_text
from tron.blocks import NUMBER_MAX
from tron.flows import TRX, USDT
from tron.networks import network
from tron.trc20 import MalformedCall, transfer_logs, transfer_parse

TRANSFER_FROM = bytes.fromhex("23b872dd")  # transferFrom(address,address,uint256)
OWNERS = ("owner_address", "transparent_from_address")
RECIPIENTS = ("to_address", "receiver_address", "transparent_to_address", "contract_address")


class Moved(NamedTuple):
    """From whom to whom, and how much of what, in base units."""

    from_address: str | None
    to_address: str | None
    token: str | None = None
    units: int | None = None


def moved_by(contract: dict[str, Any], info: dict[str, Any]) -> Moved:
    """Return what a transaction's one contract moves; ``info`` is its receipt, or empty.

    Raises ``ValueError`` or ``LookupError`` for what cannot be read.
    """
    kind, value = contract["type"], contract["parameter"]["value"]
    plain = Moved(_first(value, OWNERS), _first(value, RECIPIENTS))
    if kind == "TransferContract":
        return plain._replace(token=TRX, units=_units(value["amount"]))
    if kind == "TriggerSmartContract":
        return _called(plain, value, info)
    return plain


def _called(plain: Moved, value: dict[str, Any], info: dict[str, Any]) -> Moved:
    usdt = network().usdt_contract
    data = bytes.fromhex(value.get("data", ""))
    asked = _asked(plain, data) if plain.to_address == usdt else None
    told = [Moved(one.sender, one.recipient, USDT, one.amount) for one in transfer_logs(info, usdt)]
    if asked:
        same_way = (one for one in told if one[:2] == asked[:2])
        return next(same_way, asked)
    if len(told) == 1:  # of several, none is what the whole transaction does
        return told[0]
    sent_sun = _units(value.get("call_value", 0))
    return plain._replace(token=TRX, units=sent_sun) if sent_sun else plain


def _asked(plain: Moved, data: bytes) -> Moved | None:
    """Return the transfer that a call of the token asks for, ``None`` when it is another call."""
    try:
        if data[:4] == TRANSFER_FROM:
            return Moved(*_transfer_from(data), USDT, int.from_bytes(data[68:], "big"))
        recipient, units = transfer_parse(data)
    except MalformedCall:
        return None
    return Moved(plain.from_address, recipient, USDT, units)


def _transfer_from(data: bytes) -> tuple[str, str]:
    if len(data) != 100 or any(data[4:16]) or any(data[36:48]):
        raise MalformedCall(data.hex())
    return address_from_body(data[16:36]), address_from_body(data[48:68])


def _first(value: dict[str, Any], names: tuple[str, ...]) -> str | None:
    found = next((value[name] for name in names if name in value), None)
    return None if found is None else address_text(bytes.fromhex(found))


def _units(value: Any) -> int:
    if type(value) is not int or not 0 <= value < NUMBER_MAX:
        raise ValueError(value)
    return value
