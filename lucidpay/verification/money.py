"""The books: holds within balances, journals that sum to zero, every movement booked.

Invariant 7. Sums are always those of all rows.
"""

from lucidpay.verification.findings import Rule, payout_sql
from tron.flows import FEE_LOG_INDEX

BOOKS = "pull the kill switch and rebuild the sum from the entries; find out who wrote to the books"
HOLDS = "compare the payout with its holds; the money is promised twice or to nobody"
PAYOUT = payout_sql("payout.id")

UNBALANCED = Rule(
    "journal {0} ({1} {2}) sums to {3} units of {4}, not to zero",
    BOOKS,
    """SELECT journal.id, journal.kind, journal.reference, sum(entry.units), entry.asset
         FROM wallets_entry AS entry
         JOIN wallets_journal AS journal ON journal.id = entry.journal_id
        GROUP BY journal.id, entry.asset HAVING sum(entry.units) <> 0""",
)
EMPTY_JOURNAL = Rule(
    "journal {0} ({1} {2}) has no entries",
    BOOKS,
    """SELECT journal.id, journal.kind, journal.reference FROM wallets_journal AS journal
        WHERE NOT EXISTS (SELECT FROM wallets_entry WHERE journal_id = journal.id)""",
)
OTHER_ASSET = Rule(
    "entry {0} books {1} on an account of {2}",
    BOOKS,
    """SELECT entry.id, entry.asset, account.asset FROM wallets_entry AS entry
         JOIN wallets_account AS account ON account.id = entry.account_id
        WHERE entry.asset <> account.asset""",
)
OTHER_BALANCE = Rule(
    "account {0} of {1} ({2}) says {3} units, its entries sum to {4}",
    BOOKS,
    """SELECT account.id, coalesce('wallet ' || wallet.name, 'merchant ' || account.owner_id),
              account.asset, account.balance_units, coalesce(booked.units, 0)
         FROM wallets_account AS account
         LEFT JOIN wallets_wallet AS wallet ON wallet.id = account.wallet_id
         LEFT JOIN (SELECT account_id, sum(units) AS units FROM wallets_entry GROUP BY account_id)
              AS booked ON booked.account_id = account.id
        WHERE account.kind IN ('wallet', 'merchant')
          AND account.balance_units <> coalesce(booked.units, 0)""",
)
OTHER_HELD = Rule(
    "account {0} of wallet {1} ({2}) says {3} units are held, its open holds sum to {4}",
    HOLDS,
    """SELECT account.id, wallet.name, account.asset, account.held_units, coalesce(held.units, 0)
         FROM wallets_account AS account
         LEFT JOIN wallets_wallet AS wallet ON wallet.id = account.wallet_id
         LEFT JOIN (SELECT account_id, sum(units) AS units FROM wallets_hold
                     WHERE status = 'open' GROUP BY account_id) AS held
              ON held.account_id = account.id
        WHERE account.held_units <> coalesce(held.units, 0)""",
)
OVERPROMISED = Rule(
    "wallet {0} holds {1} units of {2} for payments and has {3}",
    "pull the kill switch: more is promised than there is",
    """SELECT wallet.name, account.held_units, account.asset, account.balance_units
         FROM wallets_account AS account
         JOIN wallets_wallet AS wallet ON wallet.id = account.wallet_id
        WHERE account.kind = 'wallet' AND account.held_units > account.balance_units""",
)
HALF_ENDED_HOLD = Rule(
    "hold {0} is {1} and its end is noted as {2}",
    HOLDS,
    """SELECT id, status, coalesce(ended_at::text, 'nothing') FROM wallets_hold
        WHERE (status = 'open') <> (ended_at IS NULL)""",
)
HELD_FOR_NOBODY = Rule(
    "hold {0} of {1} units is open for {2}, which is {3}",
    HOLDS,
    f"""SELECT hold.id, hold.units, {payout_sql("hold.subject")},
               coalesce(payout.status, 'no payout')
          FROM wallets_hold AS hold LEFT JOIN payouts_payout AS payout ON payout.id = hold.subject
         WHERE hold.status = 'open' AND payout.status IS DISTINCT FROM 'processing'
           AND NOT EXISTS (SELECT FROM wallets_operation
                            WHERE id = hold.subject AND status = 'open')""",
)
NOT_HELD = Rule(
    "{0} is {1}, and {2} units are {3} for it, of {4}",
    HOLDS,
    f"""WITH wanted AS (
            SELECT payout.*, CASE payout.status WHEN 'processing' THEN 'open' ELSE 'posted' END
                   AS hold_status
              FROM payouts_payout AS payout
             WHERE payout.status IN ('processing', 'confirmed') AND payout.created_at >= %(since)s)
        SELECT {PAYOUT}, payout.status, coalesce(sum(hold.units), 0), payout.hold_status,
               payout.amount_micro
          FROM wanted AS payout
          LEFT JOIN (wallets_hold AS hold JOIN wallets_account AS account
                     ON account.id = hold.account_id AND account.asset = 'USDT')
               ON hold.subject = payout.id AND hold.status = payout.hold_status
               AND account.wallet_id = payout.wallet_id
         GROUP BY payout.id, payout.status, payout.hold_status, payout.amount_micro
        HAVING coalesce(sum(hold.units), 0) <> payout.amount_micro OR count(hold.id) <> 1""",
)
POSTED_UNPAID = Rule(
    "hold {0} of {1} units is posted for {2}, which is {3}",
    HOLDS,
    f"""SELECT hold.id, hold.units, {payout_sql("hold.subject")},
               coalesce(payout.status, 'no payout')
          FROM wallets_hold AS hold LEFT JOIN payouts_payout AS payout ON payout.id = hold.subject
         WHERE hold.status = 'posted' AND payout.status IS DISTINCT FROM 'confirmed'
           AND NOT EXISTS (SELECT FROM wallets_operation
                            WHERE id = hold.subject AND status = 'confirmed')""",
)
# What must be booked for every settled end, and out of which wallet, or whose deposit address:
# those share an account, so the transaction says whose.
DUE = """
    due AS (
        SELECT CASE WHEN purpose = 'sweep' THEN 'sweep' WHEN kind = 'transfer_trx' THEN 'sent'
               WHEN kind = 'stake' THEN 'staked' ELSE 'payout' END AS kind, txid, sender,
               CASE kind WHEN 'transfer' THEN 'USDT' ELSE 'TRX' END AS asset,
               amount_micro AS units
          FROM tron_chaintransaction WHERE status = 'succeeded' AND settled_at IS NOT NULL
           AND kind IN ('transfer', 'transfer_trx', 'stake')
        UNION ALL
        SELECT 'fee', txid, sender, 'TRX', fee_sun FROM tron_chaintransaction
         WHERE status IN ('succeeded', 'failed') AND settled_at IS NOT NULL AND fee_sun > 0),
    booked AS (
        SELECT journal.kind, journal.reference AS txid, wallet.address AS sender, entry.asset,
               -entry.units AS units
          FROM wallets_journal AS journal
          JOIN wallets_entry AS entry ON entry.journal_id = journal.id
          JOIN wallets_account AS account ON account.id = entry.account_id
          JOIN wallets_wallet AS wallet ON wallet.id = account.wallet_id
         WHERE journal.kind IN ('payout', 'sent', 'staked', 'fee')
        UNION ALL
        SELECT journal.kind, journal.reference, coalesce(tx.sender, 'a deposit address'),
               entry.asset, -entry.units
          FROM wallets_journal AS journal
          JOIN wallets_entry AS entry ON entry.journal_id = journal.id
          JOIN wallets_account AS account ON account.id = entry.account_id
          LEFT JOIN tron_chaintransaction AS tx
            ON tx.txid = journal.reference AND tx.purpose = 'sweep'
         WHERE journal.kind IN ('sweep', 'fee') AND account.kind = 'deposits')"""
