"""JSON over HTTP to this machine."""

import json
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_S = 10.0
# Straight to this machine, whatever proxy it is set up with.
_opener = build_opener(ProxyHandler({}))


class Refused(Exception):
    """The server answered with an error."""


def call(
    url: str, body: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None
) -> Any:
    """Return the answer to a GET, or to a POST of ``body``.

    Raises ``Refused`` with the server's words, and ``OSError`` when it does not answer.
    """
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | (headers or {})
    request = Request(url, data=data, headers=headers)  # noqa: S310 (always http to this machine)
    try:
        with _opener.open(request, timeout=TIMEOUT_S) as response:
            return json.loads(response.read(), parse_float=Decimal)
    except HTTPError as error:
        with error:
            words = error.read().decode(errors="replace")
        raise Refused(f"HTTP {error.code}: {words[:500]}") from error
