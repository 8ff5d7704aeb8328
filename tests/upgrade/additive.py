"""Which operations of a migration the web of the version before may not survive.

It goes on creating and reading while a database is migrated (docs/operations.md, "A new
version"), so migrations add and take nothing away. What is not known to be harmless needs a
sentence of whoever wrote it: ``beside_older = "why the version before goes on"``.
"""

from collections.abc import Iterator

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field, ManyToManyField
from django.db.models.fields import NOT_PROVIDED

WORDS_MIN = 5
# What is new is nobody's yet; what is built concurrently locks nobody out; the rest is not of the
# database at all.
HARMLESS = (
    operations.CreateModel,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    operations.AlterModelOptions,
    operations.AlterModelManagers,
)


def objections(migration: Migration, before: ProjectState) -> list[str]:
    """Return what in a migration needs a word and has none; ``before`` is the state it meets."""
    if len(getattr(migration, "beside_older", "").split()) >= WORDS_MIN:
        return []
    return list(_objections(migration, before))


def _objections(migration: Migration, before: ProjectState) -> Iterator[str]:
    state = before.clone()
    for operation in migration.operations:
        if not _is_harmless(operation, migration.app_label, state):
            yield f"{migration.app_label}.{migration.name}: {operation.describe()}"
        operation.state_forwards(migration.app_label, state)


def _is_harmless(operation: Operation, app: str, state: ProjectState) -> bool:
    if isinstance(operation, operations.AddField):
        return _is_filled_by_the_database(operation.field)
    if isinstance(operation, operations.AlterField):
        model = state.models[app, operation.model_name_lower]
        return _as_columns(model.fields[operation.name]) == _as_columns(operation.field)
    return isinstance(operation, HARMLESS)


def _is_filled_by_the_database(field: Field) -> bool:
    """Return whether a row gets along without a word about this field.

    Django takes a ``default`` away again once the rows there are filled.
    """
    return field.null or field.db_default is not NOT_PROVIDED or isinstance(field, ManyToManyField)


def _as_columns(field: Field) -> tuple[object, ...]:
    """Return what the database knows of a field."""
    _, path, arguments, options = field.deconstruct()
    known = {name: value for name, value in options.items() if name not in field.non_db_attrs}
    return path, arguments, known