NOT_BOOKED = Rule(
    "{0} of transaction {1}: {2} units of {3} left {4}, and that is not in the books",
    BOOKS,
    f"""WITH {DUE} SELECT kind, txid, units, asset, sender
          FROM (SELECT * FROM due EXCEPT SELECT * FROM booked) AS missing""",
)
BOOKED_FOR_NOTHING = Rule(
    "{0} of transaction {1}: {2} units of {3} out of {4} are booked, and no end says so",
    BOOKS,
    f"""WITH {DUE} SELECT kind, txid, units, asset, sender
          FROM (SELECT * FROM booked EXCEPT SELECT * FROM due) AS invented""",
)
UNBOOKED_FLOW = Rule(
    "{0} units of {1} came to our wallet {2} in block {3} ({4}/{5}), and that is not in the books",
    BOOKS,
    """SELECT flow.units, flow.asset, flow.recipient, flow.block_number, flow.txid, flow.log_index
         FROM tron_chainflow AS flow
         JOIN wallets_wallet AS wallet ON wallet.address = flow.recipient
        WHERE wallet.status IN ('active', 'archived') AND wallet.kind <> 'watch'
          AND flow.block_number > wallet.opened_at_block
          AND (flow.booked_at IS NOT NULL
               OR to_timestamp(flow.block_time_ms / 1000.0) < %(late)s)
          AND NOT EXISTS (
              SELECT FROM wallets_journal AS journal
                JOIN wallets_entry AS entry ON entry.journal_id = journal.id
                JOIN wallets_account AS account ON account.id = entry.account_id
               WHERE journal.kind IN ('inflow', 'internal', 'unexplained')
                 AND journal.reference = flow.txid || '/' || flow.log_index
                 AND account.wallet_id = wallet.id AND entry.asset = flow.asset
                 AND entry.units = flow.units)""",
)
# Ours is the payment of an order, its fee, a transfer between two wallets of ours, and what a
# person has said to be the owner's own.
UNORDERED = Rule(
    "{0} units of {1} left our wallet {2} for {3} in block {4} ({5}/{6}); no order explains it",
    "pull the kill switch: somebody else has the key, or moved money by hand",
    """SELECT flow.units, flow.asset, flow.sender,
              coalesce(nullif(flow.recipient, ''), 'the network'), flow.block_number, flow.txid,
              flow.log_index
         FROM tron_chainflow AS flow
         JOIN wallets_wallet AS wallet ON wallet.address = flow.sender
        WHERE wallet.status IN ('active', 'archived') AND wallet.kind <> 'watch'
          AND flow.block_number > wallet.opened_at_block
          AND NOT EXISTS (
              SELECT FROM tron_chaintransaction AS tx
               WHERE tx.txid = flow.txid AND tx.sender = flow.sender
                 AND (EXISTS (SELECT FROM payouts_payout WHERE id = tx.subject)
                      OR EXISTS (SELECT FROM wallets_operation WHERE id = tx.subject))
                 AND tx.status NOT IN ('dead', 'contradicted')
                 AND CASE WHEN flow.log_index = %(fee)s
                     THEN flow.asset = 'TRX' AND flow.units = tx.fee_sun
                     ELSE tx.status <> 'failed' AND tx.amount_micro = flow.units
                          AND CASE tx.kind
                              WHEN 'transfer' THEN flow.asset = 'USDT'
                                   AND tx.recipient = flow.recipient
                              WHEN 'transfer_trx' THEN flow.asset = 'TRX'
                                   AND tx.recipient = flow.recipient
                              WHEN 'stake' THEN flow.asset = 'TRX' AND flow.recipient = ''
                              ELSE false END END)
          AND NOT EXISTS (
              SELECT FROM wallets_journal AS journal
                LEFT JOIN wallets_journal AS said
                  ON said.kind = 'assigned' AND said.reference = journal.id::text
               WHERE journal.reference = flow.txid || '/' || flow.log_index
                 AND (journal.kind = 'internal'
                      OR journal.kind = 'unexplained' AND said.id IS NOT NULL))""",
    lambda: {"fee": FEE_LOG_INDEX},
)
BLOCKLESS = Rule(
    "journal {0} ({1} {2}) moves a balance in no block",
    BOOKS,
    """SELECT DISTINCT journal.id, journal.kind, journal.reference FROM wallets_journal AS journal
         JOIN wallets_entry AS entry ON entry.journal_id = journal.id
         JOIN wallets_account AS account ON account.id = entry.account_id
        WHERE account.kind IN ('wallet', 'deposits') AND journal.block_number IS NULL""",
)

CHECKS = (
    UNBALANCED, EMPTY_JOURNAL, OTHER_ASSET, OTHER_BALANCE, OTHER_HELD, OVERPROMISED,
    HALF_ENDED_HOLD, HELD_FOR_NOBODY, NOT_HELD, POSTED_UNPAID, NOT_BOOKED, BOOKED_FOR_NOTHING,
    UNBOOKED_FLOW, UNORDERED, BLOCKLESS,
)  # fmt: skip
