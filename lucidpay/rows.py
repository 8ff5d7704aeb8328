"""Writing many rows at once."""

from collections.abc import Sequence

from django.db import connection
from django.db.models import Field, Model


def rows_update(rows: Sequence[Model], fields: Sequence[str]) -> None:
    """Write these fields of stored rows of one model, each row its own values, in one statement.

    As ``bulk_update``, but every column travels as one array: that one makes a branch of each row
    and field, and costs ten times as much. Not for columns that are arrays themselves.
    """
    if not rows:
        return
    model = rows[0]._meta
    columns: list[Field] = [model.pk, *(model.get_field(name) for name in fields)]
    arrays = [
        [column.get_db_prep_save(getattr(row, column.attname), connection) for row in rows]
        for column in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(_statement(model.db_table, columns), arrays)


def _statement(table: str, columns: list[Field]) -> str:
    names = [connection.ops.quote_name(str(column.column)) for column in columns]
    changes = ", ".join(f"{name} = given.{name}" for name in names[1:])
    # Without its length: a cast to varchar(n) would cut a value off, where a column refuses it.
    types = [str(column.db_type(connection)).partition("(")[0] for column in columns]
    arrays = ", ".join(f"%s::{one}[]" for one in types)
    given, key = ", ".join(names), names[0]
    return (
        f"UPDATE {connection.ops.quote_name(table)} AS kept SET {changes} "  # noqa: S608 (names)
        f"FROM unnest({arrays}) AS given ({given}) WHERE kept.{key} = given.{key}"
    )
