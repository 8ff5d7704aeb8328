"""Applying a fault to a request: before it is processed, instead of that, or to its answer."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from tron.sandbox.errors import Refused
from tron.sandbox.genesis import GENESIS_ID
from tron.sandbox.http.asked import Asked
from tron.sandbox.http.faults import REFUSALS, Faults
from tron.sandbox.http.request import Request, Response, json_response
from tron.sandbox.node import Node

Proceed = Callable[[Request], Response]
Options = dict[str, Any]
Fault = Callable[[Request, Proceed, Options], Awaitable[Response | None]]

OTHER_GENESIS_ID = "0" * 16 + "f" * 48
HTML = (
    b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr>"
    b"<center>nginx</center></body></html>"
)
# What gateways in front of public nodes were seen to say.
BODIES = {
    403: b'{"Error":"The key exceeds the frequency limit(15), '
    b'and the query server is suspended for 30s"}',
    429: b'{"Error":"request rate exceeded the allowed_rps(10), '
    b'and the query server is suspended for 5 s"}',
}
GARBAGE = bytes(range(256))


class Tamper:
    """The hook of one face: lets a request pass, or meet the fault that somebody asked for."""

    def __init__(self, node: Node, faults: Faults, asked: Asked) -> None:
        """``faults`` are rules from outside, ``asked`` is what transactions ask for themselves."""
        self._node = node
        self._faults = faults
        self._asked = asked

    async def __call__(self, request: Request, proceed: Proceed) -> Response | None:
        """Answer a request; None closes the connection without an answer."""
        rule = self._faults.meet(self._node.name, request.path.lstrip("/"))
        found = (rule.fault, rule.options) if rule else self._asked.fault(request)
        if found is None:
            return proceed(request)
        fault, options = found
        return await FAULTS[fault](request, proceed, options)


async def _delay(request: Request, proceed: Proceed, options: Options) -> Response:
    if options["when"] == "after":
        return await _hang(request, proceed, options)
    await asyncio.sleep(options["delay_ms"] / 1000)
    return proceed(request)


async def _hang(request: Request, proceed: Proceed, options: Options) -> Response:
    response = proceed(request)
    await asyncio.sleep(options["delay_ms"] / 1000)
    return response


async def _drop(request: Request, proceed: Proceed, options: Options) -> None:
    return None


async def _drop_answer(request: Request, proceed: Proceed, options: Options) -> None:
    proceed(request)


async def _twice(request: Request, proceed: Proceed, options: Options) -> Response:
    """Deliver twice; the client sees what the second delivery came to."""
    proceed(request)
    return proceed(request)


async def _truncated(request: Request, proceed: Proceed, options: Options) -> Response:
    response = proceed(request)
    half = len(response.body) // 2
    if options["cut"]:
        return replace(response, missing_bytes=len(response.body) - half)
    return replace(response, body=response.body[:half])


def _instead(answer: Callable[[Options], Response]) -> Fault:
    """Answer this; the request is processed only with ``process``."""

    async def fault(request: Request, proceed: Proceed, options: Options) -> Response:
        if options["process"]:
            proceed(request)
        return answer(options)

    return fault


def _status(options: Options) -> Response:
    status = options["status"]
    if "body" in options:
        return Response(options["body"].encode(), status)
    if status in BODIES:
        return Response(BODIES[status], status)
    return _html(status)


def _html(status: int) -> Response:
    return Response(HTML % (status, status), status, "text/html")


def _error(options: Options) -> Response:
    text = options.get("message", "class java.lang.NullPointerException : null")
    return json_response({"Error": text})


def _admitting(admit: Callable[[Options], Callable[[Node, Any], Any]]) -> Fault:
    """Let the broadcast be answered as ever, with another way to admit the transaction."""

    async def fault(request: Request, proceed: Proceed, options: Options) -> Response:
        return proceed(replace(request, admit=admit(options)))

    return fault


def _refusing(options: Options) -> Callable[[Node, Any], Any]:
    code = options["code"]

    def refuse(node: Node, message: Any) -> Any:
        raise Refused(code, options.get("message", REFUSALS[code]))

    return refuse


async def _wrong_txid(request: Request, proceed: Proceed, options: Options) -> Response:
    response = proceed(request)
    txid = _txid_in(json.loads(response.body))
    return replace(response, body=response.body.replace(txid.encode(), txid[::-1].encode()))


def _txid_in(answer: Any) -> str:
    """Return the txid an answer names, however deep; 64 zeros where there is none."""
    if isinstance(answer, dict):
        found = answer.get("txid") or answer.get("txID")
        return found or _txid_in(answer.get("transaction"))
    return "0" * 64


async def _wrong_genesis(request: Request, proceed: Proceed, options: Options) -> Response:
    response = proceed(request)
    body = response.body.replace(GENESIS_ID.encode(), OTHER_GENESIS_ID.encode())
    return replace(response, body=body)


FAULTS: dict[str, Fault] = {
    "delay": _delay,
    "drop": _drop,
    "drop_answer": _drop_answer,
    "hang": _hang,
    "twice": _twice,
    "status": _instead(_status),
    "html": _instead(lambda options: _html(200)),
    "empty": _instead(lambda options: Response(b"{}")),
    "null": _instead(lambda options: Response(b"null")),
    "garbage": _instead(lambda options: Response(GARBAGE)),
    "truncated": _truncated,
    "error": _instead(_error),
    "result_false": _instead(lambda options: json_response({"result": False})),
    "refuse": _admitting(_refusing),
    "lose": _admitting(lambda options: Node.lose),
    "keep_private": _admitting(lambda options: Node.keep),
    "wrong_txid": _wrong_txid,
    "wrong_genesis": _wrong_genesis,
}
