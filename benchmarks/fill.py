"""Millions of payouts, written by the server itself past the triggers; the sums are told after.

A day has as many at every size, so more payouts are a longer past. What grows with a day's load
is another question. Few transactions serve all: to find one costs the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from payouts.tallies.rebuild import raw_sql
from payouts.tallies.triggers import COLUMNS

A_DAY = 111_000
TRANSACTIONS = 10_000
CHUNK = 500_000
# How often each recipient is paid.
REPEATS = 5
FILL = """
INSERT INTO payouts_payout (
  id, owner_id, status, recipient_address, amount_micro, reason, memo, reference_id, router_type,
  priority, batch_type, session_id, node_id, wallet_id, limit_kinds, review, review_round,
  screened_at, due_at, sign_after, tries, failures, transaction_id, wait_reason, error_code,
  error_message, body_hash, request_id, created_at, updated_at, confirmed_at)
SELECT uuidv7(made.at - clock_timestamp()), made.owner_id, made.status,
       'T' || translate(md5((made.n / %(repeats)s)::text), '0', 'G') || 'z',
       1000000 + made.n %% 997 * 10000, 'salary', '',
       CASE WHEN made.n %% 3 = 0 THEN 'order-' || made.n END, made.router_type,
       CASE WHEN made.n %% 50 = 0 THEN 1 ELSE 2 END,
       CASE WHEN made.n %% 20 = 0 THEN 'DAILY' ELSE 'IMMEDIATE' END,
       '', '', %(wallet)s, ARRAY['router'],
       CASE WHEN made.n %% 200 = 0 AND made.status = 'confirmed' THEN 'approved'
            ELSE 'not_required' END, 0, made.at, made.at, made.at, 1, 0,
       CASE WHEN made.status = 'confirmed'
            THEN %(first_tx)s + made.n %% %(transactions)s END,
       '', CASE WHEN made.status = 'failed' THEN 'LUCID_ERR_2008' ELSE '' END, '', '',
       md5(made.n::text), made.at, made.at + interval '70 s',
       CASE WHEN made.status = 'confirmed' THEN made.at + interval '70 s' END
  FROM (
    SELECT n, %(now)s::timestamptz - n * interval '1 s' * %(gap_s)s::float8 AS at,
           (%(owners)s::bigint[])[1 + floor(power((hashint8(n) & 1023) / 1024.0, 2)
                                            * %(owner_count)s)::int] AS owner_id,
           CASE WHEN n %% 100 = 7 THEN 'failed' WHEN n %% 100 = 31 THEN 'cancelled'
                ELSE 'confirmed' END AS status,
           CASE WHEN n %% 20 = 3 THEN 'PayoutRouterDirect' WHEN n %% 7 = 3 THEN 'PayoutRouterKYC'
                ELSE 'PayoutRouterV0' END AS router_type
      FROM generate_series(%(last)s::bigint, %(first)s::bigint, -1) AS n) AS made
"""
TRANSACTIONS_SQL = """
INSERT INTO tron_chaintransaction (
  txid, kind, purpose, subject, memo, sender, recipient, contract, amount_micro, fee_limit_sun,
  energy_estimate,
  ref_block_number, ref_block_id, expiration_ms, timestamp_ms, signed_hex, status, sends,
  last_answer, found, result, block_number, block_id, block_time_ms, confirmations, fee_sun,
  energy_used, created_at, final_at, settled_at)
SELECT encode(sha256(n::text::bytea), 'hex'), 'transfer', 'payout', gen_random_uuid(), '',
       'sender', 'recipient', 'contract', 1000000, 30000000, 64285, 1, '', 1, n, repeat('ab', 280),
       'succeeded', 1, 'SUCCESS', 'succeeded', 'SUCCESS', n, '', 1, 19, 13500000, 64285, now(),
       now(), now()
  FROM generate_series(1, %s) AS n
RETURNING id
"""
GAP_S = 86_400 / A_DAY


@contextmanager
def superuser(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection for which neither triggers nor foreign keys act."""
    with psycopg.connect(url.replace("//lucidpay@", "//postgres@"), autocommit=True) as opened:
        opened.execute("SET session_replication_role = replica")
        opened.execute("SET synchronous_commit = off")
        opened.execute("SET maintenance_work_mem = '1GB'")
        opened.execute("SET max_parallel_maintenance_workers = 2")
        yield opened


def fill(url: str, *, have: int, want: int, facts: dict[str, Any]) -> None:
    """Make the payouts ``have … want`` counted back from now, and tell the sums.

    The indexes are built afterwards, as the migrations have them: it takes a tenth of the time.
    """
    with superuser(url) as server:
        indexes = _plain_indexes(server)
        for name, _ in indexes:
            server.execute(f"DROP INDEX {name}")
        for first in range(have, want, CHUNK):
            last = min(want, first + CHUNK) - 1
            server.execute(FILL, {**facts, **_shape(first, last)})
        for _, made_by in indexes:
            server.execute(made_by)
        server.execute("VACUUM ANALYZE payouts_payout")
    _tell(url)


def transactions(url: str) -> int:
    """Make the transactions that the payouts name; return the first one's key."""
    with superuser(url) as server:
        rows = server.execute(TRANSACTIONS_SQL, [TRANSACTIONS]).fetchall()
        server.execute("VACUUM ANALYZE tron_chaintransaction")
    return int(min(row[0] for row in rows))


def _shape(first: int, last: int) -> dict[str, Any]:
    return {
        "first": first, "last": last, "gap_s": GAP_S, "repeats": REPEATS,
        "transactions": TRANSACTIONS,
    }  # fmt: skip


def _plain_indexes(server: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """Return the indexes of payouts that no constraint needs, with how each is made."""
    return server.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'payouts_payout'"
        " AND indexdef NOT LIKE 'CREATE UNIQUE%' ORDER BY indexname"
    ).fetchall()


def _tell(url: str) -> None:
    """Count all payouts into the sums themselves, as if every change had been folded."""
    key = "owner_id, hour, router_type, measure, bucket"
    with superuser(url) as server:
        server.execute("TRUNCATE payouts_tally, payouts_tallydelta RESTART IDENTITY")
        server.execute(
            f"INSERT INTO payouts_tally ({key}, count, total)"  # noqa: S608 (names, none given)
            f" SELECT {key}, sum(count), sum(total) FROM ({raw_sql()}) AS told"
            f" ({COLUMNS}) GROUP BY router_type, measure, bucket, CUBE (owner_id, hour)"
        )
        server.execute("VACUUM ANALYZE payouts_tally")
