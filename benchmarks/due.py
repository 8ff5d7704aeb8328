"""Payouts that are due: as the API, the screening and the scanner would have left them."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
from uuid_utils import uuid7

from tests.platform.people import somebody
from tron.sandbox.genesis import GENESIS_ID

RECIPIENTS = [somebody() for _ in range(500)]
AMOUNT_MICRO = 1_250_000
BLOCK = 1000
# What earlier rounds left. Nothing of a wallet's balance: its holds go with the payouts.
EMPTY = """
TRUNCATE payouts_payout, payouts_payoutevent, tron_chaintransaction, tron_nodeanswer,
  wallets_hold, webhooks_event, payouts_tallydelta, payouts_tally CASCADE;
UPDATE wallets_account SET held_units = 0 WHERE kind = 'wallet';
"""
SCANNED = """
INSERT INTO tron_scancursor (genesis_id, first_number, number, block_id, time_ms, agreed_number,
  solid_number, head_number, head_time_ms, swept_number, node, seen_at)
VALUES (%(genesis)s, 1, %(number)s, %(block)s, %(ms)s, %(number)s, %(number)s, %(number)s, %(ms)s,
  0, 'bench', %(now)s)
ON CONFLICT (genesis_id) DO UPDATE SET head_time_ms = %(ms)s, seen_at = %(now)s
"""
DUE = """
INSERT INTO payouts_payout (
  id, owner_id, status, recipient_address, amount_micro, reason, router_type, priority, batch_type,
  session_id, node_id, wallet_id, limit_kinds, review, review_round, screened_at, screened_energy,
  due_at,
  sign_after, tries, failures, wait_reason, error_code, error_message, body_hash, request_id,
  created_at, updated_at)
SELECT due.id, owner.id, 'pending', due.recipient, %(amount)s, 'bench', 'PayoutRouterV0', 2,
  'IMMEDIATE', '', '', wallet.id, '{}', 'not_required', 0, %(now)s, 64285, %(now)s, %(now)s, 0, 0,
  '', '', '', '', 'bench', %(now)s, %(now)s
FROM unnest(%(ids)s::uuid[], %(recipients)s::text[]) AS due (id, recipient),
  (SELECT id FROM access_user LIMIT 1) AS owner,
  (SELECT id FROM wallets_wallet WHERE status = 'active') AS wallet
"""


def seed_due(connection: psycopg.Connection[Any], count: int) -> None:
    """Empty the tables and store this many payouts that may be signed at once."""
    connection.execute(EMPTY)
    scanned_now(connection)
    ids = [UUID(bytes=uuid7().bytes) for _ in range(count)]
    recipients = [RECIPIENTS[turn % len(RECIPIENTS)] for turn in range(count)]
    row = {"ids": ids, "recipients": recipients, "amount": AMOUNT_MICRO, "now": datetime.now(UTC)}
    connection.execute(DUE, row)
    connection.execute("VACUUM ANALYZE payouts_payout, tron_chaintransaction")


def scanned_now(connection: psycopg.Connection[Any]) -> None:
    """Say that the scanner was at the head just now."""
    now = datetime.now(UTC)
    block = f"{BLOCK:016x}" + uuid4().hex + uuid4().hex[:16]
    facts = {"genesis": GENESIS_ID, "number": BLOCK, "block": block, "now": now}
    connection.execute(SCANNED, {**facts, "ms": int(now.timestamp() * 1000)})
