"""Payouts: each status only with the end that allows it.

Invariant 4: confirmed only with our transfer in a solid block; failed only when every attempt is
proven to have paid nothing; and a retry only of what failed, once.
"""

from lucidpay.verification.findings import Rule, payout_sql

LOOK = "compare the payout with its transactions on the chain; do not pay it again before"
PAYOUT = payout_sql("payout.id")

UNPROVEN_CONFIRMED = Rule(
    "{0} is confirmed, but its transaction {1} is {2}",
    LOOK,
    f"""SELECT {PAYOUT}, coalesce(tx.txid, 'none'), coalesce(tx.status, 'missing')
          FROM payouts_payout AS payout
          LEFT JOIN tron_chaintransaction AS tx
            ON tx.id = payout.transaction_id AND tx.subject = payout.id
         WHERE payout.status = 'confirmed' AND payout.created_at >= %(since)s
           AND (tx.id IS NULL OR tx.status <> 'succeeded' OR tx.block_number IS NULL
                OR tx.settled_at IS NULL OR payout.confirmed_at IS NULL)""",
)
PAID_NOT_CONFIRMED = Rule(
    "transaction {0} has paid {1}, which is {2}",
    LOOK,
    f"""SELECT tx.txid, {PAYOUT}, payout.status FROM tron_chaintransaction AS tx
          JOIN payouts_payout AS payout ON payout.id = tx.subject
         WHERE tx.status = 'succeeded' AND tx.settled_at IS NOT NULL
           AND tx.created_at >= %(since)s
           AND (payout.status <> 'confirmed' OR payout.transaction_id IS DISTINCT FROM tx.id)""",
)
ENDED_BUT_LIVE = Rule(
    "{0} is {1}, but its transaction {2} is {3}: it has paid or still can",
    LOOK,
    f"""SELECT {PAYOUT}, payout.status, tx.txid, tx.status
          FROM payouts_payout AS payout
          JOIN tron_chaintransaction AS tx ON tx.subject = payout.id
         WHERE payout.status IN ('pending', 'cancelled', 'failed')
           AND payout.created_at >= %(since)s AND tx.status NOT IN ('failed', 'dead')""",
)
FAILED_WITHOUT_CAUSE = Rule(
    "{0} is failed without a code and a reason",
    "read its story in the admin",
    f"""SELECT {PAYOUT} FROM payouts_payout AS payout
         WHERE payout.status = 'failed' AND payout.created_at >= %(since)s
           AND (payout.error_code = '' OR payout.error_message = '')""",
)
STUCK = Rule(
    "{0} is processing, but its transaction {1} is {2} and settled",
    "see the worker's log for final_transaction_without_payout",
    f"""SELECT {PAYOUT}, coalesce(tx.txid, 'none'), coalesce(tx.status, 'missing')
          FROM payouts_payout AS payout
          LEFT JOIN tron_chaintransaction AS tx ON tx.id = payout.transaction_id
         WHERE payout.status = 'processing'
           AND (tx.id IS NULL OR tx.settled_at IS NOT NULL AND tx.status <> 'contradicted')""",
)
NOT_THE_NEWEST = Rule(
    "{0} names transaction {1} as its newest, but that is {2}",
    LOOK,
    f"""SELECT {PAYOUT}, coalesce(named.txid, 'none'), newest.txid
          FROM payouts_payout AS payout
          JOIN LATERAL (SELECT id, txid FROM tron_chaintransaction
                         WHERE subject = payout.id ORDER BY id DESC LIMIT 1) AS newest ON true
          LEFT JOIN tron_chaintransaction AS named ON named.id = payout.transaction_id
         WHERE payout.created_at >= %(since)s
           AND payout.transaction_id IS DISTINCT FROM newest.id""",
)
ODD_RETRY = Rule(
    "{0} retries {1}, which is {2} and pays {3} micro-USDT to {4}",
    LOOK,
    f"""SELECT {PAYOUT}, {payout_sql("original.id")}, original.status, original.amount_micro,
               original.recipient_address
          FROM payouts_payout AS payout
          JOIN payouts_payout AS original ON original.id = payout.retry_of_id
         WHERE payout.created_at >= %(since)s
           AND (original.status <> 'failed'
                OR (original.recipient_address, original.amount_micro, original.owner_id)
                   <> (payout.recipient_address, payout.amount_micro, payout.owner_id))""",
)
TWO_RETRIES = Rule(
    "{0} was retried {1} times: {2}",
    LOOK,
    f"""SELECT {payout_sql("payout.retry_of_id")}, count(*),
               string_agg({PAYOUT}, ', ' ORDER BY payout.id)
          FROM payouts_payout AS payout
         WHERE payout.retry_of_id IS NOT NULL AND payout.status <> 'cancelled'
         GROUP BY payout.retry_of_id HAVING count(*) > 1""",
)
# Statistics, metrics and the totals of long lists go by these sums; no payment does.
OTHER_SUMS = Rule(
    "of user {0} there are {3} payouts by {1} that are {2}, of {4} micro-USDT, but {5} of {6} are "
    "told",
    "count again with `manage.py recount_payouts`; find out who wrote past the triggers",
    """WITH kept AS (
            SELECT owner_id, router_type, measure, count, total
              FROM payouts_tally WHERE hour IS NULL AND owner_id IS NOT NULL
             UNION ALL
            SELECT owner_id, router_type, measure, count, total FROM payouts_tallydelta),
        told AS (
            SELECT owner_id, router_type, measure AS status, sum(count) AS count,
                   sum(total) AS total
              FROM kept
             WHERE measure IN ('pending', 'processing', 'confirmed', 'failed', 'cancelled')
             GROUP BY 1, 2, 3),
        really AS (
            SELECT owner_id, router_type, status, count(*) AS count, sum(amount_micro) AS total
              FROM payouts_payout GROUP BY 1, 2, 3)
        SELECT owner_id, router_type, status, coalesce(really.count, 0), coalesce(really.total, 0),
               coalesce(told.count, 0), coalesce(told.total, 0)
          FROM told FULL JOIN really USING (owner_id, router_type, status)
         WHERE coalesce(really.count, 0) <> coalesce(told.count, 0)
            OR coalesce(really.total, 0) <> coalesce(told.total, 0)""",
)

CHECKS = (
    UNPROVEN_CONFIRMED, PAID_NOT_CONFIRMED, ENDED_BUT_LIVE, FAILED_WITHOUT_CAUSE, STUCK,
    NOT_THE_NEWEST, ODD_RETRY, TWO_RETRIES, OTHER_SUMS,
)  # fmt: skip
