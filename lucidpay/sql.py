"""Statements of the hottest paths: written by hand, planned once a connection, one message each.

Django puts values into the text of its statements, so PostgreSQL plans each of them anew
(``docs/adr/0002-client-side-binding.md``). Here PostgreSQL binds the values, so every one of them
must have its type beside it: ``%(amount_micro)s::bigint``.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
import simplejson
from django.db import DatabaseError, connection, models, transaction

Facts = dict[str, Any]


def ask(query: str, facts: Facts) -> list[tuple[Any, ...]]:
    """Run one prepared statement and return its rows; raise what Django's cursors raise.

    Outside a transaction it is one of its own, and the whole exchange is one message each way.
    """
    # As Django's own cursors begin.
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    if connection.queries_logged:
        text = psycopg.ClientCursor(connection.connection).mogrify(query, facts)
        connection.queries_log.append({"sql": text, "time": ""})
    with (
        connection.wrap_database_errors,
        psycopg.Cursor(connection.connection) as cursor,
    ):
        return cursor.execute(query, facts, prepare=True).fetchall()


def undone_alone() -> AbstractContextManager[Any]:
    """Give a block whose one statement, when it is refused, leaves a transaction around it whole.

    Outside of one there is nothing to do: a statement that is refused undoes itself.
    """
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def constraint_of(error: DatabaseError) -> str | None:
    """Return the name of the constraint that refused, if one did."""
    cause = error.__cause__
    return cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None


def rows_json(rows: Iterable[models.Model]) -> str:
    """Return rows as PostgreSQL's ``json_populate_recordset`` reads them, every number exact."""
    texts = [
        {field.column: getattr(row, field.attname) for field in stored_fields(type(row))}
        for row in rows
    ]
    return simplejson.dumps(texts, use_decimal=True, allow_nan=False, default=_text)


@cache
def insert_sql(model: type[models.Model], rows: str, rest: str = "") -> str:
    """Return an INSERT of the rows in the value ``rows``; ``rest`` goes on after its FROM.

    Keys that PostgreSQL counts itself are left to it.
    """
    table = model._meta.db_table
    columns = ", ".join(f"{field.column}" for field in stored_fields(model))
    chosen = ", ".join(f"given.{field.column}" for field in stored_fields(model))
    return (
        f"INSERT INTO {table} ({columns}) SELECT {chosen}"  # noqa: S608 (names of our models)
        f" FROM json_populate_recordset(NULL::{table}, %({rows})s::json) AS given {rest}"
    )


@cache
def stored_fields(model: type[models.Model]) -> list[Any]:
    """Return the fields of a model that an INSERT names."""
    return [one for one in model._meta.concrete_fields if not isinstance(one, models.AutoField)]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of a column")
