"""A worker does nothing on a database that a later version has migrated."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from access.acting import ActingTask
from lucidpay import schema
from lucidpay.celery import app

ROOT = Path(__file__).resolve().parents[2]
LATER = ("payouts", "0999_of_a_later_version")


@pytest.fixture(autouse=True)
def _nobody_has_looked() -> Iterator[None]:
    schema._looked_at.clear()
    yield
    schema._looked_at.clear()


def applied(app_label: str, name: str) -> None:
    """Have a migration applied, as somebody else's ``migrate`` would."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())",
            [app_label, name],
        )


def as_a_worker(task: ActingTask) -> object:
    """Run a task as a worker's process does."""
    task.push_request(called_directly=False)
    try:
        return task()
    finally:
        task.pop_request()


@app.task(name="tests.schema", base=ActingTask)
def work() -> str:
    return "done"


def test_every_app_with_migrations_counts() -> None:
    ours = {path.parent.parent.name for path in ROOT.glob("*/migrations/0001*.py")}
    assert set(schema.APPS) == ours


@pytest.mark.django_db
def test_a_worker_works_on_its_own_database_and_stops_when_a_later_version_migrates_it() -> None:
    assert as_a_worker(work) == "done"
    applied(*LATER)
    with pytest.raises(schema.DatabaseIsNewer, match=r"payouts\.0999_of_a_later_version"):
        as_a_worker(work)
    assert work() == "done"  # called by a person's command, and not by a worker


@pytest.mark.django_db
@pytest.mark.parametrize(
    "known", [("payouts", "0002_routers"), ("django_celery_beat", "0999_of_a_library")]
)
def test_what_was_replaced_and_what_libraries_keep_stops_nobody(known: tuple[str, str]) -> None:
    applied(*known)
    assert as_a_worker(work) == "done"
