"""PostgreSQL: there, new enough, migrated, guarded, and of the same time as we."""

from collections.abc import Iterator
from datetime import datetime

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from lucidpay.clock import utc_now
from lucidpay.doctor.line import OK, WRONG, Line, error_text
from lucidpay.verification import guards
from lucidpay.verification.findings import Scope

POSTGRES = "postgres"
MAJOR_MIN = 15  # constraints in which NULLs are equal
CLOCK_OFF_MAX_S = 5


def database_lines() -> Iterator[Line]:
    """Yield how the database is; nothing of what follows when it does not answer."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp(), current_setting('server_version_num')::int")
            at, version = cursor.fetchone()
    except Error as error:
        todo = "start it, correct DATABASE_URL, or open the way to it"
        yield Line(POSTGRES, WRONG, error_text(error), todo)
        return
    yield _version_line(version)
    yield _clock_line(at)
    yield from _migration_lines()


def _version_line(version: int) -> Line:
    major, minor = divmod(version, 10_000)
    told = f"answers, version {major}.{minor}"
    if major >= MAJOR_MIN:
        return Line(POSTGRES, OK, told)
    todo = f"upgrade to {MAJOR_MIN} or newer: some guards need it"
    return Line(POSTGRES, WRONG, told, todo)


def _clock_line(at: datetime) -> Line:
    off_s = abs((utc_now() - at).total_seconds())
    if off_s <= CLOCK_OFF_MAX_S:
        return Line(POSTGRES, OK, "its clock and ours agree")
    what = f"its clock and ours differ by {off_s:,.0f} s"
    return Line(POSTGRES, WRONG, what, "let NTP set both (timedatectl)")


def _migration_lines() -> Iterator[Line]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        names = ", ".join(f"{one.app_label}.{one.name}" for one, _ in missing[:3])
        what = f"{len(missing)} migrations are not applied: {names}"
        yield Line(POSTGRES, WRONG, what, "docs/operations.md, A new version")
        return
    yield Line(POSTGRES, OK, "all migrations are applied")
    scope = Scope(now=utc_now())
    found = [finding for check in guards.CHECKS for finding in check(scope)]
    for finding in found:
        yield Line(POSTGRES, WRONG, finding.what, finding.todo)
    if not found:
        yield Line(POSTGRES, OK, "all guards are there")
