"""Batches: what each was asked to pay is what its payouts pay, and its end was told once."""

from typing import Any

from lucidpay.verification.findings import FORGOTTEN_UNTIL, Rule
from payouts.services.complete import COMPLETED
from payouts.services.request_many import CREATED

LOOK = "compare the batch with what was asked for; pause what is left of it before"
BATCH = "'batch_' || replace(batch.id::text, '-', '')"
PAYOUTS = """
    JOIN LATERAL (
        SELECT count(*) AS payouts, coalesce(sum(amount_micro), 0) AS micro,
               count(*) FILTER (WHERE status IN ('pending', 'processing')) AS open,
               count(*) FILTER (WHERE transaction_id IS NOT NULL) AS signed
          FROM payouts_payout WHERE batch_id = batch.id) AS sums ON true"""


def _types() -> dict[str, Any]:
    return {"created": CREATED, "completed": COMPLETED}


OTHER_SUM = Rule(
    "{0} was asked to pay {1} payouts of {2} micro-USDT in all, and has {3} of {4}",
    LOOK,
    f"""SELECT {BATCH}, total_payouts, total_amount_micro, payouts, micro
          FROM payouts_batch AS batch {PAYOUTS}
         WHERE batch.created_at >= %(since)s AND batch.filled_at IS NOT NULL
           AND (payouts, micro) <> (total_payouts, total_amount_micro)""",
)
ROWS_MISCOUNTED = Rule(
    "{0} says that {1} of its rows are in, and has {2} payouts",
    LOOK,
    f"""SELECT {BATCH}, rows_stored, payouts FROM payouts_batch AS batch {PAYOUTS}
         WHERE batch.created_at >= %(since)s AND payouts <> rows_stored""",
)
SIGNED_TOO_EARLY = Rule(
    "{0} is not complete, but {1} of its payouts were signed",
    LOOK,
    f"""SELECT {BATCH}, signed FROM payouts_batch AS batch {PAYOUTS}
         WHERE batch.filled_at IS NULL AND signed > 0""",
)
ENDED_TOO_EARLY = Rule(
    "{0} was told to have ended, but {1} of its payouts are open",
    LOOK,
    f"""SELECT {BATCH}, open FROM payouts_batch AS batch {PAYOUTS}
         WHERE batch.created_at >= %(since)s AND completed_at IS NOT NULL AND open > 0""",
)
NOT_TOLD = Rule(
    "{0}: {1} should be announced {2} times and was announced {3} times",
    "see the worker's log; receivers of webhooks may have missed it",
    f"""WITH wanted AS (
            SELECT id, %(created)s AS type, 1 AS times FROM payouts_batch
            UNION ALL
            SELECT id, %(completed)s, 1 FROM payouts_batch WHERE completed_at IS NOT NULL),
        told AS (SELECT subject AS id, type, count(*) AS times FROM webhooks_event
                  WHERE type IN (%(created)s, %(completed)s) GROUP BY 1, 2)
        SELECT {BATCH}, type, coalesce(wanted.times, 0), coalesce(told.times, 0)
          FROM wanted FULL JOIN told USING (id, type) JOIN payouts_batch AS batch USING (id)
         WHERE coalesce(wanted.times, 0) <> coalesce(told.times, 0)
           AND batch.created_at >= %(since)s AND batch.created_at > {FORGOTTEN_UNTIL}""",
    _types,
)


CHECKS = (OTHER_SUM, ROWS_MISCOUNTED, SIGNED_TOO_EARLY, ENDED_TOO_EARLY, NOT_TOLD)
