"""Sweeps beside their books: one transaction each, no more than came, and given to by ours.

What each transaction had to be, how it ended and how that was booked: ``deposits`` and ``money``.
"""

from lucidpay.verification.findings import Rule

STOP = "pull the kill switch and compare these txids with the chain"
SWEEP = "'sweep_' || replace(sweep.id::text, '-', '')"

TWO_TRANSACTIONS = Rule(
    "{0} has {1} transactions: {2}",
    STOP,
    f"""SELECT {SWEEP}, count(*), string_agg(tx.txid, ', ' ORDER BY tx.id)
          FROM gateway_sweep AS sweep
          JOIN tron_chaintransaction AS tx ON tx.subject = sweep.id
         GROUP BY sweep.id
        HAVING count(*) > 1 OR min(tx.id) IS DISTINCT FROM sweep.transaction_id""",
)
MORE_THAN_CAME = Rule(
    "{0} units of {1} were swept from {2}, where {3} had come",
    STOP,
    """SELECT swept.units, swept.asset, place.address, coalesce(came.units, 0)
         FROM (SELECT address_id, asset, sum(units) AS units FROM gateway_sweep
                WHERE status = 'swept' GROUP BY 1, 2) AS swept
         JOIN wallets_depositaddress AS place ON place.id = swept.address_id
         LEFT JOIN (SELECT address_id, asset, sum(units) AS units FROM wallets_deposit
                     GROUP BY 1, 2) AS came USING (address_id, asset)
        WHERE swept.units > coalesce(came.units, 0)""",
)
GIVEN_ELSEWHERE = Rule(
    "{0} of {1} names operation {2} as what it was given, which is a {3} to {4}",
    STOP,
    f"""SELECT {SWEEP}, place.address, operation.id, operation.kind, operation.recipient
          FROM gateway_sweep AS sweep
          JOIN wallets_depositaddress AS place ON place.id = sweep.address_id
          JOIN wallets_operation AS operation ON operation.id = sweep.funding_id
         WHERE operation.recipient <> place.address
            OR operation.kind NOT IN ('transfer_trx', 'delegate')""",
)

CHECKS = (TWO_TRANSACTIONS, MORE_THAN_CAME, GIVEN_ELSEWHERE)
