"""The audit trail: every write to what is tracked, told by the database itself.

Triggers write it, so raw SQL, bulk updates and a psql session are caught as well. Each change is
a row of its own, in the transaction of the change, and is never altered. Who did it and from
where comes from ``access/acting.py``; ``access/trail.py`` reads it. docs/audit.md says how a model
gets tracked.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar, cast

import pghistory
import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db.models import Model

M = TypeVar("M", bound=Model)
INSERT, UPDATE, DELETE = "insert", "update", "delete"
CHANGED = "_changed"


def audited(
    *,
    secret: Iterable[str] = (),
    exclude: Iterable[str] = (),
    app_label: str | None = None,
    inserted_when: pgtrigger.Condition | None = None,
) -> Callable[[type[M]], type[M]]:
    """Track a model: a class decorator that makes ``<Model>Audit`` beside it.

    Of ``secret`` fields it is told that they have changed, never what they hold. ``exclude``
    fields are neither stored nor noticed: what the machine writes for itself, such as the time of
    the last use. ``app_label`` is needed for models of other packages only.
    ``inserted_when`` says which new rows are told, where the machine adds most of them.
    """
    secret, exclude = tuple(secret), tuple(exclude)

    def track(model: type[M]) -> type[M]:
        name = f"{model.__name__}Audit"
        wrapped: type[M] = pghistory.track(
            pghistory.InsertEvent(
                INSERT, trigger_name="audit_insert", condition=inserted_when
            ),
            pghistory.UpdateEvent(UPDATE, trigger_name="audit_update"),
            pghistory.DeleteEvent(DELETE, trigger_name="audit_delete"),
            *map(_notice, secret),
            exclude=[*secret, *exclude],
            # A link table has no rows that anybody would look for by their number.
            obj_field=None if _is_link(model) else pghistory.ObjForeignKey(related_name="+"),
            context_field=pghistory.ContextJSONField(),
            context_id_field=cast(Any, None),
            append_only=True,
            model_name=name,
            app_label=app_label,
            meta={
                "default_permissions": (),
                "verbose_name": f"{model._meta.verbose_name} audit",
                "indexes": [GinIndex(
                    fields=["pgh_context"], name=f"{name.lower()}_by_whom",
                    opclasses=["jsonb_path_ops"],
                )],
            },
        )(model)  # fmt: skip
        return wrapped

    return track


def _notice(field: str) -> pghistory.UpdateEvent:
    return pghistory.UpdateEvent(
        f"{field}{CHANGED}",
        condition=pghistory.AnyChange(field),
        trigger_name=f"audit_{field}",
    )


def _is_link(model: type[Model]) -> bool:
    return bool((model._meta.concrete_model or model)._meta.auto_created)
