"""The triggers that tell the tallies what a statement changed.

One insert a statement, however many payouts it changes, and no round trip. What is written is
the difference between the rows before and after, so it does not matter which way a payout goes.
"""

import pgtrigger

# Upper bounds of the buckets; one more bucket has what took longer.
LATENCY_MS = (
    1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 90_000, 120_000, 180_000, 300_000, 600_000,
    1_800_000, 3_600_000, 21_600_000, 86_400_000,
)  # fmt: skip
COLUMNS = "owner_id, router_type, hour, measure, bucket, count, total"
_KEY = "owner_id, router_type, date_trunc('hour', created_at, 'UTC') AS hour"


def counted_sql(rows: str, sign: str = "") -> str:
    """Return a SELECT of ``COLUMNS`` that counts these payouts in their status."""
    return f"""
        SELECT {_KEY}, status AS measure, 0 AS bucket, {sign}1 AS count,
               {sign}amount_micro::numeric AS total
          FROM {rows}"""


def took_sql(measure: str, rows: str, until: str, sign: str = "") -> str:
    """Return a SELECT of ``COLUMNS`` of how long these payouts took from when they were due.

    The bounds of buckets belong to them, as Prometheus has it (``le``).
    """
    bounds = ", ".join(map(str, LATENCY_MS))
    took_ms = f"greatest(0, round(extract(epoch FROM {until} - due_at) * 1000))"
    return f"""
        SELECT {_KEY}, '{measure}', width_bucket({took_ms} - 1, ARRAY[{bounds}]::numeric[]),
               {sign}1, {sign}{took_ms}
          FROM {rows}"""


def cost_sql(rows: str) -> str:
    """Return a SELECT of ``COLUMNS`` of what attempts have cost; ``rows``: payouts with their ends.

    Beside the columns of a payout they have those of the attempt's transaction.
    """
    return f"""
        SELECT {_KEY}, cost.measure, 0, 1, cost.total
          FROM {rows} CROSS JOIN LATERAL (
               VALUES ('fee', fee_sun), ('energy', energy_used), ('staked', energy_staked)
               ) AS cost (measure, total)
         WHERE cost.total > 0"""


def _insert_sql(*parts: str) -> str:
    rows = " UNION ALL ".join(parts)
    return f"""
        INSERT INTO payouts_tallydelta ({COLUMNS})
        SELECT owner_id, router_type, hour, measure, bucket, sum(count), sum(total)
          FROM ({rows}) AS moved
         GROUP BY owner_id, router_type, hour, measure, bucket
        HAVING sum(count) <> 0 OR sum(total) <> 0;
        RETURN NULL;"""


_CONFIRMED = "(SELECT * FROM {rows} WHERE status = 'confirmed') AS confirmed"
# Not a join: its plan is kept from when a statement changed one row, and would compare each row
# with each when it changes hundreds. What NOT IN names is hashed.
_SIGNED = """(SELECT * FROM new_rows WHERE transaction_id IS NOT NULL AND id NOT IN (
                   SELECT id FROM old_rows WHERE transaction_id IS NOT NULL)) AS signed"""
# An attempt has ended when its payout is under way no more, whichever way that went.
_ENDED = """(SELECT ended.*, fee_sun, energy_used, energy_staked
                FROM (SELECT owner_id, router_type, created_at, transaction_id FROM old_rows
                       WHERE status = 'processing' AND id NOT IN (
                             SELECT id FROM new_rows WHERE status = 'processing')) AS ended
                JOIN tron_chaintransaction AS tx ON tx.id = ended.transaction_id) AS ended"""

TRIGGERS = [
    pgtrigger.Trigger(
        name="payout_tally_insert",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func=_insert_sql(counted_sql("new_rows")),
    ),
    pgtrigger.Trigger(
        name="payout_tally_update",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        # Of any column: PostgreSQL gives no rows to a statement trigger of chosen columns.
        operation=pgtrigger.Update,
        referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
        func=_insert_sql(
            counted_sql("new_rows"),
            counted_sql("old_rows", "-"),
            took_sql("dispatch", _SIGNED, "updated_at"),
            took_sql("confirmation", _CONFIRMED.format(rows="new_rows"), "confirmed_at"),
            took_sql("confirmation", _CONFIRMED.format(rows="old_rows"), "confirmed_at", "-"),
            cost_sql(_ENDED),
        ),
    ),
]
