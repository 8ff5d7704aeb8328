"""One transaction, wherever it stands: pending, in a block, in a solid one."""

import hashlib
from dataclasses import dataclass
from typing import Any

from lucidpay.errors import NOT_FOUND, LucidError
from tron.blocks import NUMBER_MAX, TIME_MAX_MS, reading
from tron.errors import OutcomeUnknown
from tron.explorer.moved import moved_by
from tron.explorer.remember import FOR_GOOD_S, MOMENT_S, remembered
from tron.node import Node
from tron.reads import chain_read
from tron.receipts import FAILURES

PENDING, INCLUDED, SOLID, FAILED = "pending", "included", "solid", "failed"
STATUSES = (PENDING, INCLUDED, SOLID, FAILED)


class TransactionNotFound(LucidError):
    """No transaction of this id: not in any block, and not waiting at the node that was asked."""

    code = NOT_FOUND
    status_code = 404


@dataclass(frozen=True)
class Receipt:
    """What a block says of a transaction it holds."""

    block_number: int | None = None
    block_ms: int | None = None
    fee_sun: int | None = None
    energy_used: int | None = None
    bandwidth_used: int | None = None
    result: str | None = None


@dataclass(frozen=True)
class TransactionFacts:
    """A transaction for people; what only a block can say is ``None`` until one holds it."""

    txid: str
    status: str
    contract_type: str
    from_address: str | None
    to_address: str | None
    token: str | None
    units: int | None
    memo: str | None
    block_number: int | None
    block_ms: int | None
    fee_sun: int | None
    energy_used: int | None
    bandwidth_used: int | None
    result: str | None


def transaction_find(txid: str) -> TransactionFacts:
    """Return the transaction of this id (64 lower-case hex digits).

    ``solid`` and ``failed`` are final, and only a solid block says them; ``included`` may yet
    end otherwise. Raises ``TransactionNotFound``, and ``ChainAway`` when no node answers.
    """
    return remembered(txid, TransactionFacts, lambda: _found(txid), lasts_s=_lasts_s)


def _lasts_s(found: TransactionFacts) -> int:
    return FOR_GOOD_S if found.status in (SOLID, FAILED) else MOMENT_S


def _found(txid: str) -> TransactionFacts:
    found = chain_read(lambda node: _read(node, txid))
    if found is None:
        raise TransactionNotFound
    return found


async def _read(node: Node, txid: str) -> TransactionFacts | None:
    # The solid side first: what moves on in between is told as it was, never as more.
    info, solid = await _asked(node, "walletsolidity/gettransactioninfobyid", txid), True
    if not info:
        info, solid = await _asked(node, "wallet/gettransactioninfobyid", txid), False
    told = await _asked(node, "wallet/gettransactionbyid", txid)
    if not told and not info:
        return None
    if not info and await _asked(node, "walletsolidity/gettransactionbyid", txid):
        # A solid one must not be told as pending by a node that keeps no receipts.
        raise OutcomeUnknown(f"no receipt of {txid}, which is solid", node=node.name)
    with reading(f"transaction {txid}"):
        return _facts(txid, told, info, solid=solid)


async def _asked(node: Node, path: str, txid: str) -> dict[str, Any]:
    """Return what a node has under this id, ``{}`` for nothing."""
    answer = await node.call(path, {"value": txid})
    if not isinstance(answer, dict):
        raise OutcomeUnknown(f"{path}: an answer of another shape", node=node.name)
    return answer


def _facts(
    txid: str, told: dict[str, Any], info: dict[str, Any], *, solid: bool
) -> TransactionFacts:
    """Return what both answers say, when they are of this transaction: else raise."""
    if hashlib.sha256(bytes.fromhex(told["raw_data_hex"])).hexdigest() != txid:
        raise OutcomeUnknown(f"another transaction instead of {txid}")
    receipt, status = _receipt(txid, info), PENDING
    if receipt.block_number is not None:
        status = INCLUDED if not solid else FAILED if _has_failed(info) else SOLID
    contract = told["raw_data"]["contract"][0]
    return TransactionFacts(
        txid=txid,
        status=status,
        contract_type=str(contract["type"]),
        memo=_memo(told["raw_data"]),
        **moved_by(contract, info)._asdict(),
        **vars(receipt),
    )


def _receipt(txid: str, info: dict[str, Any]) -> Receipt:
    if not info:
        return Receipt()
    if info["id"] != txid:
        raise OutcomeUnknown(f"a receipt of {info['id']} instead of {txid}")
    costs = info.get("receipt", {})
    return Receipt(
        block_number=_count(info["blockNumber"], NUMBER_MAX),
        block_ms=_count(info["blockTimeStamp"], TIME_MAX_MS),
        fee_sun=_count(info.get("fee", 0), NUMBER_MAX),
        energy_used=_count(costs.get("energy_usage_total", 0), NUMBER_MAX),
        bandwidth_used=_count(costs.get("net_usage", 0), NUMBER_MAX),
        # Of system contracts there is none: they stand in a block only when they were done.
        result=str(costs.get("result") or ("FAILED" if _has_failed(info) else "SUCCESS")),
    )


def _has_failed(info: dict[str, Any]) -> bool:
    return info.get("result") == "FAILED" or info.get("receipt", {}).get("result") in FAILURES


def _count(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value < most:
        raise ValueError(value)
    return value


def _memo(raw: dict[str, Any]) -> str | None:
    """Return the memo as text, with � for what is none."""
    text = bytes.fromhex(raw.get("data", "")).decode(errors="replace")
    return text.replace("\x00", "�") or None
