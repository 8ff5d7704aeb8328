"""This machine: a port nobody has, and plain HTTP to what listens on one."""

import json
import socket
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

TIMEOUT_S = 30
# Straight there, whatever proxy the machine is set up with.
OPENER = build_opener(ProxyHandler({}))


def port_free() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def call(
    method: str,
    url: str,
    body: Any = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
) -> tuple[int, dict[str, str], bytes]:
    """Send a body as JSON and return (status, headers, body) of whatever is answered."""
    data = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json"} | (headers or {})
    request = Request(url, data, sent, method=method)  # noqa: S310 (always this machine)
    try:
        with OPENER.open(request, timeout=timeout_s) as response:
            return response.status, dict(response.headers), response.read()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()
