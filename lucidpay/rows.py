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

Row = dict[str, Any]  # by column


def rows_insert(rows: Sequence[Model]) -> None:
    """Store rows of one model in one statement, as ``bulk_create``; no keys come back."""
    if rows:
        insert(type(rows[0]), [row_of(row) for row in rows])
        are_stored(rows)


def insert(model: type[Model], rows: Sequence[Row]) -> None:
    """Store rows that are told by column, without the price of an object each, in one statement.

    All columns are named but the key that PostgreSQL counts itself: the model's defaults are not
    looked at.
    """
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(insert_sql(model, "rows"), {"rows": rows_json(rows)})


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
        told = [
            {one.column: getattr(row, one.attname) for one in (meta.pk, *fields)} for row in rows
        ]
        cursor.execute(statement, [rows_json(told)])


def row_of(row: Model) -> Row:
    """Return a row by column, without a key that PostgreSQL counts."""
    return {field.column: getattr(row, field.attname) for field in stored_fields(type(row))}


def rows_json(rows: Sequence[Row]) -> str:
    """Return rows as ``json_populate_recordset`` reads them, every number exact."""
    return _ENCODER.encode(rows)


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


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is no value of a column")


_ENCODER = simplejson.JSONEncoder(use_decimal=True, allow_nan=False, default=_text)
