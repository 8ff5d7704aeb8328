"""Deposit addresses: what came is booked and owed, what went was ordered, and the rest adds up."""

from lucidpay.verification.findings import Rule
from tron.flows import FEE_LOG_INDEX
from tron.networks import network
from wallets.deposited import MOVED

STOP = "pull the kill switch and compare these txids with the chain"
BOOKS = "pull the kill switch; find out who wrote to the books or to the deposits"
STOLEN = "pull the kill switch: somebody else has the seed of the deposit account"
SWEEP = "'sweep_' || replace(sweep.id::text, '-', '')"

# A deposit is a payment exactly when it is booked as one. One that a second node has not told yet
# waits for it.
UNBOOKED = Rule(
    "{0} units of {1} came to deposit address {2} in block {3} ({4}/{5}), and that is not booked",
    BOOKS,
    """SELECT flow.units, flow.asset, flow.recipient, flow.block_number, flow.txid, flow.log_index
         FROM tron_chainflow AS flow
         JOIN wallets_depositaddress AS address ON address.address = flow.recipient
         LEFT JOIN tron_scancursor AS scan ON true
        WHERE (flow.booked_at IS NOT NULL
               OR to_timestamp(flow.block_time_ms / 1000.0) < %(late)s
                  AND flow.block_number <= scan.agreed_number)
          AND NOT EXISTS (
              SELECT FROM wallets_deposit AS deposit
                JOIN wallets_journal AS journal
                  ON journal.reference = flow.txid || '/' || flow.log_index
                 AND journal.kind = ANY(CASE WHEN deposit.is_ours
                     THEN '{inflow,internal,unexplained}' ELSE '{deposit}' END::text[])
                JOIN wallets_entry AS entry ON entry.journal_id = journal.id
                JOIN wallets_account AS account ON account.id = entry.account_id
               WHERE (deposit.txid, deposit.log_index) = (flow.txid, flow.log_index)
                 AND (deposit.address_id, deposit.asset, deposit.units, deposit.sender)
                     = (address.id, flow.asset, flow.units, flow.sender)
                 AND account.kind = 'deposits' AND entry.asset = flow.asset
                 AND entry.units = flow.units)""",
)
NEVER_CAME = Rule(
    "deposit {0}/{1} of {2} units of {3} at {4} stands in block {5}, and nothing came there",
    "pull the kill switch: it may have been paid on; look the txid up on another node",
    """SELECT deposit.txid, deposit.log_index, deposit.units, deposit.asset, address.address,
              deposit.block_number
         FROM wallets_deposit AS deposit
         JOIN wallets_depositaddress AS address ON address.id = deposit.address_id
        WHERE NOT EXISTS (
              SELECT FROM tron_chainflow AS flow
               WHERE (flow.txid, flow.log_index, flow.recipient, flow.block_number)
                     = (deposit.txid, deposit.log_index, address.address, deposit.block_number)
                 AND flow.booked_at IS NOT NULL)""",
)
UNORDERED = Rule(
    "{0} units of {1} left deposit address {2} for {3} in block {4} ({5}/{6}); no sweep says so",
    STOLEN,
    """SELECT flow.units, flow.asset, flow.sender,
              coalesce(nullif(flow.recipient, ''), 'the network'), flow.block_number, flow.txid,
              flow.log_index
         FROM tron_chainflow AS flow
         JOIN wallets_depositaddress AS address ON address.address = flow.sender
        WHERE NOT EXISTS (
              SELECT FROM tron_chaintransaction AS tx
                JOIN gateway_sweep AS sweep ON sweep.id = tx.subject AND tx.purpose = 'sweep'
               WHERE tx.txid = flow.txid AND tx.sender = flow.sender
                 AND tx.status NOT IN ('dead', 'contradicted')
                 AND CASE WHEN flow.log_index = %(fee)s
                     THEN flow.asset = 'TRX' AND flow.units = tx.fee_sun
                     ELSE tx.status <> 'failed' AND tx.recipient = flow.recipient
                          AND tx.amount_micro = flow.units
                          AND flow.asset = CASE tx.kind WHEN 'transfer' THEN 'USDT' ELSE 'TRX' END
                     END)
          AND NOT EXISTS (
              SELECT FROM wallets_journal AS journal
                LEFT JOIN wallets_journal AS said
                  ON said.kind = 'assigned' AND said.reference = journal.id::text
               WHERE journal.reference = flow.txid || '/' || flow.log_index
                 AND (journal.kind = 'internal'
                      OR journal.kind = 'unexplained' AND said.id IS NOT NULL))""",
    lambda: {"fee": FEE_LOG_INDEX},
)
# What a settlement has booked counts before its flow is matched with it.
OTHER_SUM = Rule(
    "by what came and went, {0} units of {1} lie at deposit addresses, the books say {2}",
    BOOKS,
    f"""WITH {MOVED},
        held AS (
            SELECT asset, sum(units) AS units FROM moved
             WHERE booked_at IS NOT NULL
                OR units < 0 AND EXISTS (SELECT FROM tron_chaintransaction AS tx
                                          WHERE tx.txid = moved.txid AND tx.purpose = 'sweep'
                                            AND tx.settled_at IS NOT NULL)
             GROUP BY asset),
        booked AS (
            SELECT account.asset, sum(entry.units) AS units FROM wallets_account AS account
              JOIN wallets_entry AS entry ON entry.account_id = account.id
             WHERE account.kind = 'deposits' GROUP BY account.asset)
        SELECT coalesce(held.units, 0), asset, coalesce(booked.units, 0)
          FROM held FULL JOIN booked USING (asset)
         WHERE coalesce(held.units, 0) <> coalesce(booked.units, 0)""",
)
NOT_THE_ORDER = Rule(
    "transaction {0} of {1} is not what was ordered: {2}",
    STOP,
    f"""SELECT tx.txid, {SWEEP}, concat_ws(', ',
               CASE WHEN tx.kind <> told.kind THEN 'kind' END,
               CASE WHEN tx.recipient IS DISTINCT FROM wallet.address THEN 'recipient' END,
               CASE WHEN tx.amount_micro <> sweep.units THEN 'amount' END,
               CASE WHEN tx.sender <> address.address THEN 'address' END,
               CASE WHEN tx.contract <> told.contract THEN 'contract' END)
          FROM tron_chaintransaction AS tx
          JOIN gateway_sweep AS sweep ON sweep.id = tx.subject
          JOIN wallets_depositaddress AS address ON address.id = sweep.address_id
          JOIN wallets_wallet AS wallet ON wallet.id = sweep.wallet_id
         CROSS JOIN LATERAL (
               SELECT CASE sweep.asset WHEN 'USDT' THEN 'transfer' ELSE 'transfer_trx' END,
                      CASE sweep.asset WHEN 'USDT' THEN %(contract)s ELSE '' END)
               AS told (kind, contract)
         WHERE tx.created_at >= %(since)s
           AND ((tx.kind, tx.purpose, tx.amount_micro, tx.sender, tx.contract)
                <> (told.kind, 'sweep', sweep.units, address.address, told.contract)
                OR tx.recipient IS DISTINCT FROM wallet.address)""",
    lambda: {"contract": network().usdt_contract},
)
WRONG_END = Rule(
    "{0} is {1}, and its transaction {2} is {3}",
    STOP,
    f"""SELECT {SWEEP}, sweep.status, coalesce(tx.txid, '—'), coalesce(tx.status, 'missing')
          FROM gateway_sweep AS sweep
          LEFT JOIN tron_chaintransaction AS tx ON tx.id = sweep.transaction_id
         WHERE sweep.created_at >= %(since)s AND CASE sweep.status
               WHEN 'swept' THEN tx.status IS DISTINCT FROM 'succeeded'
               WHEN 'failed' THEN tx.status NOT IN ('failed', 'dead')
               WHEN 'signed' THEN tx.id IS NULL
                    OR tx.settled_at IS NOT NULL AND tx.status <> 'contradicted'
               ELSE tx.id IS NOT NULL END""",
)

CHECKS = (UNBOOKED, NEVER_CAME, UNORDERED, OTHER_SUM, NOT_THE_ORDER, WRONG_END)
