"""Who acts, and from where: told to the database beside every statement that writes.

It goes with the statement itself (``SET LOCAL`` in the same message), so it costs no round trip
and holds behind PgBouncer in transaction mode. The audit trail stores it. Statements in which no
tracked table is written to go without: triggers of other tables write to none of those.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import Any
from uuid import UUID

import pghistory
import structlog
from celery import Task
from django.db import connection
from django.http import HttpRequest, HttpResponse
from pghistory.core import event_models

from lucidpay.api.request_id import request_id_of
from lucidpay.api.throttling import address_of
from lucidpay.schema import DatabaseIsNewer, refuse_newer

log = structlog.get_logger(__name__)


class Acting(pghistory.context):
    """Names who acts, beside the statements that may write to what is tracked."""

    def __enter__(self) -> object:
        """Begin, or add the facts to what was begun outside."""
        wrappers = connection.execute_wrappers
        outside = len(wrappers)
        begun = super().__enter__()  # type: ignore[no-untyped-call]
        if len(wrappers) > outside:
            wrappers[-1] = partial(_beside_tracked, wrappers[-1])
        return begun


def _beside_tracked(
    tell: Callable[..., Any],
    execute: Callable[..., Any],
    sql: Any,
    params: Any,
    many: bool,
    context: Any,
) -> Any:
    if not isinstance(sql, str) or _writes_tracked(sql):
        return tell(execute, sql, params, many, context)
    return execute(sql, params, many, context)


def _writes_tracked(sql: str) -> bool:
    text = sql.lower()
    named = any(table in text for table in tracked_tables())
    return named and _writes().search(text) is not None


@cache
def _writes() -> re.Pattern[str]:
    tables = "|".join(sorted(tracked_tables()))
    verb = r"\b(?:into|update|delete\s+from)\s+(?:only\s+)?"
    return re.compile(rf'{verb}(?:"?\w+"?\.)?"?(?:{tables})\b')


@cache
def tracked_tables() -> frozenset[str]:
    """Return the tables whose writes the audit trail tells of."""
    models = (table.pgh_tracked_model for table in event_models())  # type: ignore[attr-defined]
    return frozenset(model._meta.db_table for model in models)


def acts(*, user_id: int, api_key_id: UUID | None = None) -> None:
    """Name the caller of the request that is being served; elsewhere this changes nothing."""
    facts: dict[str, Any] = {"user": user_id}
    if api_key_id is not None:
        facts["api_key"] = str(api_key_id)
    pghistory.context(**facts)


def acts_because(reason: str) -> None:
    """Keep why a person does it, beside what the request writes to what is tracked."""
    pghistory.context(reason=reason)


class ActingMiddleware:
    """Tells of each request its id and address, and in the admin who is logged in.

    Stands after Django's authentication. The API names its caller when it has found out.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with Acting(request_id=request_id_of(request), address=address_of(request)):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Name the person behind a page of the admin.

        Only there: looking at ``request.user`` elsewhere would load a session for nothing.
        """
        match = request.resolver_match
        if match is not None and match.app_name == "admin" and request.user.pk is not None:
            acts(user_id=request.user.pk)


def _refuse_newer() -> None:
    try:
        refuse_newer()
    except DatabaseIsNewer as error:
        log.critical("worker_is_older", error=str(error))
        raise


class ActingTask(Task):
    """A task that says which it is, and which request rang for it.

    A worker that is older than its database runs none.
    """

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task; raise ``DatabaseIsNewer`` in a worker that is older than its database."""
        if not self.request.called_directly:
            _refuse_newer()
        facts = {"task": self.name}
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            facts["request_id"] = str(request_id)
        with Acting(**facts):
            return super().__call__(*args, **kwargs)
