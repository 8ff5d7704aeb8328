"""Whoever writes to what gives rights is told so by the database, and moves the epoch.

Verified callers are remembered for some seconds (``access/remembered.py``) under the epoch that
Redis held before they were verified; those of another epoch are believed no more. Triggers tell
the connection that wrote, so an update in bulk, raw SQL, the admin and a command cannot forget it.
Who writes past Django (psql) is told the same, and moves nothing: then what is remembered dies of
its age.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import pgtrigger
import redis
import structlog
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from lucidpay.api.throttling import EPOCH_KEY, redis_client

log = structlog.get_logger(__name__)

M = TypeVar("M", bound=Model)
CHANGED = "LP001"  # SQLSTATE; no class of PostgreSQL or the standard begins with LP
# INFO reaches the client whatever client_min_messages says, and not the server's log.
_TELL = (
    "RAISE INFO 'Rights have changed. API processes follow at once, or within 30 seconds of a"
    f" change by psql or without Redis.' USING ERRCODE = '{CHANGED}'; RETURN NULL;"
)


def gives_rights(
    *, exclude: Iterable[str] = (), deleted: str = "", inserted: bool = False
) -> Callable[[type[M]], type[M]]:
    """Watch a model on whose rows rests what callers may do: a class decorator.

    Changes of ``exclude`` fields alone change no rights; fields that are added later do.
    ``deleted`` is an SQL condition on ``OLD``, for tables from which spent rows are cleared.
    ``inserted`` is for rows that change what others may do.
    """
    changes = pgtrigger.AnyChange(exclude=list(exclude))
    spent = pgtrigger.Condition(deleted) if deleted else None
    told = [
        _told("update", pgtrigger.Update, changes),
        _told("delete", pgtrigger.Delete, spent),
        *([_told("insert", pgtrigger.Insert, None)] if inserted else []),
    ]
    return pgtrigger.register(*told)


def _told(verb: str, operation: Any, condition: pgtrigger.Condition | None) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"rights_{verb}",
        when=pgtrigger.After,
        operation=operation,
        condition=condition,
        func=_TELL,
    )


def epoch_move() -> None:
    """Let no process believe what it has remembered. Without Redis it dies of its age."""
    try:
        redis_client().set(EPOCH_KEY, secrets.token_hex(16))
    except redis.RedisError:
        log.exception("rights_epoch_not_moved")


class _Diagnostic(Protocol):
    sqlstate: str | None


class Watch:
    """Hears what triggers tell one connection, and moves the epoch for it."""

    def __init__(self) -> None:
        self._heard = False

    def hear(self, notice: _Diagnostic) -> None:
        """Take note only: psycopg calls this amid the statement's answer."""
        self._heard = self._heard or notice.sqlstate == CHANGED

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        """Run a statement; when it has changed rights, move the epoch now and on commit.

        On commit, as who is verified before it is verified by what was. Now, so that a process
        that dies right after its commit leaves next to nobody remembered.
        """
        self._heard = False
        result = execute(sql, params, many, context)
        if self._heard:
            epoch_move()
            context["connection"].on_commit(epoch_move)
        return result


def watch(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Listen on a connection that was just made; Django calls it for each."""
    watches = [one for one in connection.execute_wrappers if isinstance(one, Watch)]
    if not watches:
        watches = [Watch()]
        # First, as those that are added for a while are taken off the end.
        connection.execute_wrappers[:0] = watches
    connection.connection.add_notice_handler(watches[0].hear)
