"""What became of each row of a payout file, as a file of its own."""

import csv
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from lucidpay.money import tokens_of
from payouts.models import Payout
from payouts.models_batch import Batch

COLUMNS = (
    "row", "payout_id", "status", "txid", "fee_trx", "recipient_address", "amount_usdt",
    "reference_id", "error",
)  # fmt: skip
HEADER_ROWS = 1
CHUNK = 1000
# A spreadsheet takes a cell that begins so for a formula, and runs it.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


def result_path(path: Path) -> Path:
    """Return where the result of a payout file is written: beside it."""
    return path.with_name(f"{path.name}.result.csv")


def result_write(batch: Batch, path: Path) -> int:
    """Write one line a row, as things are now, and return how many; a whole file, or none."""
    rows = batch.payout_set.select_related("transaction").order_by("batch_row")
    count = 0
    # A draft of its own: two that write the same result must not write into one file.
    with TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder:
        draft = Path(folder) / path.name
        with draft.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for payout in rows.iterator(chunk_size=CHUNK):
                writer.writerow([guarded(cell) for cell in _cells(payout)])
                count += 1
        os.replace(draft, path)
    return count


def _cells(payout: Payout) -> list[Any]:
    tx = payout.transaction
    fee_sun = tx.fee_sun if tx else None
    return [
        (payout.batch_row or 0) + HEADER_ROWS + 1,
        payout.public_id,
        payout.status,
        tx.txid if tx else "",
        "" if fee_sun is None else tokens_of(fee_sun),
        payout.recipient_address,
        tokens_of(payout.amount_micro),
        payout.reference_id or "",
        payout.error_message,
    ]


def guarded(cell: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula: text is marked as such."""
    text = str(cell)
    return f"'{text}" if text.startswith(DANGEROUS) else text
