"""From JSON to dataclasses: exact, strict about what is promised, indifferent to what is new."""

import types
import typing
from collections.abc import Hashable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar, cast

from lucidpay_client.answers import Answered

T = TypeVar("T", bound=Answered)


class Unreadable(ValueError):
    """This is not what the platform promises to answer."""


def read(kind: type[T], body: Any) -> T:
    """Return a dataclass made of a JSON object; fields that are not known stay in ``raw``.

    Raises ``Unreadable`` when a field that is promised is not there, or is something else.
    """
    if not isinstance(body, Mapping):
        raise Unreadable(f"a JSON object was promised for {kind.__name__}")
    given: dict[str, Any] = {"raw": dict(body)}
    for name, hint, is_needed in _fields_of(cast("Hashable", kind)):
        if name in body:
            given[name] = _value(hint, body[name], name)
        elif is_needed:
            raise Unreadable(f"{name} is missing")
    return kind(**given)


@cache
def _fields_of(kind: Any) -> list[tuple[str, Any, bool]]:
    hints = typing.get_type_hints(kind)
    return [
        (one.name, hints[one.name], one.default is MISSING and one.default_factory is MISSING)
        for one in fields(kind)
        if one.metadata.get("from_body", True)
    ]


def _value(hint: Any, given: Any, name: str) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        kinds = [one for one in arguments if one is not type(None)]
        return None if given is None else _value(kinds[0], given, name)
    if origin is list and isinstance(given, list):
        return [_value(arguments[0], item, f"{name}[{row}]") for row, item in enumerate(given)]
    if origin is dict and isinstance(given, Mapping):
        return {str(key): _value(arguments[1], item, name) for key, item in given.items()}
    if hint is Any:
        return given
    if isinstance(hint, type) and issubclass(hint, Answered):
        return read(hint, given)
    return _plain(hint, given, name)


def _plain(hint: Any, given: Any, name: str) -> Any:
    is_number = isinstance(given, int | Decimal) and not isinstance(given, bool)
    if hint is Decimal and is_number:
        return Decimal(given)
    if hint is datetime and isinstance(given, str):
        return _moment(given, name)
    if hint in (str, bool) and isinstance(given, hint):
        return given
    if hint is int and is_number and isinstance(given, int):
        return given
    raise Unreadable(f"{name} is {given!r}")


def _moment(text: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Unreadable(f"{name} is {text!r}") from error
