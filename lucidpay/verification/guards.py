"""The guards themselves: the database has every trigger and constraint the models declare."""

from collections.abc import Iterator

import pgtrigger
from django.apps import apps
from django.db import connection
from django.db.models import Model

from lucidpay.verification.findings import Finding, Scope

TODO = "what it refuses may have been written since: restore it, and verify again"
APPS = ("access", "gateway", "lucidpay", "payouts", "staking", "tron", "wallets", "webhooks")
# A constraint that is not validated, or an index that is not valid, guards nothing.
PRESENT = """
    SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass AND convalidated
    UNION ALL
    SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
     WHERE indrelid = %s::regclass AND indisvalid AND (indisunique OR NOT indisprimary)
"""


def models() -> Iterator[type[Model]]:
    """Yield the models whose guards are looked for."""
    for label in APPS:
        yield from apps.get_app_config(label).get_models()


def dropped_constraints(_: Scope) -> Iterator[Finding]:
    """Yield every declared constraint, unique column and foreign key that is not there."""
    for model in models():
        table = model._meta.db_table
        present = _present(table)
        for constraint in model._meta.constraints:
            if constraint.name not in present:
                yield Finding(f"constraint {constraint.name} of {table} is gone", TODO)
        for column in sorted(_unguarded_columns(model)):
            yield Finding(f"column {column} of {table} has lost its constraint", TODO)


def _present(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(PRESENT, [table, table])
        return {str(name) for (name,) in cursor.fetchall()}


def _unguarded_columns(model: type[Model]) -> set[str]:
    """Return the columns that should be unique, or refer to another table, and do neither."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table).values()
    alone = [(one, one["columns"][0]) for one in found if len(one["columns"] or ()) == 1]
    unique = {column for one, column in alone if one["unique"] or one["primary_key"]}
    referring = {column for one, column in alone if one["foreign_key"]}
    fields = model._meta.local_concrete_fields
    wanted = {str(field.column) for field in fields if field.unique}
    # The audit trail names what it tells of without holding on to it.
    refers = {str(field.column) for field in fields if getattr(field, "db_constraint", False)}
    return (wanted - unique) | (refers - referring)


def dropped_triggers(_: Scope) -> Iterator[Finding]:
    """Yield every declared trigger that is gone, switched off or not as it was declared."""
    for model, trigger in pgtrigger.registered():
        if model._meta.app_label not in APPS:
            continue
        status, enabled = trigger.get_installation_status(model)
        if status != pgtrigger.core.INSTALLED or not enabled:
            state = "switched off" if status == pgtrigger.core.INSTALLED else status.lower()
            what = f"trigger {trigger.name} of {model._meta.db_table} is {state}"
            yield Finding(what, f"{TODO} (manage.py pgtrigger install, enable)")


CHECKS = (dropped_constraints, dropped_triggers)
