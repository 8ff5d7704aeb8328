"""Operations of wallets: exactly what was ordered, held for, and ended by their transaction."""

from lucidpay.verification.findings import Rule
from tron.networks import network

STOP = "pull the kill switch and compare these txids with the chain"
HOLDS = "compare the operation with its holds; the money is promised twice or to nobody"
OPERATION = "'operation_' || replace(operation.id::text, '-', '')"

NOT_THE_ORDER = Rule(
    "transaction {0} of {1} is not what was ordered: {2}",
    STOP,
    f"""SELECT tx.txid, {OPERATION}, concat_ws(', ',
               CASE WHEN tx.kind <> operation.kind THEN 'kind' END,
               CASE WHEN tx.recipient <> operation.recipient THEN 'recipient' END,
               CASE WHEN tx.amount_micro <> operation.amount_micro THEN 'amount' END,
               CASE WHEN tx.fee_limit_sun <> operation.fee_limit_sun THEN 'fee limit' END,
               CASE WHEN tx.contract <> told.contract THEN 'contract' END,
               CASE WHEN tx.terms IS DISTINCT FROM operation.terms THEN 'terms' END,
               CASE WHEN tx.sender IS DISTINCT FROM wallet.address THEN 'wallet' END)
          FROM tron_chaintransaction AS tx
          JOIN wallets_operation AS operation ON operation.id = tx.subject
          JOIN wallets_wallet AS wallet ON wallet.id = operation.wallet_id
         CROSS JOIN LATERAL (
               SELECT CASE operation.kind WHEN 'approve' THEN %(contract)s ELSE '' END)
               AS told (contract)
         WHERE tx.created_at >= %(since)s
           AND ((tx.kind, tx.recipient, tx.amount_micro, tx.fee_limit_sun, tx.contract)
                <> (operation.kind, operation.recipient, operation.amount_micro,
                    operation.fee_limit_sun, told.contract)
                OR tx.terms IS DISTINCT FROM operation.terms
                OR tx.sender IS DISTINCT FROM wallet.address)""",
    lambda: {"contract": network().usdt_contract},
)
TWO_TRANSACTIONS = Rule(
    "{0} has {1} transactions: {2}",
    STOP,
    f"""SELECT {OPERATION}, count(*), string_agg(tx.txid, ', ' ORDER BY tx.id)
          FROM wallets_operation AS operation
          JOIN tron_chaintransaction AS tx ON tx.subject = operation.id
         GROUP BY operation.id
        HAVING count(*) > 1 OR min(tx.id) IS DISTINCT FROM operation.transaction_id""",
)
WRONG_END = Rule(
    "{0} is {1}, and its transaction {2} is {3}",
    STOP,
    f"""SELECT {OPERATION}, operation.status, coalesce(tx.txid, '—'), coalesce(tx.status, 'missing')
          FROM wallets_operation AS operation
          LEFT JOIN tron_chaintransaction AS tx ON tx.id = operation.transaction_id
         WHERE operation.created_at >= %(since)s AND CASE operation.status
               WHEN 'confirmed' THEN tx.status IS DISTINCT FROM 'succeeded'
               WHEN 'failed' THEN tx.status NOT IN ('failed', 'dead')
               ELSE tx.settled_at IS NOT NULL AND tx.status <> 'contradicted' END""",
)
NOT_HELD = Rule(
    "{0} is {1}, and {2} units are {3} for it, of {4}",
    HOLDS,
    f"""WITH wanted AS (
            SELECT operation.*, CASE status WHEN 'open' THEN 'open' WHEN 'confirmed' THEN 'posted'
                   ELSE 'voided' END AS hold_status,
                   burn_max_sun + CASE WHEN kind IN ('stake', 'transfer_trx') THEN amount_micro
                   ELSE 0 END AS hold_units
              FROM wallets_operation AS operation WHERE created_at >= %(since)s)
        SELECT {OPERATION}, operation.status, coalesce(sum(hold.units), 0),
               operation.hold_status, operation.hold_units
          FROM wanted AS operation
          LEFT JOIN (wallets_hold AS hold JOIN wallets_account AS account
                     ON account.id = hold.account_id AND account.asset = 'TRX')
               ON hold.subject = operation.id AND hold.status = operation.hold_status
               AND account.wallet_id = operation.wallet_id
         GROUP BY operation.id, operation.status, operation.hold_status, operation.hold_units
        HAVING coalesce(sum(hold.units), 0) <> operation.hold_units OR count(hold.id) <> 1""",
)

CHECKS = (NOT_THE_ORDER, TWO_TRANSACTIONS, WRONG_END, NOT_HELD)
