"""Migrations add: the web of the version before goes on while its database is migrated."""

import hashlib
from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader

from lucidpay.schema import APPS
from tests.upgrade.additive import objections
from tests.upgrade.before import ROOT, released

FIRST = "0001_squashed"
OLD = models.CharField(max_length=10, choices=[("a", "A")])


def test_every_migration_adds_or_says_why_the_version_before_goes_on() -> None:
    loader = MigrationLoader(None)
    ours = [key for key in loader.graph.nodes if key[0] in APPS and key[1] != FIRST]
    found = [
        said
        for key in ours
        for said in objections(loader.graph.nodes[key], loader.project_state(key, at_end=False))
    ]
    assert found == []


def test_a_migration_that_was_released_is_never_edited() -> None:
    assert {path.split("/")[0] for path in released()} == set(APPS)
    for path, digest in released().items():
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest, (
            f"{path} is another one than it was: a database that has applied it stays as it is. "
            "Write a migration that comes after it."
        )


def said(*operations: Any, **attributes: Any) -> list[str]:
    """Return what is objected to of a migration that follows one with a table."""
    first = migrations.Migration("0001", "app")
    first.operations = [migrations.CreateModel("Thing", [("name", OLD)])]
    state = first.mutate_state(migrations.state.ProjectState())
    second = type("Migration", (migrations.Migration,), attributes)("0002", "app")
    second.operations = list(operations)
    return objections(second, state)


HARMLESS = [
    migrations.CreateModel("Other", [("name", models.TextField())]),
    migrations.AddField("thing", "more", models.TextField(null=True)),
    migrations.AddField("thing", "more", models.TextField(db_default="")),
    migrations.AlterField(
        "thing", "name", models.CharField(max_length=10, choices=[("a", "A"), ("b", "B")])
    ),
    AddIndexConcurrently("thing", models.Index(fields=["name"], name="by_name")),
]
HARMFUL = [
    migrations.RemoveField("thing", "name"),
    migrations.RenameField("thing", "name", "title"),
    migrations.RenameModel("Thing", "Item"),
    migrations.DeleteModel("Thing"),
    migrations.AddField("thing", "more", models.TextField(default="")),
    migrations.AlterField("thing", "name", models.CharField(max_length=5)),
    migrations.AlterField("thing", "name", models.CharField(max_length=10, unique=True)),
    migrations.AddIndex("thing", models.Index(fields=["name"], name="by_name")),
    migrations.AddConstraint(
        "thing", models.CheckConstraint(condition=models.Q(name="a"), name="only_a")
    ),
    migrations.RunSQL("DROP TABLE app_thing"),
    migrations.RunPython(migrations.RunPython.noop),
]


@pytest.mark.parametrize("operation", HARMLESS, ids=lambda one: one.describe())
def test_it_lets_through_what_adds(operation: Any) -> None:
    assert said(operation) == []


@pytest.mark.parametrize("operation", HARMFUL, ids=lambda one: one.describe())
def test_it_wants_a_word_about_everything_else(operation: Any) -> None:
    assert len(said(operation)) == 1
    assert said(operation, beside_older="The version before never reads it.") == []


def test_a_word_alone_does_not_do() -> None:
    assert said(migrations.RunSQL("SELECT 1"), beside_older="yes") != []
