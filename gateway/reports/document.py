"""All that a report's file tells, read in one moment and put aside on disk.

The rows are read by one statement, so they are of one moment, and the sums are made of the very
same rows: whatever moves meanwhile, a file agrees with itself. Memory stays small, however many
rows there are, and the database is not kept waiting while a file is drawn.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.conf import settings
from django.db import transaction

from gateway.reports.rows import FETCH, Row, csv_line, rows_from
from gateway.reports.selection import Selection, with_transaction
from gateway.reports.tally import Tally
from lucidpay.clock import iso

KEPT_IN_MEMORY_BYTES = 1_048_576
Progress = Callable[[int], None]  # told how many rows are done


class TooManyRows(Exception):
    """There are more payments than a report may have by now."""


@dataclass(frozen=True)
class Document:
    """What is written into a file. ``rows`` can be gone through again and again."""

    report_id: str  # empty for one that no call has asked for
    selection: Selection
    whose: str
    organisation: str
    network: str
    generated_at: datetime
    tally: Tally
    row_count: int
    rows_sha256: str  # of the rows as lines of CSV, without the header
    spool: IO[bytes]

    def rows(self) -> Iterator[Row]:
        """Yield the rows, the oldest first."""
        self.spool.seek(0)
        for line in self.spool:
            key, created_at, completed_at, *rest = json.loads(line)
            ended = datetime.fromisoformat(completed_at) if completed_at else None
            yield Row(key, datetime.fromisoformat(created_at), ended, *rest)

    @property
    def title(self) -> str:
        """Return what stands at the top."""
        return "Payments report"

    @property
    def period(self) -> str:
        """Return the period, in words."""
        start, end = self.selection.start, self.selection.end
        return f"{start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC (not included)"

    @property
    def filters(self) -> str:
        """Return what else was chosen, in words."""
        if self.selection.status:
            return f"only {self.selection.status}"
        listed = "listed" if self.selection.include_failed else "counted, not listed"
        return f"every status; failed and cancelled ones are {listed}"


@contextmanager
def document_of(
    selection: Selection,
    *,
    report_id: str,
    whose: str,
    now: datetime,
    rows_max: int,
    goes_on: Callable[[], None] = lambda: None,
) -> Iterator[Document]:
    """Read a report's payments and give what its file is made of; clear it away afterwards.

    ``goes_on`` is called at times while rows are read, in the transaction that reads them, and may
    raise. Raises ``TooManyRows``.
    """
    tally, digest, number = Tally(selection.start, selection.end), hashlib.sha256(), 0
    with tempfile.SpooledTemporaryFile(max_size=KEPT_IN_MEMORY_BYTES) as spool:
        with transaction.atomic():
            goes_on()
            for row in rows_from(with_transaction(selection.counted())):
                tally.add(row)
                if tally.whole.payments % FETCH == 0:
                    goes_on()
                if not selection.has_row(row.status):
                    continue
                number += 1
                if number > rows_max:
                    raise TooManyRows(f"More than {rows_max} payments; choose a shorter period.")
                digest.update(csv_line(row))
                spool.write(_spooled(row))
        yield Document(
            report_id=report_id,
            selection=selection,
            whose=whose,
            organisation=settings.ORGANISATION,
            network=settings.TRON_NETWORK,
            generated_at=now,
            tally=tally,
            row_count=number,
            rows_sha256=digest.hexdigest(),
            spool=spool,
        )


def _spooled(row: Row) -> bytes:
    key, created_at, completed_at, *rest = row
    ended = iso(completed_at) if completed_at else None
    return json.dumps([key, iso(created_at), ended, *rest]).encode() + b"\n"
