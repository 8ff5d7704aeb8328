"""Idempotency keys: the same request twice is the same request once.

The record is written in the transaction of what it stands for. So after a crash there are both
or neither, and a client that repeats its request can never cause a second effect.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from rest_framework.request import Request

from access.models import IdempotencyRecord
from lucidpay.api import json as api_json
from lucidpay.clock import utc_now
from lucidpay.errors import KEY_REUSED, Conflict, LucidError, ValidationFailed
from lucidpay.rows import Row, insert

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
LENGTH_MAX = 255


class KeyInUse(Conflict):
    """The first request with this Idempotency-Key is still running. Repeat it in a moment."""


class KeyReused(LucidError):
    """This Idempotency-Key was used with another body. Use a new key for a new request."""

    code = KEY_REUSED
    status_code = 422


@dataclass(frozen=True)
class Answer:
    """A status and a body, and whether they were stored by an earlier request."""

    status_code: int
    body: Any
    replayed: bool = False
    text: str | None = None  # the body, where it is written already

    @property
    def told(self) -> Any:
        """Return what a response is made of."""
        return self.body if self.text is None else api_json.written(self.text)


@dataclass(frozen=True)
class Key:
    """An idempotency key of one user, as it is stored."""

    user_id: int
    endpoint: str
    key: str

    @property
    def lock(self) -> int:
        """Return the number of the key's advisory lock, held while its first request runs.

        A lock and not the unique constraint: a second request must be told at once (409), while
        an INSERT would wait for the first to commit. It ends with the transaction.
        """
        text = f"{self.user_id}\n{self.endpoint}\n{self.key}"
        digest = hashlib.sha256(text.encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)

    def row(self, answer: Answer, *, body_hash: str, at: datetime) -> Row:
        """Return the row of an answer under this key, not stored yet."""
        return {
            "user_id": self.user_id,
            "endpoint": self.endpoint,
            "key": self.key,
            "body_hash": body_hash,
            "status_code": answer.status_code,
            "response": api_json.dumps(answer.told),
            "created_at": at,
        }


def key_of(request: Request) -> str | None:
    """Return the request's key, ``None`` without one, or raise when it is malformed."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= LENGTH_MAX or not all(" " <= character <= "~" for character in key):
        raise ValidationFailed({HEADER: ["1 to 255 printable ASCII characters are required."]})
    return key


def hash_of(body: dict[str, Any]) -> str:
    """Return a hash of a validated body: the order of keys does not matter.

    Numbers stay numbers: 1.5 and the text "1.5" are two different bodies.
    """
    return hashlib.sha256(api_json.dumps(body, sort_keys=True).encode()).hexdigest()


def run_once(
    *,
    user_id: int,
    endpoint: str,
    key: str | None,
    body_hash: str,
    run: Callable[[], Answer],
    waits: bool = False,
) -> Answer:
    """Run the work and store its answer under the key, or replay what the key stored before.

    Aliases of one endpoint share their keys, so a retry by another path cannot pay again.
    Raises ``KeyReused`` (422) for another body and ``KeyInUse`` (409) while the first runs, or
    waits for its end: a person who clicks twice has asked once and wants to see what came of it.
    What ``run`` raises is not stored: the transaction leaves nothing behind.
    """
    if key is None:
        with transaction.atomic():
            return run()
    under = Key(user_id, endpoint, key)
    with transaction.atomic():
        _claim(under, waits=waits)
        record = IdempotencyRecord.objects.filter(
            user_id=user_id, endpoint=endpoint, key=key
        ).first()
        if record is not None:
            return replayed(record, body_hash)
        answer = run()
        insert(IdempotencyRecord, [under.row(answer, body_hash=body_hash, at=utc_now())])
        return answer


def remembered(*, user_id: int, endpoint: str, key: str | None, body_hash: str) -> Answer | None:
    """Return the answer that this key has stored already, ``None`` when there is none.

    For work that must ask others before it begins; ``run_once`` decides all the same. Raises
    ``KeyReused``.
    """
    if key is None:
        return None
    rows = IdempotencyRecord.objects.filter(user_id=user_id, endpoint=endpoint, key=key)
    record = rows.first()
    return None if record is None else replayed(record, body_hash)


def _claim(key: Key, *, waits: bool = False) -> None:
    with connection.cursor() as cursor:
        if waits:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [key.lock])
            return
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [key.lock])
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise KeyInUse


def replayed(record: IdempotencyRecord, body_hash: str) -> Answer:
    """Return the answer that was stored; raises ``KeyReused`` when it was to another body."""
    if record.body_hash != body_hash:
        raise KeyReused
    body = api_json.loads(record.response)
    return Answer(record.status_code, body, replayed=True, text=record.response)
