"""Which column of a payout file is what, as its names and cells suggest."""

import re
from collections.abc import Sequence
from typing import Any

from payouts.files.read import COLUMNS, Layout
from tron.address import InvalidAddress, address_parse

# How such files name their columns, in lower case and without what stands between words.
NAMES = {
    "recipient_address": (
        "recipientaddress", "address", "recipient", "wallet", "walletaddress", "to", "toaddress",
        "trc20", "trc20address", "tronaddress", "usdtaddress", "destination", "payee",
        "beneficiary", "account",
    ),
    "amount_usdt": (
        "amountusdt", "amount", "usdt", "usdtamount", "sum", "value", "total", "payout", "pay",
        "net", "netpay", "salary", "quantity",
    ),
    "reference_id": (
        "referenceid", "reference", "ref", "id", "invoice", "invoiceid", "invoicenumber",
        "paymentid", "payoutid", "orderid", "externalid", "employeeid", "userid", "number",
    ),
    "reason": (
        "reason", "note", "notes", "memo", "comment", "description", "purpose", "details",
        "name", "employee",
    ),
    "metadata": ("metadata", "meta"),
    "custom_data": ("customdata", "custom"),
    "session_id": ("sessionid", "session"),
    "node_id": ("nodeid", "node"),
}  # fmt: skip
AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,6})?")


def layout_guess(rows: Sequence[Sequence[str]]) -> Layout:
    """Return what the first rows of a file suggest; people look at it before it counts."""
    first = rows[0] if rows else []
    has_header = bool(first) and not any(is_address(cell) for cell in first)
    columns = _by_name(first) if has_header else {}
    for name, looks_so in (("recipient_address", is_address), ("amount_usdt", _is_amount)):
        if name not in columns:
            columns |= _by_cells(name, rows[1:] if has_header else rows, looks_so, columns)
    return Layout(columns, has_header)


def is_address(cell: str) -> bool:
    """Whether a cell is a TRON address with a right checksum."""
    try:
        address_parse(cell.strip())
    except InvalidAddress:
        return False
    return True


def _is_amount(cell: str) -> bool:
    return AMOUNT.fullmatch(cell.strip()) is not None


def _by_name(header: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"[^a-z0-9]", "", cell.lower()) for cell in header]
    found: dict[str, int] = {}
    for column in COLUMNS:
        # The surest name first: of "address" and "account" the former is meant.
        places = [plain.index(name) for name in NAMES[column] if name in plain]
        free = [place for place in places if place not in found.values()]
        if free:
            found[column] = free[0]
    return found


def _by_cells(
    name: str, rows: Sequence[Sequence[str]], looks_so: Any, taken: dict[str, int]
) -> dict[str, int]:
    """Return the first free column of which every cell looks so."""
    width = max(map(len, rows), default=0)
    for place in range(width):
        cells = [row[place] for row in rows if place < len(row) and row[place]]
        if cells and place not in taken.values() and all(map(looks_so, cells)):
            return {name: place}
    return {}
