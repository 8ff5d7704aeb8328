"""Judging a solidified receipt of one of our transactions."""

from dataclasses import dataclass
from typing import Any

from tron.address import address_parse
from tron.blocks import NUMBER_MAX, reading
from tron.kinds import CALLS, TxKind, TxStatus
from tron.models import ChainTransaction
from tron.trc20 import MalformedCall, approval_bodies, transfer_bodies

SUCCESS = "SUCCESS"

# Receipt results that prove the VM undid everything (java-tron RuntimeImpl.setResultCode).
FAILURES = frozenset(
    {
        "REVERT",
        "BAD_JUMP_DESTINATION",
        "OUT_OF_MEMORY",
        "PRECOMPILED_CONTRACT",
        "STACK_TOO_SMALL",
        "STACK_TOO_LARGE",
        "ILLEGAL_OPERATION",
        "STACK_OVERFLOW",
        "OUT_OF_ENERGY",
        "OUT_OF_TIME",
        "JVM_STACK_OVER_FLOW",
        "TRANSFER_FAILED",
        "INVALID_CODE",
    }
)


@dataclass(frozen=True)
class Verdict:
    """How a transaction ended, and at what price."""

    status: TxStatus
    result: str
    fee_sun: int
    energy_used: int
    energy_staked: int  # of it; the rest was burned for


def judge(receipt: dict[str, Any], tx: ChainTransaction) -> Verdict:
    """Return how our transaction ended, by the receipt of the solid block it stands in.

    A call of a contract SUCCEEDED only for result SUCCESS of our contract with exactly one log,
    ours to the last unit; it FAILED only for a named failure without logs. What the network itself
    executes has no result: to stand in a solid block is its success (java-tron executes it before
    it lets it into one). Whatever else stands there, such as a fee taken from the amount, is
    CONTRADICTED: money may have moved, so a person must look and nothing is signed again. Raises
    ``OutcomeUnknown`` for what is no receipt at all.
    """
    with reading(f"receipt of {tx.txid}"):
        return _judged(receipt, tx)


def _judged(receipt: dict[str, Any], tx: ChainTransaction) -> Verdict:
    costs = receipt.get("receipt", {})
    result = str(costs.get("result", ""))[:40]
    fee_sun, energy_used = int(receipt.get("fee", 0)), int(costs.get("energy_usage_total", 0))
    if not (0 <= fee_sun < NUMBER_MAX and 0 <= energy_used < NUMBER_MAX):
        raise ValueError(fee_sun, energy_used)
    # For statistics: an odd one must not keep the end of a payment from being read.
    staked = min(max(0, int(costs.get("energy_usage", 0))), energy_used)
    status = _call_end(receipt, result, tx) if tx.kind in CALLS else _system_end(receipt, result)
    if status == TxStatus.SUCCEEDED:
        result = SUCCESS
    return Verdict(status, result, fee_sun, energy_used, staked)


def _call_end(receipt: dict[str, Any], result: str, tx: ChainTransaction) -> TxStatus:
    if _is_of(receipt, tx.contract):
        if result == SUCCESS and _is_exactly_ours(receipt, tx):
            return TxStatus.SUCCEEDED
        if result in FAILURES and not receipt.get("log"):
            return TxStatus.FAILED
    return TxStatus.CONTRADICTED


def _system_end(receipt: dict[str, Any], result: str) -> TxStatus:
    is_plain = result in ("", SUCCESS) and receipt.get("result", SUCCESS) != "FAILED"
    is_plain = is_plain and not receipt.get("log")
    return TxStatus.SUCCEEDED if is_plain else TxStatus.CONTRADICTED


def _is_exactly_ours(receipt: dict[str, Any], tx: ChainTransaction) -> bool:
    contract, sender, recipient = (
        address_parse(address)[1:] for address in (tx.contract, tx.sender, tx.recipient)
    )
    bodies = approval_bodies if tx.kind == TxKind.APPROVE else transfer_bodies
    try:
        found = bodies(receipt, contract.hex())
    except MalformedCall:
        return False
    return found == [(sender, recipient, tx.amount_micro)] and len(receipt.get("log", [])) == 1


def _is_of(receipt: dict[str, Any], contract: str) -> bool:
    try:
        return bytes.fromhex(receipt.get("contract_address", "")) == address_parse(contract)
    except ValueError:
        return False
