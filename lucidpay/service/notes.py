"""What each service did last and what went wrong last: kept in Redis by whoever runs its tasks.

For people who look at ``/status``; nothing is decided by it, so it is never worth a failed task.
"""

import time
from datetime import datetime
from typing import Any

import redis
import structlog

from lucidpay.api.throttling import redis_client
from lucidpay.clock import iso, utc_now
from lucidpay.errors import InvariantBroken, LucidError
from lucidpay.services import SERVICES, service_of
from tron.errors import NodeError

log = structlog.get_logger(__name__)

KEY = "lucidpay:service:"
WRITE_EVERY_S = 1
ERROR_LENGTH_MAX = 200
# Their words are our own. The text of any other may hold an address with its password, or a row.
OUR_WORDS = (LucidError, NodeError, InvariantBroken)

_written_at: dict[tuple[str, str], float] = {}


def note_success(task: str) -> None:
    """Note that a task went well: of a service at most once a second for each process."""
    _note(task, "success", {})


def note_failure(task: str, error: BaseException) -> None:
    """Note what went wrong, as rarely; beside successes, which must not crowd it out."""
    _note(task, "error", {"error": error_text(error)})


def error_text(error: BaseException) -> str:
    """Return an error in one short line that holds no secret; the worker's log has all of it."""
    text = type(error).__name__
    if isinstance(error, OUR_WORDS):
        text += f": {error}"
    return "".join(one if one.isprintable() else " " for one in text)[:ERROR_LENGTH_MAX]


def _note(task: str, kind: str, facts: dict[str, str]) -> None:
    service, now_s = service_of(task), time.monotonic()
    if service is None or now_s - _written_at.get((service, kind), -WRITE_EVERY_S) < WRITE_EVERY_S:
        return
    _written_at[service, kind] = now_s
    told = {"at": iso(utc_now()), "task": task, **facts}
    try:
        redis_client().hset(KEY + service, mapping={f"{kind}_{k}": v for k, v in told.items()})
    except redis.RedisError as failed:
        log.warning("service_note_not_written", service=service, error=str(failed))


def notes_of_all() -> dict[str, dict[str, Any]]:
    """Return ``last_success`` and ``last_error`` of each service, ``None`` for what never was.

    Raises ``redis.RedisError`` while Redis is away.
    """
    together = redis_client().pipeline(transaction=False)
    for service in SERVICES:
        together.hgetall(KEY + service)
    return {
        service: _told({name.decode(): value.decode() for name, value in found.items()})
        for service, found in zip(SERVICES, together.execute(), strict=True)
    }


def _told(found: dict[str, str]) -> dict[str, Any]:
    return {
        "last_success": _part(found, "success", ("at", "task")),
        "last_error": _part(found, "error", ("at", "task", "error")),
    }


def _part(found: dict[str, str], kind: str, fields: tuple[str, ...]) -> dict[str, str] | None:
    if f"{kind}_at" not in found:
        return None
    return {field: found.get(f"{kind}_{field}", "") for field in fields}


def failed_last(notes: dict[str, Any]) -> bool:
    """Return whether the last that is known of a service is an error."""
    success, error = notes["last_success"], notes["last_error"]
    if error is None:
        return False
    return success is None or _time(success["at"]) < _time(error["at"])


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
