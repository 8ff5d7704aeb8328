"""Proofs: every end derived again from the solid blocks that were read.

Invariants 3 and 4: a death is proven by a solid block not earlier than the expiration, and every
block from the reference block to that one, hash-linked, without a gap.
"""

from lucidpay.verification.findings import Rule, noted_sql, subject_sql
from tron.flows import FEE_LOG_INDEX

PAYOUT = subject_sql("tx")
RECHECK = "do not pay it again before its txid has been looked up on the chain"

# A block that does not follow the one stored before it. Up to ``swept_number`` only those blocks
# were kept that a proof needs; UNREAD looks at each proof.
BROKEN = """
    broken AS MATERIALIZED (
        SELECT number FROM (
            SELECT number, parent_id, time_ms, lag(number) OVER chain AS before,
                   lag(block_id) OVER chain AS before_id, lag(time_ms) OVER chain AS before_ms
              FROM tron_scannedblock WINDOW chain AS (ORDER BY number)) AS linked
         WHERE before IS NOT NULL
           AND (number <> before + 1
                    AND number > 1 + (SELECT coalesce(max(swept_number), 0) FROM tron_scancursor)
                OR number = before + 1 AND parent_id <> before_id OR time_ms <= before_ms))"""
GAP = Rule(
    "solid block {0} as it is stored does not follow the one before it",
    "restore tron_scannedblock from a backup: deaths proven across it are not proven any more",
    f"WITH {BROKEN} SELECT number FROM broken ORDER BY number",
)
# An ended transaction with the block that decided.
ENDED = f"""
    ended AS MATERIALIZED (
        SELECT tx.*, CASE WHEN tx.status = 'dead' THEN ({noted_sql("solid_block")})
                          ELSE tx.block_number END AS end_number,
               CASE WHEN tx.status = 'dead' THEN tx.proof->>'solid_block_id'
                    ELSE tx.block_id END AS end_id,
               CASE WHEN tx.status = 'dead' THEN ({noted_sql("solid_block_time_ms")})
                    ELSE tx.block_time_ms END AS end_time_ms
          FROM tron_chaintransaction AS tx
         WHERE tx.status IN ('succeeded', 'failed', 'dead', 'contradicted')
           AND tx.created_at >= %(since)s)"""
WRONG_NOTE = Rule(
    "the proof noted of dead transaction {0} of {1} does not prove it: {2}",
    RECHECK,
    f"""SELECT tx.txid, {PAYOUT}, tx.proof FROM tron_chaintransaction AS tx
         WHERE tx.status = 'dead' AND tx.created_at >= %(since)s
           AND NOT coalesce(
               ({noted_sql("expiration_ms")}) = tx.expiration_ms
               AND ({noted_sql("reference_block")}) = tx.ref_block_number
               AND tx.proof->>'reference_block_id' = tx.ref_block_id
               AND ({noted_sql("solid_block_time_ms")}) >= tx.expiration_ms
               AND ({noted_sql("blocks_scanned")})
                   = ({noted_sql("solid_block")}) - tx.ref_block_number
               AND ({noted_sql("solid_block")}) > tx.ref_block_number, false)""",
)
UNREAD = Rule(
    "transaction {0} of {1} is {2} by block {3}, but the blocks read do not prove it: {4}",
    RECHECK,
    f"""WITH {BROKEN}, {ENDED}
        SELECT tx.txid, {PAYOUT}, tx.status, tx.end_number, concat_ws(', ',
               CASE WHEN block.number IS NULL THEN 'that block is not stored with this id and time'
               END,
               CASE WHEN stored.count < tx.end_number - tx.ref_block_number
                    THEN stored.count || ' of ' || tx.end_number - tx.ref_block_number
                         || ' blocks are stored' END,
               CASE WHEN first.number IS NULL THEN 'the first does not follow the reference block'
               END,
               CASE WHEN gaps.count > 0 THEN gaps.count || ' are not linked' END)
          FROM ended AS tx
          LEFT JOIN tron_scannedblock AS block ON block.number = tx.end_number
               AND block.block_id = tx.end_id AND block.time_ms = tx.end_time_ms
          LEFT JOIN tron_scannedblock AS first ON first.number = tx.ref_block_number + 1
               AND first.parent_id
                       = coalesce(tx.proof->>'reference_block_on_chain', tx.ref_block_id)
               -- Another block than the one it names may stand there only if TAPOS sees it.
               AND (tx.proof->>'reference_block_on_chain' IS NULL
                    OR substr(tx.proof->>'reference_block_on_chain', 17, 16)
                       <> substr(tx.ref_block_id, 17, 16))
          CROSS JOIN LATERAL (
               SELECT count(*) FROM tron_scannedblock
                WHERE number > tx.ref_block_number AND number <= tx.end_number) AS stored
          CROSS JOIN LATERAL (
               SELECT count(*) FROM broken
                WHERE number > tx.ref_block_number + 1 AND number <= tx.end_number) AS gaps
         WHERE block.number IS NULL OR first.number IS NULL OR gaps.count > 0
            OR stored.count < tx.end_number - tx.ref_block_number""",
)
DEAD_BUT_PAID = Rule(
    "{5} transaction {0} of {1} moved {2} units of {3} in block {4}",
    "pull the kill switch: it was included after all",
    f"""SELECT tx.txid, {PAYOUT}, flow.units, flow.asset, flow.block_number, tx.status
          FROM tron_chaintransaction AS tx JOIN tron_chainflow AS flow ON flow.txid = tx.txid
         WHERE tx.status = 'dead' OR tx.status = 'failed' AND flow.log_index <> %(fee)s""",
    lambda: {"fee": FEE_LOG_INDEX},
)
PAID_WITHOUT_FLOW = Rule(
    "transaction {0} of {1} has succeeded in block {2}, but no such movement was recorded",
    "compare the receipt with the order",
    f"""SELECT tx.txid, {PAYOUT}, tx.block_number FROM tron_chaintransaction AS tx
         WHERE tx.status = 'succeeded' AND tx.kind IN ('transfer', 'transfer_trx', 'stake')
           AND tx.created_at >= %(since)s AND NOT EXISTS (
               SELECT FROM tron_chainflow AS flow
                WHERE flow.txid = tx.txid AND flow.sender = tx.sender
                  AND flow.asset = CASE tx.kind WHEN 'transfer' THEN 'USDT' ELSE 'TRX' END
                  AND flow.recipient = CASE tx.kind WHEN 'stake' THEN '' ELSE tx.recipient END
                  AND flow.units = tx.amount_micro AND flow.block_number = tx.block_number)""",
)
ODD_CURSOR = Rule(
    "the scanner says it has read block {0} ({1}), the last one stored is {2} ({3})",
    "restore tron_scannedblock and tron_scancursor from the same backup",
    """SELECT scan.number, scan.block_id, block.number, block.block_id
         FROM tron_scancursor AS scan
         LEFT JOIN LATERAL (SELECT number, block_id FROM tron_scannedblock
                             ORDER BY number DESC LIMIT 1) AS block ON true
        WHERE scan.number >= scan.first_number
          AND (scan.number, scan.block_id) IS DISTINCT FROM (block.number, block.block_id)""",
)

CHECKS = (GAP, WRONG_NOTE, UNREAD, DEAD_BUT_PAID, PAID_WITHOUT_FLOW, ODD_CURSOR)
