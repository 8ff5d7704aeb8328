"""Writing many rows in one statement, at a price that hardly grows with how many they are.

Rows travel as one JSON text, which PostgreSQL reads by the types of the table's own columns
(``json_populate_recordset``): a value that does not fit is refused, never cut off.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import simplejson
from django.db import connection
from django.db.models import AutoField, Model


def rows_insert(rows: Sequence[Model]) -> None:
    """Store rows of one model in one statement, as ``bulk_create``; no keys come back."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(insert_sql(type(rows[0]), "rows"), {"rows": rows_json(rows)})
        are_stored(rows)


def are_stored(rows: Iterable[Model]) -> None:
    """Let rows know that they are in the database, so that ``save`` changes them."""
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def rows_update(rows: Sequence[Model], names: Sequence[str]) -> None:
    """Write these fields of rows of one model, found by their primary keys, in one statement.

    As ``bulk_update``, which makes an expression of each value: for hundreds of rows that takes
    longer than all the rest of a transaction.
    """
    if not rows:
        return
    meta = type(rows[0])._meta
    fields: list[Any] = [meta.get_field(name) for name in names]
    sets = ", ".join(f"{one.column} = given.{one.column}" for one in fields)
    table, key = meta.db_table, meta.pk.column
    statement = (
        f"UPDATE {table} AS kept SET {sets}"  # noqa: S608 (names of our models)
        f" FROM json_populate_recordset(NULL::{table}, %s::json) AS given"
        f" WHERE kept.{key} = given.{key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_json(rows, [meta.pk, *fields])])


def rows_json(rows: Iterable[Model]) -> str:
    """Return rows as ``json_populate_recordset`` reads them, every number exact."""
    rows = list(rows)
    return _json(rows, stored_fields(type(rows[0]))) if rows else "[]"


@cache
def insert_sql(model: type[Model], rows: str, rest: str = "") -> str:
    """Return an INSERT of the rows in the value ``rows``; ``rest`` goes on after its FROM.

    Keys that PostgreSQL counts itself are left to it.
    """
    table = model._meta.db_table
    columns = ", ".join(field.column for field in stored_fields(model))
    chosen = ", ".join(f"given.{field.column}" for field in stored_fields(model))
    return (
        f"INSERT INTO {table} ({columns}) SELECT {chosen}"  # noqa: S608 (names of our models)
        f" FROM json_populate_recordset(NULL::{table}, %({rows})s::json) AS given {rest}"
    )


@cache
def stored_fields(model: type[Model]) -> list[Any]:
    """Return the fields of a model that an INSERT names."""
    return [one for one in model._meta.concrete_fields if not isinstance(one, AutoField)]


def _json(rows: Sequence[Model], fields: Sequence[Any]) -> str:
    told = [{one.column: getattr(row, one.attname) for one in fields} for row in rows]
    return simplejson.dumps(told, use_decimal=True, allow_nan=False, default=_text)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of a column")
