"""What a check says, and the streaming read that all checks go by."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

# Work that is under way: what is older than this and not done has been forgotten.
GRACE = timedelta(minutes=10)
FETCH = 1000
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong."""

    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.what} → {self.todo}"


@dataclass(frozen=True)
class Scope:
    """What is looked at: payouts and transactions made since then, and what follows from them.

    The books are always added up whole: a sum of some of them proves nothing.
    """

    now: datetime
    since: datetime = BEGINNING

    @property
    def late(self) -> datetime:
        """Return the time before which everything begun should be done."""
        return self.now - GRACE


Check = Callable[[Scope], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """A check in one statement: whatever rows it returns are wrong, their columns fill ``what``.

    ``%(since)s``, ``%(now)s`` and ``%(late)s`` are known to every statement.
    """

    what: str
    todo: str
    sql: str
    given: Callable[[], Mapping[str, Any]] = dict

    def __call__(self, scope: Scope) -> Iterator[Finding]:
        """Yield the findings."""
        known = {"since": scope.since, "now": scope.now, "late": scope.late, **self.given()}
        for row in rows(self.sql, known):
            yield Finding(self.what.format(*row), self.todo)


def rows(sql: str, known: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a statement through a server-side cursor: bounded memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, known)
        while chunk := cursor.fetchmany(FETCH):
            yield from chunk


def payout_sql(column: str) -> str:
    """Return the SQL for a public payout id."""
    return f"'payout_' || replace({column}::text, '-', '')"


def subject_sql(tx: str) -> str:
    """Return the SQL for the public id of what a transaction is for."""
    return (
        f"(CASE {tx}.purpose WHEN 'payout' THEN 'payout_' WHEN 'sweep' THEN 'sweep_'"
        " ELSE 'operation_' END"
        f" || replace({tx}.subject::text, '-', ''))"
    )


# Announcements of what began before may be forgotten (webhooks/services/forget.py).
FORGOTTEN_UNTIL = """
    coalesce((SELECT forgotten_until FROM webhooks_stream WHERE owner_id = 0), '-infinity')"""


def noted_sql(key: str) -> str:
    """Return the SQL for a number in a transaction's noted proof, NULL when it is none."""
    return (
        f"CASE WHEN jsonb_typeof(tx.proof->'{key}') = 'number' "
        f"THEN (tx.proof->>'{key}')::numeric::bigint END"
    )
