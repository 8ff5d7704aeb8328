"""Reading the audit trail: who changed what, when, from where, and what it was before.

Every tracked model has a table of its own (``access/audit.py``). A page asks each for the keys of
its newest rows and then for the rows it shows, so its cost does not grow with the trail.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db.models import JSONField, Model, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from pghistory.core import event_models

from access.audit import CHANGED, DELETE, INSERT
from access.models import ApiKey, User

ENTRIES_MAX = 10_000
HIDDEN = "(not shown)"
ABSENT: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True)
class Change:
    """One field, before and after; ``None`` is nothing."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Entry:
    """One write to one row."""

    at: datetime
    kind: str  # insert, update, delete
    model: type[Model]
    key: str  # of the row; empty for a link between two
    who: str
    api_key: str
    address: str
    request_id: str
    reason: str  # empty, unless somebody had to give one
    changes: tuple[Change, ...]


def tracked() -> dict[str, type[Model]]:
    """Return the tables of the trail by the label of what they tell of: ``access.User``."""
    found = {told_of(table)._meta.label: table for table in event_models()}
    return dict(sorted(found.items()))


def told_of(table: type[Model]) -> type[Model]:
    """Return the model whose writes a table of the trail holds."""
    return cast(type[Model], cast(Any, table).pgh_tracked_model)


