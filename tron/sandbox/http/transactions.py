"""Transactions: broadcasting them, finding them, weighing their signatures."""

import json
from typing import Any

from tron.sandbox.chain import result_put
from tron.sandbox.errors import ContractInvalid, Refused
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import transaction_of_json
from tron.sandbox.json_out import (
    bytes_text,
    info_json,
    transaction_json,
    transaction_plain_json,
    transaction_stored_json,
)
from tron.sandbox.node import Node, View
from tron.sandbox.pool import Pending
from tron.sandbox.transactions import transaction_parse, txid_of


def broadcast(node: Node, view: View, request: Request) -> Any:
    """``broadcasttransaction``: rebuilt from JSON; no ``code`` on success, hex message if not."""
    message = transaction_of_json(request.params, request.visible)
    txid = txid_of(message.raw_data).hex()
    try:
        request.admit(node, message)
    except Refused as refusal:
        text = bytes_text(refusal.text.encode(), request.visible)
        return {"code": refusal.code, "message": text, "txid": txid}
    return {"result": True, "txid": txid}


def broadcast_hex(node: Node, view: View, request: Request) -> Any:
    """``broadcasthex``: the signed bytes themselves; the text is plain, every key is there."""
    message = transaction_parse(request.raw("transaction"))
    try:
        request.admit(node, message)
        code, text = "SUCCESS", ""
    except Refused as refusal:
        code, text = refusal.code, refusal.text
    return {
        "result": code == "SUCCESS",
        "code": code,
        "message": text,
        "transaction": _printed(message),
        "txid": txid_of(message.raw_data).hex(),
    }


def _printed(message: Any) -> str:
    try:
        return json.dumps(transaction_plain_json(message, True), separators=(",", ":"))
    except ContractInvalid:
        return "{}"  # a contract nobody can read is not printed


def transaction_find(node: Node, view: View, request: Request) -> Any:
    """``gettransactionbyid``: on a full node also what is only pending, with its ``ret``."""
    txid = request.raw("value")
    pending = node.pool.pending.get(txid)
    if pending is not None and not view.solid:
        return _pending_json(pending, request.visible)
    found = node.found(txid)
    if found is None or found.number > view.block.number:
        return {}
    return transaction_stored_json(found.body, request.visible)


def _pending_json(pending: Pending, visible: bool) -> dict[str, Any]:
    message = type(pending.tx.message)()
    message.CopyFrom(pending.tx.message)
    result_put(message, pending.receipt.contract_ret)
    return transaction_json(message, visible)


def info_find(node: Node, view: View, request: Request) -> Any:
    """``gettransactioninfobyid``: {} until a block of this view holds it."""
    found = node.found(request.raw("value"))
    if found is None or found.number > view.block.number or not node.look.history:
        return {}
    return info_json(found.info, request.visible) if request.visible else found.info.encode()


def pending_size(node: Node, view: View, request: Request) -> Any:
    """``getpendingsize``: this node's pool only."""
    return {"pendingSize": len(node.pool.pending)}


def pending_list(node: Node, view: View, request: Request) -> Any:
    """``gettransactionlistfrompending``: the txids in this node's pool."""
    return {"txId": [txid.hex() for txid in node.pool.pending]} if node.pool.pending else {}


def pending_find(node: Node, view: View, request: Request) -> Any:
    """``gettransactionfrompending``: {} when it is not in this node's pool."""
    pending = node.pool.pending.get(request.raw("value"))
    return {} if pending is None else transaction_json(pending.tx.message, request.visible)
