"""One payment as a row of a report, and what it is called there."""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from gateway.models import Payment
from gateway.states import PaymentStatus
from lucidpay.clock import iso
from lucidpay.ids import public_id
from lucidpay.money import tokens_of

FETCH = 2_000  # rows a round trip; memory is bounded by it
# A spreadsheet takes a text that begins so for something to be reckoned, or run. The full-width
# forms are taken for the same by some.
FORMULA = re.compile("[\\s\u200b\ufeff]*[=+\\-@\\t\\r\\n＝＋－＠]")


class Row(NamedTuple):
    """One payment; amounts in base units (micro-USDT; of ``received`` its own currency's)."""

    payment_id: str
    created_at: datetime
    completed_at: datetime | None
    status: str
    method: str
    payer: str
    payee: str
    amount_micro: int
    fee_micro: int
    net_micro: int
    received_units: int
    received_currency: str
    refunded_micro: int
    reference_id: str
    description: str
    transaction_id: str

    @property
    def is_paid(self) -> bool:
        """Whether the payee was paid, whatever came after."""
        return self.status == PaymentStatus.COMPLETED or self.completed_at is not None

    @property
    def has_failed(self) -> bool:
        """Whether it failed or was cancelled."""
        return self.status in (PaymentStatus.FAILED, PaymentStatus.CANCELLED)

    def told(self) -> dict[str, Any]:
        """Return it by ``COLUMNS``: times as text, amounts as exact decimals, ``None`` for none."""
        values: Iterable[Any] = (
            self.payment_id, iso(self.created_at),
            iso(self.completed_at) if self.completed_at else None, self.status, self.method,
            self.payer, self.payee, tokens_of(self.amount_micro), tokens_of(self.fee_micro),
            tokens_of(self.net_micro), tokens_of(self.received_units), self.received_currency,
            tokens_of(self.refunded_micro), self.reference_id or None, self.description or None,
            self.transaction_id or None,
        )  # fmt: skip
        return dict(zip(COLUMNS, values, strict=True))


COLUMNS = (
    "payment_id", "created_at", "completed_at", "status", "method", "payer", "payee", "amount",
    "fee", "net", "received", "received_currency", "refunded", "reference_id", "description",
    "transaction_id",
)  # fmt: skip
_FIELDS = (
    "pk", "created_at", "completed_at", "status", "method", "payer_address", "payee_address",
    "amount_micro", "fee_micro", "net_micro", "received_units", "pay_currency", "refunded_micro",
    "reference_id", "description", "txid",
)  # fmt: skip


def rows_from(payments: QuerySet[Payment]) -> Iterator[Row]:
    """Yield payments (``with_transaction``) as rows, the oldest first, of one moment.

    One statement through a cursor of the server's; so in a transaction only.
    """
    told = payments.order_by("pk").values_list(*_FIELDS)
    for key, created_at, completed_at, *rest in told.iterator(chunk_size=FETCH):
        times = (created_at.astimezone(UTC), completed_at and completed_at.astimezone(UTC))
        facts: list[Any] = ["" if value is None else value for value in rest]
        yield Row(public_id("pay", key), *times, *facts)


def csv_header() -> bytes:
    """Return the line of the names."""
    return _line(COLUMNS)


def csv_line(row: Row) -> bytes:
    """Return a row as one line of CSV (RFC 4180, UTF-8); no cell of it is a formula."""
    return _line(map(_cell, row.told().values()))


def as_text(text: str) -> str:
    """Return a text as a cell that no spreadsheet reckons: what looks like a formula is quoted."""
    return f"'{text}" if FORMULA.match(text) else text


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return as_text(value) if isinstance(value, str) else f"{value:f}"


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
