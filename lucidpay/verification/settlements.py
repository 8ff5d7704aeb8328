"""Collected fees: all of them are in the books until they are settled, and each is settled once."""

from typing import Any

from gateway.kinds import COLLECTED
from gateway.services.settle_fees import INITIATED
from gateway.services.settle_fees_end import COMPLETED
from lucidpay.verification.findings import FORGOTTEN_UNTIL, Rule, payout_sql

BOOKS = "pull the kill switch; compare the account of earned fees with the payments that have ended"
LOOK = "compare the settlement with its payout and its payments before the next one"
SETTLEMENT = "'settlement_' || replace(settlement.id::text, '-', '')"


def _collected() -> dict[str, Any]:
    return {"collected": [str(method) for method in COLLECTED]}


def _types() -> dict[str, Any]:
    return {"initiated": INITIATED, "completed": COMPLETED}


# As long as its payout is not confirmed, what a settlement covers is not paid.
OTHER_EARNED = Rule(
    "fees of {0} micro-USDT are collected and not paid on, and the books say {1}",
    BOOKS,
    """WITH collected AS (
            SELECT coalesce(sum(payment.fee_micro), 0) AS micro FROM gateway_payment AS payment
              LEFT JOIN gateway_settlement AS settlement ON settlement.id = payment.settlement_id
              LEFT JOIN payouts_payout AS payout ON payout.id = settlement.payout_id
             WHERE payment.completed_at IS NOT NULL AND payment.method = ANY(%(collected)s)
               AND payout.status IS DISTINCT FROM 'confirmed'),
        booked AS (
            SELECT -coalesce(sum(entry.units), 0) AS micro FROM wallets_entry AS entry
              JOIN wallets_account AS account ON account.id = entry.account_id
             WHERE account.kind = 'earned' AND account.asset = 'USDT')
        SELECT collected.micro, booked.micro FROM collected, booked
         WHERE collected.micro <> booked.micro""",
    _collected,
)
OTHER_SUM = Rule(
    "{0} moves {1} micro-USDT of {2} payments, and those marked are {4} with fees of {3}",
    LOOK,
    f"""SELECT {SETTLEMENT}, settlement.amount_micro, settlement.payments, sums.micro, sums.payments
          FROM gateway_settlement AS settlement
          CROSS JOIN LATERAL (
               SELECT count(*) AS payments, coalesce(sum(fee_micro), 0) AS micro
                 FROM gateway_payment WHERE settlement_id = settlement.id) AS sums
         WHERE CASE settlement.status WHEN 'failed' THEN sums.payments > 0
               ELSE (sums.payments, sums.micro) <> (settlement.payments, settlement.amount_micro)
               END""",
)
OTHER_PAYOUT = Rule(
    "{0} is of {1} micro-USDT to {2}; its payout, by {5}, pays {3} to {4}",
    LOOK,
    f"""SELECT {SETTLEMENT}, settlement.amount_micro, settlement.recipient,
               coalesce(payout.amount_micro, 0), coalesce(payout.recipient_address, 'nobody'),
               coalesce(payout.origin, 'none')
          FROM gateway_settlement AS settlement
          LEFT JOIN payouts_payout AS payout ON payout.id = settlement.payout_id
         WHERE payout.id IS NULL OR payout.origin <> 'fees'
            OR (payout.amount_micro, payout.recipient_address)
               <> (settlement.amount_micro, settlement.recipient)""",
)
OTHER_END = Rule(
    "{0} is {1}, and {2} is {3}",
    LOOK,
    f"""SELECT {SETTLEMENT}, settlement.status, {payout_sql("payout.id")}, payout.status
          FROM gateway_settlement AS settlement
          JOIN payouts_payout AS payout ON payout.id = settlement.payout_id
         WHERE CASE settlement.status WHEN 'completed' THEN payout.status <> 'confirmed'
               WHEN 'failed' THEN payout.status NOT IN ('failed', 'cancelled')
               ELSE payout.status IN ('confirmed', 'failed', 'cancelled')
                    AND payout.updated_at < %(late)s END""",
)
OF_NO_SETTLEMENT = Rule(
    "{0} pays collected fees, and no settlement has asked for it",
    LOOK,
    f"""SELECT {payout_sql("payout.id")} FROM payouts_payout AS payout
         WHERE payout.origin = 'fees' AND NOT EXISTS (
               SELECT FROM gateway_settlement WHERE payout_id = payout.id)""",
)
NOT_TOLD = Rule(
    "{0}: {1} should be announced {2} times and was announced {3} times",
    "see the worker's log; receivers of webhooks may have missed it",
    f"""WITH wanted AS (
            SELECT id, %(initiated)s AS type, 1 AS times FROM gateway_settlement
            UNION ALL
            SELECT id, %(completed)s, 1 FROM gateway_settlement WHERE status = 'completed'),
        told AS (SELECT subject AS id, type, count(*) AS times FROM webhooks_event
                  WHERE type IN (%(initiated)s, %(completed)s) GROUP BY 1, 2)
        SELECT {SETTLEMENT}, type, coalesce(wanted.times, 0), coalesce(told.times, 0)
          FROM wanted FULL JOIN told USING (id, type)
          JOIN gateway_settlement AS settlement USING (id)
         WHERE coalesce(wanted.times, 0) <> coalesce(told.times, 0)
           AND settlement.created_at >= %(since)s AND settlement.created_at > {FORGOTTEN_UNTIL}""",
    _types,
)

CHECKS = (OTHER_EARNED, OTHER_SUM, OTHER_PAYOUT, OTHER_END, OF_NO_SETTLEMENT, NOT_TOLD)
