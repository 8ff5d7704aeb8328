"""Whether a later version has migrated the database: then workers of this one do nothing.

What a later version has signed an earlier one does not know, and would take for something that
went wrong (docs/adr/0013-older-workers-do-nothing.md).
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader

# Whose migrations count. What libraries keep, the signing does not go by.
APPS = ("access", "gateway", "lucidpay", "payouts", "staking", "tron", "wallets", "webhooks")
_looked_at: list[int] = []  # the newest row of django_migrations when all of them were known


class DatabaseIsNewer(RuntimeError):
    """A later version has migrated this database: stop this worker, start one of that version."""


def refuse_newer() -> None:
    """Raise ``DatabaseIsNewer`` when the database has a migration that this version has not.

    While nothing has changed it is one look at the end of a small table.
    """
    newest = _rows("SELECT coalesce(max(id), 0) FROM django_migrations")[0][0]
    if _looked_at == [newest]:
        return
    applied = _rows("SELECT app, name FROM django_migrations")
    unknown = {(app, name) for app, name in applied if app in APPS} - known()
    if unknown:
        names = ", ".join(".".join(one) for one in sorted(unknown))
        raise DatabaseIsNewer(f"{DatabaseIsNewer.__doc__} It has applied {names}.")
    _looked_at[:] = [newest]


@cache
def known() -> frozenset[tuple[str, str]]:
    """Return the migrations of this version, and those which these have replaced."""
    found = MigrationLoader(None).disk_migrations
    mine = {key: one for key, one in found.items() if key[0] in APPS}
    replaced = {(app, name) for one in mine.values() for app, name in one.replaces}
    return frozenset(mine) | replaced


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
