"""A caller of the API, and what every refusal must look like."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import simplejson
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from psycopg import sql

from access.models import User
from lucidpay.api import json as api_json
from tests import builders
from tests.calls import recording

PAYOUTS = "/api/payment/payouts"
JSON = "application/json"


@dataclass
class Answer:
    """What came back; numbers of the body are exact."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        # Not with the reader of requests: what was refused may be told in an answer.
        return simplejson.loads(self.text, use_decimal=True)


@dataclass
class Api:
    """Calls as one user; ``address`` is where the calls come from."""

    token: str = ""
    user: User | None = None
    address: str = "127.0.0.1"

    def call(
        self,
        method: str,
        path: str,
        raw: str | bytes = b"",
        content_type: str = JSON,
        **headers: str,
    ) -> Answer:
        """Send a request; header names are written with ``_`` for ``-``."""
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        response: HttpResponse = Client(
            raise_request_exception=False, enforce_csrf_checks=True
        ).generic(
            method,
            path,
            raw if isinstance(raw, bytes) else raw.encode(),
            content_type=content_type,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            REMOTE_ADDR=self.address,
        )
        recording.note(method, path, response.status_code)
        content = b"".join(response) if response.streaming else response.content
        return Answer(response.status_code, dict(response.items()), content.decode())

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, b"" if body is None else api_json.dumps(body), **headers)

    def pay(self, path: str = PAYOUTS, /, **fields: Any) -> Answer:
        """Create a payout; ``headers`` go with the request."""
        headers = fields.pop("headers", {})
        return self.post(path, order(**fields), **headers)


def order(**fields: Any) -> dict[str, Any]:
    """A body that is accepted; a field that is given as ``...`` is left out."""
    given = {"recipient_address": builders.address(), "amount_usdt": 12.5, "reason": "salary"}
    return {name: value for name, value in {**given, **fields}.items() if value is not ...}


def caller(role: str | None = "end_user", **key_fields: Any) -> Api:
    """A new user with one role, calling with a key that is not limited."""
    owner = builders.user(role)
    return Api(builders.token(owner, **key_fields), owner)


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """Check the envelope of an error and return its details."""
    assert (answer.status, answer.text and answer.body["error"]["code"]) == (status, code), answer
    assert answer.headers["Content-Type"] == JSON
    assert set(answer.body) == {"error", "detail"}
    error = answer.body["error"]
    assert list(error) == ["code", "message", "details", "request_id", "timestamp"]
    assert error["message"]
    assert answer.body["detail"] == error["message"]
    assert error["request_id"] == answer.headers["X-Request-ID"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", error["timestamp"])
    if code in ("LUCID_ERR_1001", "LUCID_ERR_2001", "LUCID_ERR_2004"):
        assert error["details"]
        for messages in error["details"].values():
            assert isinstance(messages, list)
            assert all(isinstance(message, str) and message for message in messages)
    for secret in ("Traceback", "psycopg", 'File "', "SELECT "):
        assert secret not in answer.text
    return dict(error["details"])


def rows() -> dict[str, int]:
    """How many rows every table has, in one statement: a hundred take longer than most tests."""
    tables = _tables()
    counts = sql.SQL(", ").join(
        sql.SQL("(SELECT count(*) FROM {})").format(sql.Identifier(table)) for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("SELECT {}").format(counts))
        return dict(zip(tables, cursor.fetchone(), strict=True))


@cache
def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())


@contextmanager
def nothing_written() -> Iterator[None]:
    """Fail when a table has more or fewer rows afterwards."""
    before = rows()
    yield
    assert rows() == before
