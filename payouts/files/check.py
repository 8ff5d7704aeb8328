"""Checking every row of a payout file before anything is written."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.conf import settings
from rest_framework.serializers import ValidationError

from access.caller import Caller
from lucidpay.api.errors import flat_details
from lucidpay.api.json import loads
from lucidpay.errors import LucidError
from lucidpay.money import UNITS_PER_TOKEN, tokens_of
from payouts.api.batch_serializers import BatchItemIn
from payouts.files.claim import FileClaim
from payouts.files.errors import FileRefused
from payouts.files.read import Row, rows_of
from payouts.files.snapshot import Snapshot
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.draft import Order
from payouts.services.request_many import earlier_of

CHUNK = 500  # rows asked for or written in one go
JSON_COLUMNS = ("metadata", "custom_data")


@dataclass
class Report:
    """What was found in a file. Amounts are micro-USDT."""

    rows: int = 0
    total_micro: int = 0
    wrong: list[str] = field(default_factory=list)  # "row 7: amount_usdt: what is wrong"
    recipients: int = 0
    repeated: int = 0  # rows that pay somebody the same amount as a row before
    refusal: LucidError | None = None  # the limits do not take the file as a whole
    drafts: list[Payout] = field(default_factory=list)  # the first rows, as they would be stored

    def refuse(self, row: int, found: dict[str, list[str]]) -> None:
        """Note what is wrong with a row."""
        for name, texts in found.items():
            self.wrong += [f"row {row}: {name}: {text}" for text in texts]


def orders_of_file(snapshot: Snapshot) -> Iterator[tuple[Row, Order | None, dict[str, list[str]]]]:
    """Yield each row with its validated order, or with ``None`` and what is wrong by column."""
    serializer = BatchItemIn()
    for row in rows_of(snapshot):
        try:
            yield row, serializer.run_validation(_given(row)), {}
        except ValidationError as error:
            yield row, None, {**flat_details(error.detail), **row.unreadable}


def _given(row: Row) -> dict[str, Any]:
    if row.unreadable:
        raise ValidationError(row.unreadable)
    given: dict[str, Any] = dict(row.cells)
    for name in JSON_COLUMNS:
        if name in given:
            try:
                given[name] = loads(given[name])
            except ValueError as error:
                raise ValidationError({name: [f"Not valid JSON: {error}."]}) from error
    return given


def file_check(
    snapshot: Snapshot,
    *,
    caller: Caller,
    batch: Batch | None,
    router_type: str | None,
    now: datetime,
    tick: Callable[[int], None],
) -> Report:
    """Check all rows, and return what was found; ``tick`` hears how many rows are done.

    ``batch`` is what an earlier, unfinished import of this file has made: its own references are
    not in its way, and its rows have their part of the limits. ``router_type`` is the one asked
    for, if any. Raises ``FileRefused`` for a file without rows, or with too many, and
    ``InsufficientBalance`` when no wallet is ready.
    """
    report, places = Report(), dict[str, int]()
    stored = batch.rows_stored if batch else 0
    claim = FileClaim(caller, router_type=router_type, rows_stored=stored, now=now)
    paid: Counter[tuple[str, int]] = Counter()
    rows = orders_of_file(snapshot)
    while chunk := list(islice(rows, CHUNK)):
        good = []
        for row, order, wrong in chunk:
            report.rows += 1
            if report.rows > settings.IMPORT_ROWS_MAX:
                raise FileRefused(f"It has more than {settings.IMPORT_ROWS_MAX} rows.")
            if order is None:
                report.refuse(row.number, wrong)
                continue
            _count(report, row, order, places)
            paid[(order["recipient_address"], order["amount_usdt"])] += 1
            good.append((row, order))
        _refuse_taken(report, good, caller, batch)
        for number, wrong in claim.add(good).items():
            report.refuse(number, wrong)
        tick(report.rows)
    if not report.rows:
        raise FileRefused("It has no rows below its header.")
    report.recipients = len({recipient for recipient, _ in paid})
    report.repeated = paid.total() - len(paid)
    _refuse_too_much(report)
    report.refusal, report.drafts = claim.refusal(), claim.drafts
    return report


def _count(report: Report, row: Row, order: Order, places: dict[str, int]) -> None:
    report.total_micro += order["amount_usdt"]
    reference = order.get("reference_id")
    if reference is not None and places.setdefault(reference, row.number) != row.number:
        text = f"Stands in row {places[reference]} as well."
        report.refuse(row.number, {"reference_id": [text]})


def _refuse_taken(
    report: Report, good: list[tuple[Row, Order]], caller: Caller, batch: Batch | None
) -> None:
    numbers = {order.get("reference_id"): row.number for row, order in good}
    for earlier in earlier_of(caller, [order for _, order in good]):
        if batch is None or earlier.batch_id != batch.pk:
            text = f"Belongs to {earlier.public_id}, which is {earlier.status}."
            report.refuse(numbers[earlier.reference_id], {"reference_id": [text]})


def _refuse_too_much(report: Report) -> None:
    limit = settings.IMPORT_AMOUNT_MAX_USDT
    if report.total_micro > limit * UNITS_PER_TOKEN:
        asked = tokens_of(report.total_micro)
        report.wrong.append(f"all rows: {asked} USDT is more than IMPORT_AMOUNT_MAX_USDT, {limit}")
