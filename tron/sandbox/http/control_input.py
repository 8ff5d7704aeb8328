"""Reading what a control request says; whatever is wrong is refused by the name of its field."""

from decimal import Decimal, InvalidOperation
from typing import Any

from tron.address import InvalidAddress, address_parse
from tron.sandbox.http.request import Request

UNITS = 10**6  # sun a TRX, base units a USDT
AMOUNT_MAX = 50_000_000_000 * UNITS  # all there is


class ControlError(ValueError):
    """A control request that cannot be carried out."""


def address(text: Any) -> str:
    """Return a base58check address; raises ``ControlError``."""
    try:
        address_parse(text)
    except InvalidAddress as error:
        raise ControlError(f"not an address: {text}") from error
    return str(text)


def units(request: Request, name: str) -> int:
    """Return an amount in base units from whole coins, a number or a decimal text."""
    try:
        amount = Decimal(request.text(name, "0")) * UNITS
    except InvalidOperation as error:
        raise ControlError(f"{name} is not a number") from error
    if not amount.is_finite() or amount < 0 or amount != int(amount):
        raise ControlError(f"{name} must be 0 or more, with at most 6 decimals")
    if amount > AMOUNT_MAX:
        raise ControlError(f"{name} must be at most {AMOUNT_MAX // UNITS}")
    return int(amount)


def whole(
    params: dict[str, Any], name: str, *, least: int, most: int = 2**53, default: int | None = None
) -> int:
    """Return a whole number between two bounds; raises ``ControlError``."""
    value = params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise ControlError(f"{name} must be a whole number from {least} to {most}")
    return value


def flag(params: dict[str, Any], name: str, default: bool = False) -> bool:
    """Return true or false; raises ``ControlError``."""
    value = params.get(name, default)
    if not isinstance(value, bool):
        raise ControlError(f"{name} must be true or false")
    return value


def known_only(params: dict[str, Any], *names: str) -> None:
    """Refuse an empty request and one with other fields than these."""
    unknown = sorted(set(params) - set(names))
    if unknown:
        raise ControlError(f"{unknown[0]} is not known here: give {', '.join(names)}")
    if not params:
        raise ControlError(f"give one or more of {', '.join(names)}")
