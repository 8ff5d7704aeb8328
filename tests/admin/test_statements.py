"""No page of the console asks the database more often because there is more to show."""

from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg import sql

from access.models import User
from tests.admin.conftest import Enter
from tests.admin.every_page import Page, Rows, every_page

FEW, MANY = 10, 10_000
# As many as there are kinds of them.
FIXED = ("payouts_router", "payouts_reviewrule", "django_celery_beat_periodictask")


@pytest.fixture
def rows(payee_owner: User) -> Rows:
    return Rows(payee_owner)


def unguarded() -> None:
    """Let rows be copied as they are; the end of the test takes all of it back."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)"
            "  FROM pg_constraint WHERE contype IN ('u', 'c')"
            "   AND connamespace = 'public'::regnamespace"
            " UNION ALL"
            " SELECT format('DROP INDEX %s', indexrelid::regclass) FROM pg_index"
            "  WHERE indisunique AND NOT indisprimary AND indrelid IN"
            "        (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)"
            "    AND indexrelid NOT IN (SELECT conindid FROM pg_constraint)"
            " UNION ALL"
            " SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', oid::regclass) FROM pg_class"
            "  WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        for (statement,) in cursor.fetchall():
            cursor.execute(statement)


def multiply(row: models.Model, count: int) -> None:
    """Store a row as often as asked, under keys of their own."""
    meta = row._meta
    key = meta.pk
    assert key is not None
    columns = [one.column for one in meta.concrete_fields if one is not key]
    fresh: Any = sql.SQL("gen_random_uuid()")
    if isinstance(key, models.IntegerField):
        fresh = sql.SQL("(SELECT max({0}) FROM {1}) + n").format(
            sql.Identifier(key.column), sql.Identifier(meta.db_table)
        )
    elif isinstance(key, models.CharField):
        fresh = sql.SQL("left(md5(random()::text || n), {})").format(key.max_length)
    copy = sql.SQL(
        "INSERT INTO {table} ({key}, {columns}) SELECT {fresh}, {columns}"
        "  FROM {table}, generate_series(1, %s) AS n WHERE {key} = %s"
    ).format(
        table=sql.Identifier(meta.db_table),
        key=sql.Identifier(key.column),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        fresh=fresh,
    )
    with connection.cursor() as cursor:
        cursor.execute(copy, [count, row.pk])


def counted(client: Client, rows: Rows) -> dict[str, int]:
    """Return how many statements each page takes."""
    pages = filter(reads, every_page())
    return {page.name: _statements(client, rows.address(page)) for page in pages}


def reads(page: Page) -> bool:
    """Whether it is a page to look at: another one acts, or leads elsewhere."""
    return page.parts[1] in ("changelist", "change", "", "index", "audit", "advice", "front-live")


def _statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200, address
    return len(captured)


def test_ten_thousand_rows_take_as_many_statements_as_ten(enter: Enter, rows: Rows) -> None:
    client = enter("admin")
    rows.upload_of(client)
    unguarded()
    labels = {page.parts[0] for page in every_page()} & rows.labels() - set(FIXED)
    assert len(labels) > 35
    for label in labels:
        multiply(rows.of(label), FEW)
    client.get("/admin/")  # what is read once for all pages
    few = counted(client, rows)
    for label in labels:
        multiply(rows.of(label), MANY)
    many = counted(client, rows)
    # One more counts what is there, where only the newest are shown.
    grown = {name: (few[name], many[name]) for name in few if many[name] > few[name] + 1}
    assert grown == {}
