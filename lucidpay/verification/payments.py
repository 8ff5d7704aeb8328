"""Payments: nothing given that did not come, nobody paid twice, and the books owe what rows say."""

from collections.abc import Iterator

from django.conf import settings

from gateway.models import Payment
from gateway.services.held import refunds_waiting
from gateway.states import RefundStatus
from lucidpay.verification.findings import FETCH, Finding, Rule, Scope, payout_sql

STOP = "pull the kill switch and look at this payment's story: money went where it should not"
LOOK = "look at this payment's story in the admin; a person must decide what becomes of its money"
AGAIN = "*Refund again* on the payment's page in the admin, or a dispute; until then it waits"
BOOKS = (
    "pull the kill switch and add up the payments that are open; find out who wrote to the books"
)
PAYMENT = "'pay_' || replace(payment.id::text, '-', '')"
LIVE = "refund.status <> 'failed'"

OTHER_RECEIVED = Rule(
    "{0} says that {1} units came in, its deposits sum to {2}",
    STOP,
    f"""SELECT {PAYMENT}, payment.received_units, coalesce(sum(came.units), 0)
          FROM gateway_payment AS payment
          LEFT JOIN gateway_incoming AS came
               ON came.payment_id = payment.id AND came.ruling <> 'stray'
         WHERE payment.created_at >= %(since)s
         GROUP BY payment.id HAVING payment.received_units <> coalesce(sum(came.units), 0)""",
)
UNKNOWN_INCOMING = Rule(
    "{0} counts {1}/{2} ({3} units), which no solid block holds so",
    STOP,
    f"""SELECT {PAYMENT}, came.txid, came.log_index, came.units
          FROM gateway_incoming AS came
          JOIN gateway_payment AS payment ON payment.id = came.payment_id
          LEFT JOIN tron_chainflow AS flow
               ON (flow.txid, flow.log_index) = (came.txid, came.log_index)
         WHERE payment.created_at >= %(since)s
           AND (flow.units, flow.asset, flow.sender) IS DISTINCT FROM
               (came.units, came.asset, came.sender)""",
)
OTHER_REFUNDING = Rule(
    "{0} says that {1} units go back, its refunds sum to {2}",
    STOP,
    f"""SELECT {PAYMENT}, payment.refunding_units, coalesce(sum(refund.units), 0)
          FROM gateway_payment AS payment
          LEFT JOIN gateway_refund AS refund
               ON refund.payment_id = payment.id AND {LIVE} AND refund.source = 'deposit'
         WHERE payment.created_at >= %(since)s
         GROUP BY payment.id HAVING payment.refunding_units <> coalesce(sum(refund.units), 0)""",
)
OTHER_REFUNDED = Rule(
    "{0} says that {1} of its amount is refunded, its refunds sum to {2}",
    STOP,
    f"""SELECT {PAYMENT}, payment.refunded_micro, coalesce(sum(told.micro), 0)
          FROM gateway_payment AS payment
          LEFT JOIN (SELECT payment_id, CASE asset WHEN 'TRX' THEN
                       (SELECT amount_micro FROM gateway_payment WHERE id = refund.payment_id)
                       ELSE units END AS micro
                       FROM gateway_refund AS refund WHERE {LIVE} AND cause = 'requested')
               AS told ON told.payment_id = payment.id
         WHERE payment.created_at >= %(since)s
         GROUP BY payment.id HAVING payment.refunded_micro <> coalesce(sum(told.micro), 0)""",
)
NOT_THE_PAYEE = Rule(
    "{0} pays {1} to {2} for {3}, which owes {4} to {5}",
    STOP,
    f"""SELECT {payout_sql("payout.id")}, payout.amount_micro, payout.recipient_address,
               {PAYMENT}, payment.leg_micro, payment.payee_address
          FROM gateway_leg AS leg
          JOIN gateway_payment AS payment ON payment.id = leg.payment_id
          JOIN payouts_payout AS payout ON payout.id = leg.payout_id
         WHERE NOT leg.failed AND payment.created_at >= %(since)s
           AND (payout.amount_micro, payout.recipient_address)
               <> (payment.leg_micro, payment.payee_address)""",
)
NOT_THE_PAYER = Rule(
    "{0} pays {1} to {2} for refund_{3}, which owes {4} to {5}",
    STOP,
    f"""SELECT {payout_sql("payout.id")}, payout.amount_micro, payout.recipient_address,
               replace(refund.id::text, '-', ''), refund.units - refund.cost_units,
               refund.recipient
          FROM gateway_refund AS refund
          JOIN payouts_payout AS payout ON payout.id = refund.payout_id
         WHERE refund.created_at >= %(since)s
           AND (payout.amount_micro, payout.recipient_address)
               <> (refund.units - refund.cost_units, refund.recipient)""",
)
PAID_TWICE = Rule(
    "{0} has paid its payee {1} times",
    STOP,
    f"""SELECT {PAYMENT}, count(*) FROM gateway_payment AS payment
          JOIN gateway_leg AS leg ON leg.payment_id = payment.id
          JOIN payouts_payout AS payout ON payout.id = leg.payout_id
         WHERE payout.status = 'confirmed' AND payment.created_at >= %(since)s
         GROUP BY payment.id HAVING count(*) > 1""",
)
OF_NO_PAYMENT = Rule(
    "{0} is a payout of payments ({1}), and none of them has asked for it",
    STOP,
    f"""SELECT {payout_sql("payout.id")}, payout.origin FROM payouts_payout AS payout
         WHERE payout.origin IN ('leg', 'refund', 'fees', 'route')
           AND payout.created_at >= %(since)s
           AND NOT EXISTS (SELECT FROM gateway_leg WHERE payout_id = payout.id)
           AND NOT EXISTS (SELECT FROM gateway_refund WHERE payout_id = payout.id)
           AND NOT EXISTS (SELECT FROM gateway_settlement WHERE payout_id = payout.id)""",
)
COMPLETED_UNPAID = Rule(
    "{0} is completed, and its payee is not paid",
    STOP,
    f"""SELECT {PAYMENT} FROM gateway_payment AS payment
         WHERE payment.completed_at IS NOT NULL AND payment.created_at >= %(since)s
           AND NOT CASE payment.method WHEN 'direct_transfer' THEN EXISTS (
                 SELECT FROM gateway_incoming AS came
                  WHERE came.payment_id = payment.id AND came.ruling = 'counted'
                    AND came.units = payment.amount_micro)
               ELSE EXISTS (
                 SELECT FROM gateway_leg AS leg
                   JOIN payouts_payout AS payout ON payout.id = leg.payout_id
                  WHERE leg.payment_id = payment.id AND payout.status = 'confirmed') END""",
)
KEPT = Rule(
    "{0} is {1} since {2}, and keeps {3} units that are nobody's",
    LOOK,
    f"""SELECT {PAYMENT}, payment.status, payment.updated_at,
               payment.received_units - payment.accepted_units - payment.refunding_units
          FROM gateway_payment AS payment
         WHERE payment.status IN ('completed', 'failed', 'cancelled', 'refunded')
           AND payment.received_units > payment.accepted_units + payment.refunding_units
           AND payment.created_at >= %(since)s
           AND NOT EXISTS (SELECT FROM gateway_incoming AS came
                            WHERE came.payment_id = payment.id
                              AND came.at > %(late)s - %(patience)s * interval '1 minute')""",
    lambda: {"patience": settings.LATE_REFUND_AFTER_MINUTES},
)


