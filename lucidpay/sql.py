"""Statements of the hottest paths: written by hand, one message each, planned once a connection.

Django puts values into the text of its statements, so PostgreSQL plans each of them anew
(``docs/adr/0002-client-side-binding.md``). Here PostgreSQL binds the values, so every one of them
must have its type beside it: ``%(amount_micro)s::bigint``.
"""

import re
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections, transaction

Facts = dict[str, Any]
_NAMED = re.compile(r"%\((\w+)\)s")


def ask(query: str, facts: Facts, *, keeps_plan: bool = True) -> list[tuple[Any, ...]]:
    """Run one prepared statement and return its rows; raise what Django's cursors raise.

    Outside a transaction it is one of its own, and the whole exchange is one message each way.
    Without ``keeps_plan`` it is planned each time: for hundreds of rows that costs nothing beside
    them, and a plan from when a table was empty would read all of it.
    """
    # Looked up once: each look at `connection` asks which thread this is.
    here = connections[DEFAULT_DB_ALIAS]
    # As Django's own cursors begin.
    here.close_if_health_check_failed()
    here.ensure_connection()
    here.validate_no_broken_transaction()
    if here.queries_logged:
        text = psycopg.ClientCursor(here.connection).mogrify(query, facts)
        here.queries_log.append({"sql": text, "time": ""})
    text, names = _numbered(query)
    with here.wrap_database_errors, psycopg.RawCursor(here.connection) as cursor:
        return cursor.execute(text, [facts[name] for name in names], prepare=keeps_plan).fetchall()


@cache
def _numbered(query: str) -> tuple[str, list[str]]:
    """Return a statement with PostgreSQL's own places for values (``$1``), and their names.

    psycopg would look for the places at every call, and remembers them of short statements only.
    """
    names = list(dict.fromkeys(_NAMED.findall(query)))
    return _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", query), names


def as_rows(told: list[dict[str, Any]] | None) -> list[list[Any]]:
    """Return what ``json_agg`` tells as a cursor would: rows, in the order of their columns."""
    return [list(row.values()) for row in told or []]


def undone_alone() -> AbstractContextManager[Any]:
    """Give a block whose one statement, when it is refused, leaves a transaction around it whole.

    Outside of one there is nothing to do: a statement that is refused undoes itself.
    """
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def constraint_of(error: DatabaseError) -> str | None:
    """Return the name of the constraint that refused, if one did."""
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def fold(statement: str, *, lock: int, chunk: int) -> int:
    """Run a statement that adds up the oldest ``chunk`` changes, and return how many it tells.

    Under an advisory lock of this number: 0 while another worker is at it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(statement, [chunk])
        return int(cursor.fetchone()[0])
