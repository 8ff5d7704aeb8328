"""Paths to handlers, and one place where a request can be tampered with."""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any

from tron.sandbox.errors import BadRequest
from tron.sandbox.http import (
    accounts,
    blocks,
    contracts,
    history,
    network,
    staking,
    transactions,
    weights,
)
from tron.sandbox.http.builders import BUILDERS
from tron.sandbox.http.control import Control, control_answer
from tron.sandbox.http.request import Request, Response, json_response, request_parse
from tron.sandbox.node import Node, View

Handler = Callable[[Node, View, Request], Any]
Proceed = Callable[[Request], Response]
Hook = Callable[[Request, Proceed], Awaitable[Response | None]]

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
    "getdelegatedresourcev2": staking.delegated,
    "getdelegatedresourceaccountindexv2": staking.delegation_index,
    "getcandelegatedmaxsize": staking.delegable,
    "getavailableunfreezecount": staking.unfreezes_left,
    "getcanwithdrawunfreezeamount": staking.withdrawable,
    "getReward": staking.reward,
    "getBrokerage": staking.brokerage,
    "getnodeinfo": network.node_info,
    "listwitnesses": network.witnesses,
    "getenergyprices": network.energy_prices,
    "getbandwidthprices": network.bandwidth_prices,
    "getburntrx": network.burned,
}
FULL_ONLY: dict[str, Handler] = BUILDERS | {
    "getaccountresource": accounts.account_resource,
    "getaccountnet": accounts.account_net,
    "validateaddress": accounts.address_validate,
    "getcontract": contracts.contract_show,
    "getcontractinfo": contracts.contract_info,
    "triggersmartcontract": contracts.call_build,
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


async def undisturbed(request: Request, proceed: Proceed) -> Response | None:
    """The hook that does nothing; a fault replaces it."""
    return proceed(request)


# java-tron LiteFnQueryHttpFilter, for both prefixes; the status is 200.
LITE_CLOSED = frozenset(
    {
        "getblockbyid",
        "getblockbylatestnum",
        "getblockbylimitnext",
        "getblockbynum",
        "gettransactionbyid",
        "gettransactioncountbyblocknum",
        "gettransactioninfobyblocknum",
        "gettransactioninfobyid",
    }
)
LITE_TEXT = b"this API is closed because this node is a lite fullnode\n"


class Face:
    """One node over HTTP: its paths, and the hook around every request to it."""

    def __init__(self, node: Node, hook: Hook = undisturbed, url: str = "") -> None:
        """``url`` is where it listens, for answers that name their next page."""
        self.node = node
        self.hook = hook
        self._url = url
        self._routes: dict[str, tuple[Handler, Callable[[], View]]] = {}
        for name, handler in (BOTH | FULL_ONLY).items():
            self._routes[f"/wallet/{name}"] = (handler, node.head_view)
        for name, handler in BOTH.items():
            self._routes[f"/walletsolidity/{name}"] = (handler, node.solid_view)

    async def answer(self, request: Request) -> Response | None:
        """Answer a request, through the hook."""
        response = await self.hook(request, self.respond)
        if response is None or not self.node.look.clock_ms:
            return response
        date = formatdate(time.time() + self.node.look.clock_ms / 1000, usegmt=True)
        return replace(response, headers={"Date": date})

    def respond(self, request: Request) -> Response:
        """Answer a request undisturbed."""
        if request.path.startswith("/v1/"):
            return history.answer(self.node, request, self._url)
        route = self._routes.get(request.path)
        if route is None:
            return Response(b"<h1>404 Not Found</h1>", 404, "text/html")
        handler, view = route
        if self.node.look.lite and request.path.rpartition("/")[2] in LITE_CLOSED:
            return Response(LITE_TEXT)
        try:
            return json_response(handler(self.node, view(), request))
        except BadRequest as error:
            return error_response(error)


def error_response(error: BadRequest) -> Response:
    """Return what a node answers when it cannot make sense of a request: HTTP 200."""
    return json_response({"Error": f"class {error.java_class} : {error.text}"})


class App:
    """``/wallet`` and ``/walletsolidity`` go to the face, ``/sandbox`` to the control."""

    def __init__(self, face: Face, control: Control) -> None:
        self.face = face
        self.control = control

    async def answer(self, method: str, path: str, query: str, body: bytes) -> Response | None:
        """Answer one HTTP request; None closes the connection without an answer."""
        controlling = path.startswith("/sandbox/")
        try:
            request = request_parse(method, path, query, body)
        except BadRequest as error:
            if controlling:
                return json_response({"error": error.text}, 400)
            return error_response(error)
        if not controlling:
            return await self.face.answer(request)
        status, answer = control_answer(self.control, request)
        return Response(json.dumps(answer).encode(), status)