def refund_failed(scope: Scope) -> Iterator[Finding]:
    """Yield refunds that have failed, and that nobody has asked for again."""
    rows = Payment.objects.filter(
        refunds__status=RefundStatus.FAILED, refunds__repeated_by=None, created_at__gte=scope.since
    ).distinct()
    for payment in rows.iterator(chunk_size=FETCH):
        for one in refunds_waiting(payment):
            text = f"{one} of {payment} has failed, and nobody has asked for it again"
            yield Finding(f"{text}; {one.units} units wait", AGAIN)


REFUND_WAITS = Rule(
    "refund_{0} of {1} was asked for at {2}, and nothing pays it yet",
    "see the warnings `refund_waits` of the workers; most often the wallet has too little TRX",
    f"""SELECT replace(refund.id::text, '-', ''), {PAYMENT}, refund.created_at
          FROM gateway_refund AS refund
          JOIN gateway_payment AS payment ON payment.id = refund.payment_id
         WHERE refund.status = 'initiated' AND refund.payout_id IS NULL
           AND refund.operation_id IS NULL AND payment.created_at >= %(since)s
           AND refund.created_at < %(late)s - interval '1 hour'""",
)
# What each asset's account of payments must owe, by the rows: what came in, less what has left
# for payees and payers, less what was earned or kept. A swap's USDT are owed from its completion.
OWED = """
SELECT asset, sum(units) AS units FROM (
    SELECT deposit.asset, deposit.units FROM wallets_deposit AS deposit
     WHERE NOT deposit.is_ours AND NOT EXISTS (
           SELECT FROM gateway_incoming AS came
            WHERE (came.txid, came.log_index) = (deposit.txid, deposit.log_index))
    UNION ALL
    SELECT pay_currency, received_units FROM gateway_payment
     WHERE method IN ('payment_gateway', 'swap')
    UNION ALL
    SELECT 'USDT', -payout.amount_micro FROM payouts_payout AS payout
     WHERE payout.origin IN ('leg', 'refund') AND payout.status = 'confirmed'
    UNION ALL
    SELECT 'USDT', -fee_micro FROM gateway_payment
     WHERE method IN ('payment_gateway', 'swap') AND completed_at IS NOT NULL
    UNION ALL
    SELECT 'USDT', amount_micro FROM gateway_payment
     WHERE method = 'swap' AND completed_at IS NOT NULL
    UNION ALL
    SELECT 'TRX', -accepted_units FROM gateway_payment
     WHERE method = 'swap' AND completed_at IS NOT NULL
    UNION ALL
    SELECT asset, -CASE asset WHEN 'TRX' THEN units ELSE cost_units END FROM gateway_refund
     WHERE status = 'completed'
    UNION ALL
    SELECT asset, units FROM gateway_refund WHERE source = 'merchant' AND status <> 'failed'
) AS told GROUP BY asset
"""
OTHER_OWED = Rule(
    "the books owe {1} units of {0} to payers and payees, by the payments it is {2}",
    BOOKS,
    f"""SELECT account.asset, -coalesce(sum(entry.units), 0), coalesce(owed.units, 0)
          FROM wallets_account AS account
          LEFT JOIN wallets_entry AS entry ON entry.account_id = account.id
          LEFT JOIN ({OWED}) AS owed ON owed.asset = account.asset
         WHERE account.kind = 'payments'
         GROUP BY account.asset, owed.units
        HAVING -coalesce(sum(entry.units), 0) <> coalesce(owed.units, 0)""",
)

CHECKS = (
    OTHER_RECEIVED,
    UNKNOWN_INCOMING,
    OTHER_REFUNDING,
    OTHER_REFUNDED,
    NOT_THE_PAYEE,
    NOT_THE_PAYER,
    PAID_TWICE,
    OF_NO_PAYMENT,
    COMPLETED_UNPAID,
    KEPT,
    OTHER_OWED,
)
# Nothing is wrong with these, but that nobody sees to them.
WAITING = (refund_failed, REFUND_WAITS)
