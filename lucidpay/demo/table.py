"""Payouts as a table for a terminal, and as lines for a file."""

from collections.abc import Iterator
from typing import Any

from rich.table import Table
from rich.text import Text

from lucidpay.demo.orders import NAMES, Following

CONFIRMATIONS = 19  # a solid transaction's, in the demo as on mainnet
STYLES = {
    "pending": "yellow",
    "processing": "bold cyan",
    "confirmed": "bold green",
    "failed": "bold red",
    "cancelled": "dim",
}
COLUMNS = (("to", "left"), ("USDT", "right"), ("status", "left"), ("blocks", "right"))
MORE_COLUMNS = (("transaction", "left"), ("fee TRX", "right"), ("made (UTC)", "left"))


def table_of(following: Following) -> Table:
    """Return the newest payouts; those of earlier runs are dim."""
    table = Table(
        box=None,
        padding=(0, 2, 0, 0),
        header_style="dim",
        title=Text(f"Payouts, newest first. {following.elapsed_s:.0f} s", style="bold"),
        title_justify="left",
    )
    for name, justify in (*COLUMNS, *MORE_COLUMNS):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    ours = {row["payout_id"] for row in following.ours}
    for row in following.rows:
        style = "" if row["payout_id"] in ours else "dim"
        table.add_row(*_cells(row), style=style)
    return table


def changes_of(following: Following, shown: dict[str, str]) -> Iterator[str]:
    """Yield a line for each payout whose status is not the one ``shown``, and note it there."""
    for row in reversed(following.rows):
        payout_id, status = row["payout_id"], row["status"]
        if shown.get(payout_id) != status:
            shown[payout_id] = status
            yield _line(row)


def _cells(row: dict[str, Any]) -> list[Text]:
    status, txid = row["status"], row["txid"] or ""
    return [
        Text(_whom(row["recipient_address"])),
        Text(f"{row['amount_usdt']:.2f}"),
        Text(status, style=STYLES[status]),
        Text(_blocks(row)),
        Text(f"{txid[:8]}…{txid[-6:]}" if txid else ""),
        Text(_number(row["fee_trx"])),
        Text(row["created_at"][5:16].replace("T", " ")),
    ]


def _line(row: dict[str, Any]) -> str:
    words = [row["payout_id"], row["status"], f"{row['amount_usdt']} USDT"]
    words.append(f"to {_whom(row['recipient_address'])}")
    words += [f"txid {row['txid']}"] if row["txid"] else []
    words += [f"fee {_number(row['fee_trx'])} TRX"] if row["fee_trx"] is not None else []
    words += [row["error_message"]] if row["error_message"] else []
    return "  ".join(words)


def _whom(address: str) -> str:
    return NAMES.get(address, f"{address[:6]}…{address[-4:]}")


def _blocks(row: dict[str, Any]) -> str:
    found = row["confirmations"]
    return "" if found is None else f"{min(found, CONFIRMATIONS)}/{CONFIRMATIONS}"


def _number(value: Any) -> str:
    return "" if value is None else f"{value:,}"
