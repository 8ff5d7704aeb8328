"""A migrated database that each process's test database is copied from.

Applying all migrations takes longer than most test files, and every process of a run would do
it. Loaded before Django is set up.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from lucidpay.embedded.locks import lock_wait

ROOT = Path(__file__).resolve().parent.parent
PREFIX, MAKING = "lucidpay_template_", "lucidpay_template_making"
WAIT_S = 300


def template_ready(url: str, directory: Path, *, copied: bool = False) -> str:
    """Return the name of a database with every migration applied, on the server at ``url``.

    It is named after what makes it, so whoever changes a migration gets another one; those of
    earlier migrations are dropped. ``directory`` holds the lock of who makes it. ``copied``: the
    database at ``url`` has them applied already.
    """
    name = PREFIX + migrations_hash()
    lock = lock_wait(directory / "template", fcntl.LOCK_EX, WAIT_S)
    try:
        with psycopg.connect(_dsn(url), autocommit=True) as connection:
            query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            there = [row[0] for row in connection.execute(query, [PREFIX])]
            if name not in there:
                for old in there:
                    _execute(connection, "DROP DATABASE {}", old)
                _make(connection, url, name, copied=copied)
    finally:
        os.close(lock)
    return name


def _make(connection: psycopg.Connection, url: str, name: str, *, copied: bool) -> None:
    if copied:
        _execute(connection, "CREATE DATABASE {} TEMPLATE {}", name, urlsplit(url).path[1:])
        return
    # Under its name only when it is whole: a run that was killed leaves nothing to be copied.
    _execute(connection, "CREATE DATABASE {}", MAKING)
    address = urlunsplit(urlsplit(url)._replace(path=f"/{MAKING}"))
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v", "0"],
        cwd=ROOT, env=os.environ | {"DATABASE_URL": address}, check=True,
    )  # fmt: skip
    _execute(connection, "ALTER DATABASE {} RENAME TO {}", MAKING, name)


def _execute(connection: psycopg.Connection, statement: str, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def migrations_hash() -> str:
    """Return a short hash of all migrations, and of the packages that have some."""
    digest = hashlib.sha256()
    for path in [ROOT / "requirements" / "base.txt", *sorted(ROOT.glob("*/migrations/*.py"))]:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _dsn(url: str) -> str:
    parts = urlsplit(url)
    host = unquote(parts.netloc.rpartition("@")[2])
    return f"host={host} user={parts.username} dbname=postgres"
