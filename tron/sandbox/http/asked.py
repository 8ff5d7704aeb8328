"""Broadcasts whose transaction asks for a fault itself (``tron.sandbox.magic``)."""

from typing import Any

from tron.sandbox.errors import BadRequest, Refused
from tron.sandbox.http.faults import BROADCASTS
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import transaction_of_json
from tron.sandbox.magic import MEMO
from tron.sandbox.node import Node
from tron.sandbox.transactions import SignedTransaction, transaction_open, transaction_parse

# What a name does to the first broadcast of a transaction at each node; "lose" does it to all.
FAULTS: dict[str, tuple[str, dict[str, Any]]] = {
    "busy": ("refuse", {"code": "SERVER_BUSY"}),
    "dup": ("refuse", {"code": "DUP_TRANSACTION_ERROR"}),
    "expired": ("refuse", {"code": "TRANSACTION_EXPIRATION_ERROR"}),
    "drop": ("drop", {}),
    "drop_answer": ("drop_answer", {}),
    "keep_private": ("keep_private", {}),
}
LOSE: tuple[str, dict[str, Any]] = ("lose", {})


class Asked:
    """What the transactions of one node's broadcasts ask for."""

    def __init__(self, node: Node, *, amounts: bool) -> None:
        """``amounts`` says that the digits of an amount count, too."""
        self._node = node
        self._amounts = amounts
        self._met: set[bytes] = set()
        self._lost: dict[tuple[bytes, bytes], bytes] = {}

    def fault(self, request: Request) -> tuple[str, dict[str, Any]] | None:
        """Return the fault and its options that a request asks for, None for none."""
        name = request.path.rpartition("/")[2]
        if name not in BROADCASTS or not (self._amounts or _has_memo(request)):
            return None
        try:
            tx = _transaction(request, name)
        except (BadRequest, Refused):
            return None  # the answer will say what is wrong with it
        return self._fault_of(tx, self._node.line.magic(tx))

    def _fault_of(self, tx: SignedTransaction, name: str) -> tuple[str, dict[str, Any]] | None:
        if name == "lose":
            return LOSE
        if name == "lose_first":
            first = self._lost.setdefault((tx.owner, tx.raw.contract[0].parameter.value), tx.txid)
            return LOSE if first == tx.txid else None
        if name not in FAULTS or tx.txid in self._met:
            return None
        self._met.add(tx.txid)
        return FAULTS[name]


def _has_memo(request: Request) -> bool:
    """Say whether the memo may be there, so that others are not parsed twice."""
    text = request.params.get("transaction") or request.params.get("raw_data_hex")
    if not isinstance(text, str):
        raw = request.params.get("raw_data")
        text = str(raw.get("data", "")) if isinstance(raw, dict) else ""
    return MEMO.hex() in text.lower()


def _transaction(request: Request, name: str) -> SignedTransaction:
    if name == "broadcasthex":
        return transaction_open(transaction_parse(request.raw("transaction")))
    return transaction_open(transaction_of_json(request.params, request.visible))
