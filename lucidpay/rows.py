"""Writing many rows in one statement, at a price that hardly grows with how many they are.

Rows travel as one JSON text, which PostgreSQL reads by the types of the table's own columns
(``json_to_recordset``): a value that does not fit is refused, never cut off. What is the
same in all rows travels once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import simplejson
from django.db import connection
from django.db.models import AutoField, Model

from lucidpay.errors import ensure

Row = dict[str, Any]  # by column


def rows_insert(rows: Sequence[Model]) -> None:
    """Store rows of one model in one statement, as ``bulk_create``; no keys come back."""
    if rows:
        insert(type(rows[0]), [row_of(row) for row in rows])
        are_stored(rows)


def insert(
    model: type[Model],
    rows: Sequence[Row],
    *,
    returning: Sequence[str] = (),
    passes_known: bool = False,
) -> list[tuple[Any, ...]]:
    """Store rows that are told by column, without the price of an object each, in one statement.

    All columns are named but the key that PostgreSQL counts itself, and those that stay NULL: the
    model's defaults are not looked at. Returns these columns of the rows as they stand then.
    ``passes_known`` leaves out, without an error, what a unique constraint says is there already.
    """
    if not rows:
        return []
    given, same = _apart(rows)
    columns = ", ".join([*given[0], *same])
    statement = (
        f"INSERT INTO {model._meta.db_table} ({columns})"  # noqa: S608 (names of our models)
        f" SELECT {', '.join(_places(given[0], same))} FROM {_sources(model, given[0], same)}"
    )
    if passes_known:
        statement += " ON CONFLICT DO NOTHING"
    if returning:
        statement += f" RETURNING {', '.join(returning)}"
    with connection.cursor() as cursor:
        cursor.execute(statement, [rows_json(given), rows_json([same])])
        return cursor.fetchall() if returning else []


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
    fields: list[Any] = [meta.pk, *map(meta.get_field, names)]
    told = [{one.column: getattr(row, one.attname) for one in fields} for row in rows]
    given, same = _apart(told)
    key, *columns = told[0]
    places = dict(zip([*given[0], *same], _places(given[0], same), strict=True))
    sets = ", ".join(f"{column} = {places[column]}" for column in columns)
    statement = (
        f"UPDATE {meta.db_table} AS kept SET {sets}"  # noqa: S608 (names of our models)
        f" FROM {_sources(type(rows[0]), given[0], same)} WHERE kept.{key} = given.{key}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [rows_json(given), rows_json([same])])


def _apart(rows: Sequence[Row]) -> tuple[list[Row], Row]:
    """Return rows without the columns that have the very same object in all, and those columns.

    The first column stays. Equal is not enough: ``True`` equals 1, and 1.0 does.
    """
    first, *_ = columns = list(rows[0])
    ensure(all(row.keys() == rows[0].keys() for row in rows), "rows of one statement differ")
    same = {
        column: value
        for column, value in rows[0].items()
        if column != first and all(row[column] is value for row in rows)
    }
    own = [column for column in columns if column not in same]
    return [{column: row[column] for column in own} for row in rows], same


def _places(given: Iterable[str], same: Iterable[str]) -> list[str]:
    return [*(f"given.{column}" for column in given), *(f"same.{column}" for column in same)]


def _sources(model: type[Model], given: Iterable[str], same: Iterable[str]) -> str:
    """Return the FROM that reads what ``_apart`` has made, by the types of the model's columns."""
    types = _types(model)
    own = ", ".join(f"{column} {types[column]}" for column in given)
    source = f"json_to_recordset(%s::json) AS given({own})"
    shared = ", ".join(f"{column} {types[column]}" for column in same) or "nothing text"
    return f"{source}, json_to_recordset(%s::json) AS same({shared})"


@cache
def _types(model: type[Model]) -> dict[str, str]:
    fields: list[Any] = list(model._meta.concrete_fields)
    return {one.column: one.db_type(connection) for one in fields}


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