def makers_of(key_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return, by API key, the person who made it, and so was shown its token. One statement.

    A key that a command made is left out.
    """
    table = tracked()[ApiKey._meta.label]
    made = table._default_manager.filter(pgh_label=INSERT, pgh_obj_id__in=list(key_ids))
    contexts = made.values_list("pgh_obj_id", "pgh_context")
    return {key: int(context["user"]) for key, context in contexts if context and "user" in context}


def keys_made_by(user_id: int) -> set[UUID]:
    """Return the API keys that this person made, and so was shown the tokens of."""
    table = tracked()[ApiKey._meta.label]
    made = table._default_manager.filter(pgh_label=INSERT, pgh_context__contains={"user": user_id})
    return set(made.values_list("pgh_obj_id", flat=True))


def trail(*, label: str = "", term: str = "", offset: int = 0, limit: int = 50) -> list[Entry]:
    """Return writes, newest first, at most ``limit`` from ``offset`` on.

    ``label`` is one of ``tracked()``, or empty for all. ``term`` is a user name, an address, a
    request id, the id of an API key that acted, or the key of a row.
    """
    tables = [table for name, table in tracked().items() if label in ("", name)]
    wanted = _by_whom(term)
    keys: list[tuple[datetime, int, type[Model]]] = []
    for table in tables:
        rows = _found(table, term, wanted).order_by("-pgh_id")
        newest = rows.values_list("pgh_created_at", "pgh_id")[: offset + limit]
        keys += [(at, pk, table) for at, pk in newest]
    keys.sort(key=lambda key: key[:2], reverse=True)
    return _entries(keys[offset : offset + limit])


def _by_whom(term: str) -> Q:
    facts: list[dict[str, Any]] = [{"request_id": term}, {"address": term}, {"api_key": term}]
    user = User.objects.filter(username=term).values_list("pk", flat=True).first()
    if user is not None:
        facts.append({"user": user})
    wanted = Q()
    for fact in facts:
        wanted |= Q(pgh_context__contains=fact)
    return wanted


def _found(table: type[Model], term: str, wanted: Q) -> QuerySet:
    rows = table._default_manager.all()
    if not term:
        return rows
    try:
        return rows.filter(wanted | _of_row(table, term))
    except (ValueError, ValidationError):
        return rows.filter(wanted)  # no row of this table has such a key


def _of_row(table: type[Model], key: str) -> Q:
    if not _has_rows(table):
        return Q()
    field = told_of(table)._meta.pk
    assert field is not None  # noqa: S101 (every model has one)
    return Q(pgh_obj=field.to_python(key))


def _has_rows(table: type[Model]) -> bool:
    return any(field.name == "pgh_obj" for field in table._meta.fields)


def _entries(keys: list[tuple[datetime, int, type[Model]]]) -> list[Entry]:
    rows: dict[tuple[type[Model], int], Any] = {}
    for table in {key[2] for key in keys}:
        pks = [pk for _, pk, of in keys if of is table]
        rows |= {(table, row.pgh_id): row for row in _with_before(table, pks)}
    chosen = [(table, rows[table, pk]) for _, pk, table in keys]
    names = _Names.of(row for _, row in chosen)
    return [_entry(table, row, names) for table, row in chosen]


def _with_before(table: type[Model], pks: list[int]) -> QuerySet:
    facts = JSONObject(**{column: column for column in _columns(table)})
    rows = table._default_manager.filter(pgh_id__in=pks).annotate(told=facts)
    if not _has_rows(table):
        return rows
    # One statement may have told of a secret first, with the other fields as they became.
    earlier = table._default_manager.filter(
        pgh_obj=OuterRef("pgh_obj"), pgh_id__lt=OuterRef("pgh_id")
    ).exclude(pgh_label__endswith=CHANGED)
    before = earlier.order_by("-pgh_id").annotate(facts=facts).values("facts")[:1]
    return rows.annotate(told_before=Subquery(before, output_field=JSONField()))


def _columns(table: type[Model]) -> list[str]:
    fields = table._meta.concrete_fields
    return [str(field.attname) for field in fields if not field.name.startswith("pgh_")]


def _entry(table: type[Model], row: Any, names: "_Names") -> Entry:
    context: dict[str, Any] = row.pgh_context or {}
    kind, _, _ = str(row.pgh_label).partition(CHANGED)
    return Entry(
        at=row.pgh_created_at,
        kind=row.pgh_label if row.pgh_label in (INSERT, DELETE) else "update",
        model=told_of(table),
        key=str(row.pgh_obj_id) if _has_rows(table) else "",
        who=names.actor(context),
        api_key=names.keys.get(context.get("api_key", ""), ""),
        address=context.get("address", ""),
        request_id=context.get("request_id", ""),
        reason=context.get("reason", ""),
        changes=(Change(kind, HIDDEN, HIDDEN),)
        if str(row.pgh_label).endswith(CHANGED)
        else _changes(row, names),
    )


def _changes(row: Any, names: "_Names") -> tuple[Change, ...]:
    told = names.of_rows(row.told)
    before = names.of_rows(getattr(row, "told_before", None) or {})
    if row.pgh_label == INSERT:
        before = {}
    if row.pgh_label == DELETE:
        before, told = told, {}
    pairs = ((field, before.get(field), told.get(field)) for field in (told or before))
    return tuple(
        Change(field, was, now)
        for field, was, now in pairs
        if was != now and not (was in ABSENT and now in ABSENT)
    )


@dataclass(frozen=True)
class _Names:
    """What people call users, roles and keys that stand in the trail by number."""

    users: dict[int, str]
    roles: dict[int, str]
    keys: dict[str, str]

    @classmethod
    def of(cls, rows: Iterable[Any]) -> "_Names":
        """Look up those that occur; three statements at most."""
        users: set[int] = set()
        roles: set[int] = set()
        keys: set[str] = set()
        for row in rows:
            context = row.pgh_context or {}
            users |= {context.get("user"), row.told.get("user_id")} - {None}
            roles |= {row.told.get("group_id")} - {None}
            keys |= {key for key in [context.get("api_key")] if key}
        return cls(
            dict(User.objects.filter(pk__in=users).values_list("pk", "username")),
            dict(Group.objects.filter(pk__in=roles).values_list("pk", "name")),
            {str(key.pk): str(key) for key in ApiKey.objects.filter(pk__in=keys)},
        )

    def actor(self, context: dict[str, Any]) -> str:
        """Return who acted, by the best name there is."""
        if "user" in context:
            return self.users.get(context["user"], f"user {context['user']}")
        if "command" in context:
            return f"manage.py {context['command']} ({context.get('account', '?')})"
        if "task" in context:
            return f"task {context['task']}"
        return "nobody known" if context else "the database itself"

    def of_rows(self, told: dict[str, Any]) -> dict[str, Any]:
        """Return the facts with names for the numbers of users and roles."""
        named = dict(told)
        if "user_id" in named:
            named["user"] = self.users.get(named.pop("user_id"), told["user_id"])
        if "group_id" in named:
            named["role"] = self.roles.get(named.pop("group_id"), told["group_id"])
        return named
