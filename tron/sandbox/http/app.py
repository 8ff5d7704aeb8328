"""The ASGI application: paths to handlers, and one place where a request can be tampered with."""

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from tron.sandbox.errors import BadRequest
from tron.sandbox.http import accounts, blocks, contracts, network, transactions, weights
from tron.sandbox.http.control import Control, control_answer
from tron.sandbox.http.request import Request, Response, json_response, request_parse
from tron.sandbox.node import Node, View

log = logging.getLogger(__name__)
BODY_BYTES_MAX = 4 * 1024 * 1024  # java-tron node.http.maxMessageSize

Handler = Callable[[Node, View, Request], Any]
Proceed = Callable[[Request], Response]
Hook = Callable[[Request, Proceed], Awaitable[Response]]

# On a full node and on its solidity port (java-tron HttpApiOnSolidityService).
BOTH: dict[str, Handler] = {
    "getnowblock": blocks.now_block,
    "getblock": blocks.block_any,
    "getblockbynum": blocks.block_by_number,
    "getblockbyid": blocks.block_by_id,
    "getblockbylimitnext": blocks.blocks_by_range,
    "getblockbylatestnum": blocks.blocks_latest,
    "gettransactioninfobyblocknum": blocks.infos_by_number,
    "gettransactioncountbyblocknum": blocks.count_by_number,
    "gettransactionbyid": transactions.transaction_find,
    "gettransactioninfobyid": transactions.info_find,
    "getaccount": accounts.account_show,
    "triggerconstantcontract": contracts.call_constant,
    "estimateenergy": contracts.call_estimate,
    "getnodeinfo": network.node_info,
    "listwitnesses": network.witnesses,
    "getenergyprices": network.energy_prices,
    "getbandwidthprices": network.bandwidth_prices,
    "getburntrx": network.burned,
}
FULL_ONLY: dict[str, Handler] = {
    "getaccountresource": accounts.account_resource,
    "getaccountnet": accounts.account_net,
    "validateaddress": accounts.address_validate,
    "getcontract": contracts.contract_show,
    "getcontractinfo": contracts.contract_info,
    "triggersmartcontract": contracts.call_build,
    "createtransaction": transactions.trx_transfer_build,
    "broadcasttransaction": transactions.broadcast,
    "broadcasthex": transactions.broadcast_hex,
    "getsignweight": weights.sign_weight,
    "getapprovedlist": weights.approved_list,
    "getpendingsize": transactions.pending_size,
    "gettransactionlistfrompending": transactions.pending_list,
    "gettransactionfrompending": transactions.pending_find,
    "getchainparameters": network.chain_parameters,
    "getmemofee": network.memo_prices,
    "listnodes": network.nodes,
    "getnextmaintenancetime": network.next_maintenance,
}


class BodyTooBig(Exception):
    """A request is longer than a node reads."""


async def undisturbed(request: Request, proceed: Proceed) -> Response:
    """The hook that does nothing; a fault replaces it."""
    return proceed(request)


class Face:
    """One node over HTTP: its paths, and the hook around every request to it."""

    def __init__(self, node: Node, hook: Hook = undisturbed) -> None:
        self.node = node
        self.hook = hook
        self._routes: dict[str, tuple[Handler, Callable[[], View]]] = {}
        for name, handler in (BOTH | FULL_ONLY).items():
            self._routes[f"/wallet/{name}"] = (handler, node.head_view)
        for name, handler in BOTH.items():
            self._routes[f"/walletsolidity/{name}"] = (handler, node.solid_view)

    async def answer(self, request: Request) -> Response:
        """Answer a request, through the hook."""
        return await self.hook(request, self.respond)

    def respond(self, request: Request) -> Response:
        """Answer a request undisturbed."""
        route = self._routes.get(request.path)
        if route is None:
            return Response(b"<h1>404 Not Found</h1>", 404, b"text/html")
        handler, view = route
        try:
            return json_response(handler(self.node, view(), request))
        except BadRequest as error:
            return error_response(error)


def error_response(error: BadRequest) -> Response:
    """Return what a node answers when it cannot make sense of a request: HTTP 200."""
    return json_response({"Error": f"class {error.java_class} : {error.text}"})


class App:
    """ASGI: ``/wallet`` and ``/walletsolidity`` go to the node, ``/sandbox`` to the control."""

    def __init__(self, face: Face, control: Control) -> None:
        self.face = face
        self.control = control

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Serve one HTTP request."""
        if scope["type"] != "http":
            raise ValueError(f"this server does not speak {scope['type']}")
        try:
            response = await self._answer(scope, await _body_read(receive))
        except BodyTooBig:
            response = Response(b"Payload Too Large", 413, b"text/plain")
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            response = json_response({"Error": "class java.lang.RuntimeException : null"}, 500)
        await _send(send, response)

    async def _answer(self, scope: dict[str, Any], body: bytes) -> Response:
        path = scope["path"]
        controlling = path.startswith("/sandbox/")
        try:
            request = request_parse(scope["method"], path, scope["query_string"], body)
        except BadRequest as error:
            if controlling:
                return json_response({"error": error.text}, 400)
            return error_response(error)
        if not controlling:
            return await self.face.answer(request)
        status, answer = control_answer(self.control, request)
        return Response(json.dumps(answer).encode(), status)


async def _body_read(receive: Any) -> bytes:
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise BodyTooBig
        if not event.get("more_body"):
            return body


async def _send(send: Any, response: Response) -> None:
    headers = [
        (b"content-type", response.content_type),
        (b"content-length", str(len(response.body)).encode()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
