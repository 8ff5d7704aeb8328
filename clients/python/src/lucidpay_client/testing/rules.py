"""What the fake platform refuses, with the codes of the real one."""

import hashlib
from decimal import Decimal
from typing import Any

from lucidpay_client.exact import amount_of

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
NAMES = {
    "LUCID_ERR_1001": "Validation failed",
    "LUCID_ERR_1005": "Conflict with the present state",
    "LUCID_ERR_1006": "This Idempotency-Key was used with another body",
    "LUCID_ERR_2001": "Invalid TRON address format",
    "LUCID_ERR_2002": "Amount exceeds batch limit",
    "LUCID_ERR_2004": "Invalid router type",
    "LUCID_ERR_2005": "Payout not found",
    "LUCID_ERR_2007": "Insufficient balance",
}
ITEM = {
    "recipient_address", "amount_usdt", "reason", "session_id", "node_id", "custom_data",
    "reference_id", "metadata",
}  # fmt: skip
FOR_ALL = {"router_type": None, "priority": "NORMAL", "batch_type": "IMMEDIATE"}
LOW, HIGH = Decimal("0.01"), Decimal(10_000)


class Refused(Exception):
    """What the platform answers with an error."""

    def __init__(
        self, status: int, code: str, message: str, details: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, details or {}


def refusal(http: int, code: str, /, **details: Any) -> Refused:
    """Return the refusal of a code, with its message."""
    return Refused(http, code, NAMES[code], details)


def check(wrong: dict[str, list[str]]) -> None:
    """Raise what the contract names for what is wrong; nothing for nothing."""
    fields = {name.rpartition(".")[2] for name in wrong}
    if fields == {"recipient_address"}:
        raise refusal(400, "LUCID_ERR_2001", **wrong)
    if fields == {"router_type"}:
        raise refusal(400, "LUCID_ERR_2004", **wrong)
    if wrong:
        raise refusal(400, "LUCID_ERR_1001", **wrong)


def wrong_in(order: dict[str, Any], known: set[str]) -> dict[str, list[str]]:
    """Return what is wrong with an order, by field."""
    wrong = {name: ["Unknown field."] for name in order if name not in known}
    if not _is_address(order.get("recipient_address")):
        wrong["recipient_address"] = ["Not a TRON address."]
    if not _is_amount(order.get("amount_usdt")):
        wrong["amount_usdt"] = ["From 0.01 to 10000, with at most 2 decimals."]
    if not order.get("reason") and not order.get("reference_id"):
        wrong["reason"] = ["Give reason or reference_id, or both."]
    if order.get("router_type") not in (None, "PayoutRouterV0"):
        wrong["router_type"] = ["The recipient has no valid KYC record."]
    return wrong


def wrong_in_batch(body: dict[str, Any]) -> dict[str, list[str]]:
    """Return what is wrong with a batch, as ``payouts[3].amount_usdt``."""
    known = {"payouts", *FOR_ALL}
    wrong = {name: ["Unknown field."] for name in body if name not in known}
    items = body.get("payouts")
    if not isinstance(items, list) or not 1 <= len(items) <= 100:
        return {**wrong, "payouts": ["1 to 100 payouts are required."]}
    for row, item in enumerate(items):
        wrong |= {f"payouts[{row}].{name}": why for name, why in wrong_in(item, ITEM).items()}
    if not wrong:
        _fit(sum(exact(one)["amount_usdt"] for one in items))
    return wrong


def _fit(total: Decimal) -> None:
    if total > HIGH:
        facts = {"limit_name": "batch", "subject": "batch", "limit": HIGH, "used": 0}
        told = {**facts, "asked": total, "remaining": HIGH, "resets_at": None}
        raise refusal(400, "LUCID_ERR_2002", **told)


def _is_amount(given: Any) -> bool:
    try:
        amount = amount_of(given)
    except (TypeError, ValueError):
        return False
    return LOW <= amount <= HIGH and amount == round(amount, 2)


def _is_address(text: Any) -> bool:
    """Return whether this is an address of TRON: base58check, with the prefix 0x41."""
    if not isinstance(text, str) or len(text) != 34 or any(one not in ALPHABET for one in text):
        return False
    number = 0
    for one in text:
        number = number * 58 + ALPHABET.index(one)
    data = number.to_bytes(25, "big") if number < 256**25 else b""
    check = hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4]
    return data[:1] == b"\x41" and data[-4:] == check


def exact(order: dict[str, Any]) -> dict[str, Any]:
    """Return the order with its amount as a Decimal."""
    amount = Decimal(order["amount_usdt"])
    # As the platform shows it, and so that 12.5 and 12.50 are the same order.
    return {**order, "amount_usdt": Decimal(format(amount.normalize(), "f"))}
