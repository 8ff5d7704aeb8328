"""JSON and amounts without a float: every digit that comes in or goes out is kept."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_PLAIN = re.compile(r"[0-9]{1,16}(\.[0-9]{1,18})?")


def loads(text: str | bytes) -> Any:
    """Return what a JSON text says, with a ``Decimal`` for each number that has a point.

    Raises ``ValueError`` for what is no JSON, ``NaN`` and infinities included.
    """
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def dumps(value: Any) -> str:
    """Return compact JSON in which each ``Decimal`` stands as a number, digit for digit.

    Raises ``TypeError`` or ``ValueError`` for what JSON has no word for. An amount that is a float
    does not come as far: ``amount_of`` refuses it.
    """
    match value:
        case None | bool() | str() | float():
            return json.dumps(value, ensure_ascii=False, allow_nan=False)
        case int():
            return str(int(value))
        case Decimal() if value.is_finite():
            return str(value)
        case Mapping():
            inside = (f"{_name(key)}:{dumps(item)}" for key, item in value.items())
            return "{" + ",".join(inside) + "}"
        case list() | tuple():
            return "[" + ",".join(map(dumps, value)) + "]"
    raise TypeError(f"JSON has no word for {value!r}")


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"names of a JSON object are text, not {key!r}")
    return json.dumps(key, ensure_ascii=False)


def amount_of(value: Decimal | int | str) -> Decimal:
    """Return an amount, exact. Raises ``TypeError`` for a float, ``ValueError`` for no amount."""
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise TypeError(
            f"An amount is a Decimal, a whole number or text such as '12.50', not {value!r}: "
            "a float cannot hold 0.10."
        )
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        raise ValueError(f"{value!r} is not an amount. Write it as '12.50'.")
    amount = Decimal(value)
    if not amount.is_finite() or amount <= 0:
        raise ValueError(f"{value} is not an amount: it must be above 0.")
    return amount


def amount_text(amount: Decimal) -> str:
    """Return the amount in plain digits, as the platform reads it: ``100``, never ``1E+2``."""
    return format(amount, "f")
