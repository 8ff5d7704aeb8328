"""The guards themselves: the database has every trigger and constraint the models declare."""

from collections.abc import Iterator
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection
from django.db.models import Model

from lucidpay.verification.findings import Finding, Scope

TODO = "what it refuses may have been written since: restore it, and verify again"
APPS = ("access", "gateway", "lucidpay", "payouts", "staking", "tron", "wallets", "webhooks")
TRIGGERS_TODO = f"{TODO} (manage.py pgtrigger install, enable)"
# A constraint that is not validated, or an index that is not valid, guards nothing. The kind of a
# unique index is that of a unique constraint if it is for every row.
PRESENT = """
    SELECT relname, conname, contype::text,
           CASE WHEN cardinality(conkey) = 1 THEN
             (SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1])
           END
      FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
     WHERE convalidated AND pg_table_is_visible(conrelid)
    UNION ALL
    SELECT of.relname, index.relname,
           CASE WHEN indisunique AND indpred IS NULL THEN 'u' END,
           CASE WHEN indnkeyatts = 1 THEN
             (SELECT attname FROM pg_attribute WHERE attrelid = indrelid AND attnum = indkey[0])
           END
      FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid
      JOIN pg_class AS of ON of.oid = indrelid
     WHERE indisvalid AND (indisunique OR NOT indisprimary) AND pg_table_is_visible(indrelid)
"""
# The comment has a hash of the trigger and its function, and stays when the function is replaced.
TRIGGERS = """
    SELECT relname, tgname, obj_description(pg_trigger.oid, 'pg_trigger'), tgenabled = 'O', prosrc
      FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
      JOIN pg_proc ON pg_proc.oid = tgfoid
     WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid)
"""
# Each trigger's function asks this one whether to do nothing.
MAY_REST = """
    SELECT prosrc FROM pg_proc
     WHERE proname = '_pgtrigger_should_ignore' AND pronamespace = 'public'::regnamespace
"""


def models() -> Iterator[type[Model]]:
    """Yield the models whose guards are looked for."""
    for label in APPS:
        yield from apps.get_app_config(label).get_models()


def dropped_constraints(_: Scope) -> Iterator[Finding]:
    """Yield every declared constraint, unique column and foreign key that is not there."""
    present = _asked(PRESENT)
    names = {(table, name) for table, name, _, _ in present}
    columns = {(table, column, kind) for table, _, kind, column in present if column}
    for model in models():
        table = model._meta.db_table
        for constraint in model._meta.constraints:
            if (table, constraint.name) not in names:
                yield Finding(f"constraint {constraint.name} of {table} is gone", TODO)
        for column in sorted(_unguarded_columns(model, columns)):
            yield Finding(f"column {column} of {table} has lost its constraint", TODO)


def _unguarded_columns(model: type[Model], present: set[tuple[str, str, str]]) -> set[str]:
    """Return the columns that should be unique, or refer to another table, and do neither."""
    table, fields = model._meta.db_table, model._meta.local_concrete_fields
    # The audit trail names what it tells of without holding on to it.
    refers = {str(one.column) for one in fields if getattr(one, "db_constraint", False)}
    unique = {str(one.column) for one in fields if one.unique}
    lost = {one for one in refers if (table, one, "f") not in present}
    return lost | {one for one in unique if not {(table, one, kind) for kind in "pu"} & present}


def dropped_triggers(_: Scope) -> Iterator[Finding]:
    """Yield every declared trigger that is gone, switched off or not as it was declared."""
    present = {(table, name): facts for table, name, *facts in _asked(TRIGGERS)}
    for model, trigger in pgtrigger.registered():
        table = model._meta.db_table
        if model._meta.app_label not in APPS:
            continue
        state = _state(trigger.compile(model), present.get((table, trigger.get_pgid(model))))
        if state:
            yield Finding(f"trigger {trigger.name} of {table} is {state}", TRIGGERS_TODO)


def loosened_triggers(_: Scope) -> Iterator[Finding]:
    """Yield what lets all triggers rest, if it is not as it was declared."""
    model, trigger = pgtrigger.registered()[0]
    declared, _own = _bodies(trigger.compile(model))
    if [_words(body) for (body,) in _asked(MAY_REST)] != [declared]:
        yield Finding("what every trigger asks whether it may rest was changed", TRIGGERS_TODO)


def _state(declared: Any, found: list[Any] | None) -> str | None:
    """Return what is wrong with a trigger, nothing if it is as it was declared."""
    if not found:
        return "uninstalled"
    comment, enabled, body = found
    if comment != declared.hash or _words(body) != _bodies(declared)[1]:
        return "outdated"
    return None if enabled else "switched off"


def _bodies(declared: Any) -> tuple[list[str], list[str]]:
    """Return the bodies of the two functions that installing a trigger makes."""
    _, rests, _, own, _ = declared.install_sql.split("$$")
    return _words(rests), _words(own)


def _words(body: str) -> list[str]:
    # A migration may have laid it out otherwise.
    return body.split()


def _asked(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


CHECKS = (dropped_constraints, dropped_triggers, loosened_triggers)
