"""Transactions that ask for their own fault: by a memo, or by the digits of an amount.

For those who test their integration through somebody else's API and cannot reach the node.
"""

from tron.sandbox.transactions import SignedTransaction
from tron.sandbox.vm import abi

MEMO = b"sandbox:"
TRANSFER = abi.selector("transfer(address,uint256)")
# The last six digits of an amount in base units: 12.666003 USDT meets "busy".
AMOUNTS = {
    666_001: "lose",
    666_002: "lose_first",
    666_003: "busy",
    666_004: "dup",
    666_005: "drop",
    666_006: "drop_answer",
    666_007: "keep_private",
    666_008: "expired",
    666_009: "revert",
    666_010: "out_of_energy",
}
NAMES = frozenset(AMOUNTS.values())
DIGITS = 10**6


def magic_of(tx: SignedTransaction, *, amounts: bool) -> str:
    """Return the fault a transaction asks for, "" for none; ``amounts`` lets amounts ask too."""
    memo = tx.raw.data
    if memo.startswith(MEMO):
        name = memo.removeprefix(MEMO).decode(errors="replace")
        return name if name in NAMES else ""
    if amounts and tx.contract_type == "TriggerSmartContract":
        return AMOUNTS.get(_amount(tx) % DIGITS, "")
    return ""


def _amount(tx: SignedTransaction) -> int:
    data = tx.payload.data
    arguments = abi.words(data, 2)
    if data[:4] != TRANSFER or arguments is None:
        return 0
    return int.from_bytes(arguments[1], "big")
