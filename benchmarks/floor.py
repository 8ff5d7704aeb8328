"""The floor: a bare WSGI application that writes and reads the same rows, and does nothing else.

No framework: the price of what HTTP, JSON, PostgreSQL and Redis cost in Python, which no platform
can be below. To create, it only writes. To get, it looks the key up, counts the call and reads by
primary key, a round trip each.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import redis
from uuid_utils import uuid7

from tron.address import address_parse

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
CREATE = """
WITH payout AS (
  INSERT INTO payouts_payout (
    id, owner_id, status, recipient_address, amount_micro, reason, router_type, priority,
    batch_type, session_id, node_id, wallet_id, limit_kinds, review, review_round, due_at,
    sign_after, tries, failures, wait_reason, error_code, error_message, body_hash, request_id,
    created_at, updated_at)
  VALUES (%(id)s, %(owner)s, 'pending', %(recipient)s, %(amount)s, %(reason)s, 'PayoutRouterV0', 2,
    'IMMEDIATE', '', '', %(wallet)s, '{}', 'not_required', 0, %(now)s,
    %(now)s, 0, 0, '', '', '', '', %(request)s, %(now)s, %(now)s)
), event AS (
  INSERT INTO payouts_payoutevent (
    payout_id, from_status, to_status, by, note, details, request_id, at)
  VALUES (%(id)s, '', 'pending', 'floor', 'asked for', '{}', %(request)s, %(now)s)
), announced AS (
  INSERT INTO webhooks_event (id, type, subject, body, created_at)
  VALUES (%(event)s, 'payout.created', %(id)s, %(body)s, %(now)s)
)
INSERT INTO access_idempotencyrecord (
  user_id, endpoint, key, body_hash, status_code, response, created_at)
VALUES (%(owner)s, 'floor', %(key)s, '', 201, %(body)s, %(now)s)
"""
KEY = """
SELECT k.id, k.user_id, k.scopes FROM access_apikey k
WHERE k.digest = %s AND k.revoked_at IS NULL
"""
GET = """
SELECT p.status, p.recipient_address, p.amount_micro, p.created_at, t.txid
FROM payouts_payout p LEFT JOIN tron_chaintransaction t ON t.id = p.transaction_id
WHERE p.id = %s
"""
LIMIT = 100_000_000
PREFIX = "/api/payment/payouts/payout_"
_local = threading.local()
_facts: dict[str, Any] = {}


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Create or get a payout."""
    create = environ["REQUEST_METHOD"] == "POST"
    body = _create(environ) if create else _get(environ)
    text = json.dumps(body).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
    start_response("201 Created" if create else "200 OK", headers)
    return [text]


def _connection() -> psycopg.Connection[Any]:
    if not hasattr(_local, "connection"):
        _local.connection = psycopg.connect(os.environ["FLOOR_DSN"], autocommit=True)
        _local.connection.prepare_threshold = 2
    return _local.connection


def _known() -> dict[str, Any]:
    """The rows that every payout names."""
    if not _facts:
        query = "SELECT u.id, w.id FROM access_user u, wallets_wallet w LIMIT 1"
        row = _connection().execute(query).fetchone()
        _facts.update(owner=row[0], wallet=row[1])  # type: ignore[index]
    return _facts


def _create(environ: dict[str, Any]) -> dict[str, Any]:
    length = int(environ["CONTENT_LENGTH"])
    order = json.loads(environ["wsgi.input"].read(length), parse_float=Decimal)
    address_parse(order["recipient_address"])
    amount = Decimal(order["amount_usdt"]) * 1_000_000
    key, now = UUID(bytes=uuid7().bytes), datetime.now(UTC)
    body = {
        "payout_id": f"payout_{key.hex}",
        "status": "pending",
        "recipient_address": order["recipient_address"],
        "amount_usdt": float(order["amount_usdt"]),
        "reason": order["reason"],
        "created_at": now.isoformat(),
    }
    row = {
        **_known(), "id": key, "event": UUID(bytes=uuid7().bytes), "amount": int(amount),
        "recipient": order["recipient_address"], "reason": order["reason"], "now": now,
        "request": key.hex, "key": environ["HTTP_IDEMPOTENCY_KEY"], "body": json.dumps(body),
    }  # fmt: skip
    _connection().execute(CREATE, row)
    return body


def _redis() -> redis.Redis:
    if not hasattr(_local, "redis"):
        _local.redis = redis.Redis.from_url(os.environ["REDIS_URL"])
    return _local.redis


def _get(environ: dict[str, Any]) -> dict[str, Any]:
    token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    digest = hashlib.sha256(token.encode()).hexdigest()
    caller = _connection().execute(KEY, (digest,)).fetchone()
    if caller is None:
        raise PermissionError(digest)
    if _redis().incr(f"floor:{caller[0]}:{int(time.time()) // 60}") > LIMIT:
        raise PermissionError(caller[0])
    path = environ["PATH_INFO"]
    key = UUID(path.removeprefix(PREFIX))
    row = _connection().execute(GET, (key,)).fetchone()
    if row is None:
        raise LookupError(path)
    status, recipient, amount_micro, created_at, txid = row
    return {
        "payout_id": f"payout_{key.hex}",
        "status": status,
        "recipient_address": recipient,
        "amount_usdt": amount_micro / 1_000_000,
        "created_at": created_at.isoformat(),
        "txid": txid,
    }
