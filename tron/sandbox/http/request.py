"""A request and its parameters, wherever they were written: body, form or query."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from tron.sandbox.errors import BadRequest
from tron.sandbox.json_in import address_of_json, hex_parse
from tron.sandbox.node import Node

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1
JSON_ERROR = "com.alibaba.fastjson.JSONException"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, parsed."""

    method: str
    path: str
    params: dict[str, Any]
    query: dict[str, str] = field(default_factory=dict)
    admit: Callable[[Node, Any], Any] = Node.admit  # what a broadcast does; a fault replaces it

    @property
    def visible(self) -> bool:
        """Whether addresses are base58check and messages plain text."""
        return _truth(self.params.get("visible", self.query.get("visible")))

    @property
    def visible_query(self) -> bool:
        """The same for the servlets that look at the query only, even of a POST."""
        return _truth(self.query.get("visible"))

    def text(self, name: str, default: str = "") -> str:
        """Return a parameter as text."""
        value = self.params.get(name)
        return default if value is None else str(value)

    def number(self, name: str, default: int = 0, most: int = INT64_MAX) -> int:
        """Return a whole number whose magnitude is at most ``most``; raises ``BadRequest``."""
        value = self.params.get(name)
        if value is None or value == "":
            return default
        try:
            number = int(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise _not_a_number(value) from error
        if abs(number) > most:
            raise _not_a_number(value)
        return number

    @property
    def permission_id(self) -> int:
        """The permission of a transaction to be built; both spellings are in use."""
        named = self.number("Permission_id", most=INT32_MAX)
        return named or self.number("permission_id", most=INT32_MAX)

    def flag(self, name: str) -> bool:
        """Return a parameter as truth; absent is false."""
        return _truth(self.params.get(name))

    def raw(self, name: str) -> bytes:
        """Return a parameter in hex as bytes; raises ``BadRequest``."""
        return hex_parse(self.text(name))

    def address(self, name: str) -> bytes:
        """Return an address, written as ``visible`` says; raises ``BadRequest``."""
        return address_of_json(self.text(name), self.visible)


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer; the connection is closed before the last ``missing_bytes`` are sent."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    missing_bytes: int = 0


def json_response(value: Any, status: int = 200) -> Response:
    """Return a value as a JSON answer; bytes are JSON already."""
    if not isinstance(value, bytes):
        value = json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
    return Response(body=value, status=status)


def request_parse(method: str, path: str, query: str, body: bytes) -> Request:
    """Return the request; a JSON body counts whatever its content type says.

    Raises ``BadRequest`` for a body that is neither empty nor a JSON object.
    """
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    if method == "GET" or not body.strip():
        return Request(method, path, dict(pairs), pairs)
    try:
        params = json.loads(body)
    except ValueError as error:
        raise BadRequest(str(error), JSON_ERROR) from error
    if not isinstance(params, dict):
        raise BadRequest("not a JSON object", JSON_ERROR)
    return Request(method, path, params, pairs)


def _not_a_number(value: Any) -> BadRequest:
    return BadRequest(f'For input string: "{value}"', "java.lang.NumberFormatException")


def _truth(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")
