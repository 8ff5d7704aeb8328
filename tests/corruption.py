"""Writing what the database's guards refuse, inside a test's transaction, which is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.db.models import Model


@contextmanager
def guards_off(*models: type[Model]) -> Iterator[None]:
    """Switch the triggers of these tables off; they are on again, and as they were, afterwards."""
    tables = [model._meta.db_table for model in models]
    with connection.cursor() as cursor:
        # A table with checks still to come cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def constraint_dropped(model: type[Model], name: str) -> None:
    """Drop a constraint, or the unique index that stands for it, until the rollback."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT count(*) FROM pg_constraint WHERE conname = %s", [name])
        if cursor.fetchone()[0]:
            cursor.execute(f"ALTER TABLE {model._meta.db_table} DROP CONSTRAINT {name}")
        else:
            cursor.execute(f"DROP INDEX {name}")
