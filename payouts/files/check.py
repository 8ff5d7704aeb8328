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
from payouts.files.read import Layout, Row, rows_of
from payouts.files.snapshot import Snapshot
from payouts.models import Payout
from payouts.models_batch import Batch
from payouts.services.draft import Order
from payouts.services.request_many import earlier_of

CHUNK = 500  # rows asked for or written in one go
VALUE_MAX = 60  # signs of a cell that are told beside what is wrong with it
JSON_COLUMNS = ("metadata", "custom_data")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a row, by column; ``value`` is the beginning of what stands there."""

    row: int
    column: str
    text: str
    value: str = ""

    def __str__(self) -> str:
        return f"row {self.row}: {self.column}: {self.text}"


@dataclass
class Report:
    """What was found in a file. Amounts are micro-USDT, of the rows that nothing is wrong with."""

    rows: int = 0
    right: int = 0
    total_micro: int = 0
    faults: list[Fault] = field(default_factory=list)
    too_much: str = ""  # all rows together are more than a file may pay
    recipients: int = 0
    repeated: int = 0  # rows that pay somebody the same amount as a row before
    refusal: LucidError | None = None  # the limits do not take the file as a whole
    drafts: list[Payout] = field(default_factory=list)  # the first rows, as they would be stored

    @property
    def wrong(self) -> list[str]:
        """Return all that is wrong, a line each: ``row 7: amount_usdt: what is wrong``."""
        return [*map(str, self.faults), *filter(None, [self.too_much])]

    def refuse(self, row: Row, found: dict[str, list[str]]) -> None:
        """Note what is wrong with a row."""
        for name, texts in found.items():
            value = row.cells.get(name, "")[:VALUE_MAX]
            self.faults += [Fault(row.number, name, text, value) for text in texts]


def orders_of_file(
    snapshot: Snapshot, layout: Layout | None = None
) -> Iterator[tuple[Row, Order | None, dict[str, list[str]]]]:
    """Yield each row with its validated order, or with ``None`` and what is wrong by column."""
    serializer = BatchItemIn()
    for row in rows_of(snapshot, layout):
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
    layout: Layout | None = None,
    look: Callable[[dict[int, Payout]], None] = lambda _: None,
) -> Report:
    """Check all rows, and return what was found; ``tick`` hears how many rows are done.

    ``batch`` is what an earlier, unfinished import of this file has made: its own references are
    not in its way, and its rows have their part of the limits. ``router_type`` is the one asked
    for, if any. ``look`` sees, chunk by chunk, the rows that nothing is wrong with, by number and
    as they would be stored. Raises ``FileRefused`` for a file without rows, or with too many, and
    ``InsufficientBalance`` when no wallet is ready.
    """
    report, places = Report(), dict[str, int]()
    stored = batch.rows_stored if batch else 0
    claim = FileClaim(caller, router_type=router_type, rows_stored=stored, now=now)
    paid: Counter[tuple[str, int]] = Counter()
    rows = orders_of_file(snapshot, layout)
    while chunk := list(islice(rows, CHUNK)):
        report.rows += len(chunk)
        if report.rows > settings.IMPORT_ROWS_MAX:
            raise FileRefused(f"It has more than {settings.IMPORT_ROWS_MAX} rows.")
        good = _refuse_taken(report, _read(report, chunk, places), caller, batch)
        wrong, drafts = claim.add(good)
        for row, order in good:
            if row.number in wrong:
                report.refuse(row, wrong[row.number])
                continue
            report.right += 1
            report.total_micro += order["amount_usdt"]
            paid[(order["recipient_address"], order["amount_usdt"])] += 1
        look(drafts)
        tick(report.rows)
    if not report.rows:
        raise FileRefused("It has no rows below its header.")
    report.recipients = len({recipient for recipient, _ in paid})
    report.repeated = paid.total() - len(paid)
    _refuse_too_much(report)
    report.refusal, report.drafts = claim.refusal(), claim.drafts
    return report


def _read(
    report: Report,
    chunk: list[tuple[Row, Order | None, dict[str, list[str]]]],
    places: dict[str, int],
) -> list[tuple[Row, Order]]:
    """Return the rows that are right by themselves, and have a reference that no other has."""
    good = []
    for row, order, wrong in chunk:
        reference = order.get("reference_id") if order else None
        if order is None:
            report.refuse(row, wrong)
        elif reference is not None and places.setdefault(reference, row.number) != row.number:
            text = f"Stands in row {places[reference]} as well."
            report.refuse(row, {"reference_id": [text]})
        else:
            good.append((row, order))
    return good


def _refuse_taken(
    report: Report, good: list[tuple[Row, Order]], caller: Caller, batch: Batch | None
) -> list[tuple[Row, Order]]:
    """Return the rows whose reference belongs to no earlier payout."""
    taken = {
        str(earlier.reference_id): f"Belongs to {earlier.public_id}, which is {earlier.status}."
        for earlier in earlier_of(caller, [order for _, order in good])
        if batch is None or earlier.batch_id != batch.pk
    }
    free = []
    for row, order in good:
        if text := taken.get(order.get("reference_id") or ""):
            report.refuse(row, {"reference_id": [text]})
        else:
            free.append((row, order))
    return free


def _refuse_too_much(report: Report) -> None:
    limit = settings.IMPORT_AMOUNT_MAX_USDT
    if report.total_micro > limit * UNITS_PER_TOKEN:
        asked = tokens_of(report.total_micro)
        report.too_much = f"all rows: {asked} USDT is more than IMPORT_AMOUNT_MAX_USDT, {limit}"
