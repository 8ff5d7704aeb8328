"""Judging a solidified receipt of one of our transfers."""

from dataclasses import dataclass
from typing import Any

from tron.address import address_parse
from tron.blocks import NUMBER_MAX, reading
from tron.models import ChainTransaction, TxStatus
from tron.trc20 import MalformedCall, transfer_bodies

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


def judge(receipt: dict[str, Any], tx: ChainTransaction) -> Verdict:
    """Return how our transfer ended, by the receipt of the solid block it stands in.

    SUCCEEDED only for result SUCCESS of our contract with exactly one log, our Transfer to the
    last unit. FAILED only for a named failure without logs. Whatever else stands there, such as
    a fee taken from the amount, is CONTRADICTED: money may have moved, so a person must look
    and nothing is signed again. Raises ``OutcomeUnknown`` for what is no receipt at all.
    """
    with reading(f"receipt of {tx.txid}"):
        return _judged(receipt, tx)


def _judged(receipt: dict[str, Any], tx: ChainTransaction) -> Verdict:
    costs = receipt.get("receipt", {})
    result = str(costs.get("result", ""))[:40]
    fee_sun, energy_used = int(receipt.get("fee", 0)), int(costs.get("energy_usage_total", 0))
    if not (0 <= fee_sun < NUMBER_MAX and 0 <= energy_used < NUMBER_MAX):
        raise ValueError(fee_sun, energy_used)
    verdict = TxStatus.CONTRADICTED
    if _is_of(receipt, tx.contract):
        if result == "SUCCESS" and _is_exactly_ours(receipt, tx):
            verdict = TxStatus.SUCCEEDED
        elif result in FAILURES and not receipt.get("log"):
            verdict = TxStatus.FAILED
    return Verdict(verdict, result, fee_sun, energy_used)


def _is_exactly_ours(receipt: dict[str, Any], tx: ChainTransaction) -> bool:
    contract, sender, recipient = (
        address_parse(address)[1:] for address in (tx.contract, tx.sender, tx.recipient)
    )
    try:
        found = transfer_bodies(receipt, contract.hex())
    except MalformedCall:
        return False
    return found == [(sender, recipient, tx.amount_micro)] and len(receipt.get("log", [])) == 1


def _is_of(receipt: dict[str, Any], contract: str) -> bool:
    try:
        return bytes.fromhex(receipt.get("contract_address", "")) == address_parse(contract)
    except ValueError:
        return False
