"""Recording events inside the transaction that makes them true."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from lucidpay.api.json import dumps
from lucidpay.clock import iso
from lucidpay.errors import ensure
from lucidpay.ids import new_id
from lucidpay.rows import Row, insert
from webhooks.models import Event


def record(kind: str, subjects: Iterable[tuple[UUID, Any]], *, at: datetime) -> None:
    """Record one event of this kind for each (subject, data), with its body frozen now."""
    ensure(transaction.get_connection().in_atomic_block, "event outside a transaction")
    insert(Event, events_of(kind, subjects, at=at))


def events_of(kind: str, subjects: Iterable[tuple[UUID, Any]], *, at: datetime) -> list[Row]:
    """Return one event of this kind for each (subject, data), as a row that is not stored yet.

    ``data`` is what ``dumps`` writes, or is written already.
    """
    timestamp = iso(at)
    return [
        {
            "id": new_id(),
            "type": kind,
            "subject": subject,
            "body": dumps({"type": kind, "timestamp": timestamp, "data": data}),
            "created_at": at,
        }
        for subject, data in subjects
    ]
