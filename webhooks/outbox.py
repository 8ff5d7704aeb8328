"""Recording events inside the transaction that makes them true."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction

from lucidpay.api.json import dumps
from lucidpay.clock import iso
from lucidpay.errors import ensure
from lucidpay.ids import new_id
from lucidpay.rows import Row, insert
from webhooks.models import Event


class Fact(NamedTuple):
    """What an event tells of, whose that is, and what is told.

    ``data`` is what ``dumps`` writes, or is written already. What is nobody's own is heard by
    those who see everybody's.
    """

    subject: UUID
    owner_id: int | None
    data: Any


def record(kind: str, facts: Iterable[Fact], *, at: datetime) -> None:
    """Record one event of this kind for each fact, with its body frozen now."""
    ensure(transaction.get_connection().in_atomic_block, "event outside a transaction")
    insert(Event, events_of(kind, facts, at=at))


def events_of(kind: str, facts: Iterable[Fact], *, at: datetime) -> list[Row]:
    """Return one event of this kind for each fact, as a row that is not stored yet."""
    timestamp = iso(at)
    return [
        {
            "id": new_id(),
            "type": kind,
            "subject": fact.subject,
            "owner_id": fact.owner_id,
            "body": dumps({"type": kind, "timestamp": timestamp, "data": fact.data}),
            "created_at": at,
        }
        for fact in facts
    ]
