"""Signed transactions: one live at a time, exactly what was ordered, ended before the next.

Invariants 1, 2, 3, 5 and 6: at most one transaction of a payout that has paid or still can; its
bytes, txid, expiration and reference block stored, and equal to the order; a next one only after
the end of the last; an end only by a solid receipt or a proof of death.
"""

from collections.abc import Iterator
from typing import Any

from lucidpay.verification.findings import (
    FETCH,
    Finding,
    Rule,
    Scope,
    noted_sql,
    payout_sql,
    subject_sql,
)
from tron.models import ChainTransaction, TxStatus
from tron.networks import network
from tron.receipts import FAILURES
from tron.store import signed_of
from tron.transactions import NotThisTransaction, signers_of, verify

STOP = "pull the kill switch and compare these txids with the chain"
PAYOUT = subject_sql("tx")


def _chain() -> dict[str, Any]:
    return {"contract": network().usdt_contract, "failures": sorted(FAILURES)}


TWO_LIVE = Rule(
    "{0} has {1} transactions that have paid or still can: {2}",
    STOP,
    f"""SELECT {PAYOUT}, count(*), string_agg(tx.txid, ', ' ORDER BY tx.id)
          FROM tron_chaintransaction AS tx WHERE tx.status NOT IN ('failed', 'dead')
         GROUP BY tx.subject, tx.purpose HAVING count(*) > 1""",
)
ORPHAN = Rule(
    "transaction {0} belongs to no payout, no operation and no sweep ({1})",
    STOP,
    f"""SELECT tx.txid, {PAYOUT} FROM tron_chaintransaction AS tx
          LEFT JOIN payouts_payout AS payout
            ON payout.id = tx.subject AND tx.purpose = 'payout'
          LEFT JOIN wallets_operation AS operation
            ON operation.id = tx.subject AND tx.purpose = 'operation'
          LEFT JOIN gateway_sweep AS sweep ON sweep.id = tx.subject AND tx.purpose = 'sweep'
         WHERE payout.id IS NULL AND operation.id IS NULL AND sweep.id IS NULL
           AND tx.created_at >= %(since)s""",
)
NOT_THE_ORDER = Rule(
    "transaction {0} of {1} is not what was ordered: {2}",
    STOP,
    f"""SELECT tx.txid, {PAYOUT}, concat_ws(', ',
               CASE WHEN (tx.kind, tx.purpose) <> ('transfer', 'payout') THEN 'kind' END,
               CASE WHEN tx.memo <> payout.memo THEN 'memo' END,
               CASE WHEN tx.recipient <> payout.recipient_address THEN 'recipient' END,
               CASE WHEN tx.amount_micro <> payout.amount_micro THEN 'amount' END,
               CASE WHEN tx.sender IS DISTINCT FROM wallet.address THEN 'paying wallet' END,
               CASE WHEN tx.contract <> %(contract)s THEN 'contract' END)
          FROM tron_chaintransaction AS tx
          JOIN payouts_payout AS payout ON payout.id = tx.subject
          JOIN wallets_wallet AS wallet ON wallet.id = payout.wallet_id
         WHERE tx.created_at >= %(since)s
           AND (tx.kind, tx.purpose, tx.memo, tx.recipient, tx.amount_micro, tx.contract)
               <> ('transfer', 'payout', payout.memo, payout.recipient_address,
                   payout.amount_micro, %(contract)s)
            OR tx.created_at >= %(since)s AND tx.sender IS DISTINCT FROM wallet.address""",
    _chain,
)
WRONG_REFERENCE = Rule(
    "transaction {0}: reference block {1} is not the number in its id {2}",
    STOP,
    """SELECT txid, ref_block_number, ref_block_id FROM tron_chaintransaction
        WHERE created_at >= %(since)s
          AND (length(ref_block_id) <> 64
               OR ref_block_number <> ('x' || left(ref_block_id, 16))::bit(64)::bigint)""",
)
# By blocks and the chain's own time, not by clocks: those of two workers may differ.
TOO_EARLY = Rule(
    "transaction {0} of {1} was signed before the end of {2} ({3}) was known",
    STOP,
    f"""WITH ordered AS (
            SELECT tx.subject, tx.txid, tx.ref_block_number, tx.timestamp_ms, tx.created_at,
                   lag(tx.txid) OVER story AS before,
                   lag(tx.status) OVER story AS ended,
                   lag(tx.settled_at) OVER story AS settled_at,
                   lag(coalesce(tx.block_number, ({noted_sql("solid_block")})))
                       OVER story AS end_block,
                   lag(coalesce(tx.block_time_ms, ({noted_sql("solid_block_time_ms")})))
                       OVER story AS end_time_ms
              FROM tron_chaintransaction AS tx
            WINDOW story AS (PARTITION BY tx.subject ORDER BY tx.id))
        SELECT txid, {payout_sql("subject")}, before, ended FROM ordered
         WHERE before IS NOT NULL AND created_at >= %(since)s
           AND (ended NOT IN ('failed', 'dead') OR settled_at IS NULL OR end_block IS NULL
                OR ref_block_number < end_block OR timestamp_ms < end_time_ms)""",
)
HALF_ENDED = Rule(
    "transaction {0} of {1} is {2}, but {3}",
    "compare it with its receipt on the chain",
    f"""SELECT tx.txid, {PAYOUT}, tx.status, CASE
               WHEN tx.status IN ('awaiting', 'signed', 'sent') THEN 'has facts of an end already'
               WHEN tx.final_at IS NULL THEN 'nobody noted when that was seen'
               WHEN tx.status = 'dead' THEN 'it has a block or no proof'
               ELSE 'its block or its result (' || tx.result || ') does not fit' END
          FROM tron_chaintransaction AS tx
         WHERE tx.created_at >= %(since)s AND CASE
               WHEN tx.status IN ('awaiting', 'signed', 'sent') THEN tx.final_at IS NOT NULL
                    OR tx.settled_at IS NOT NULL OR tx.proof IS NOT NULL
               WHEN tx.final_at IS NULL THEN true
               WHEN tx.status = 'dead' THEN tx.block_number IS NOT NULL OR tx.proof IS NULL
               ELSE tx.block_number IS NULL OR tx.block_time_ms IS NULL OR tx.block_id = ''
                    OR tx.block_number <= tx.ref_block_number
                    OR tx.status = 'succeeded' AND tx.result <> 'SUCCESS'
                    OR tx.status = 'failed' AND NOT tx.result = ANY(%(failures)s) END""",
    _chain,
)
CONTRADICTED = Rule(
    "transaction {0} of {1} stands in block {2}, but not as our transfer",
    "compare it with the chain; nothing is signed for this payout again",
    f"""SELECT tx.txid, {PAYOUT}, tx.block_number FROM tron_chaintransaction AS tx
         WHERE tx.status = 'contradicted' AND tx.created_at >= %(since)s""",
)
UNSETTLED = Rule(
    "transaction {0} of {1} is {2} since {3:%Y-%m-%d %H:%M:%S} UTC, and nobody has acted on it",
    "see the worker's log for transaction_cannot_be_settled, and whether a worker runs",
    f"""SELECT tx.txid, {PAYOUT}, tx.status, tx.final_at AT TIME ZONE 'UTC'
          FROM tron_chaintransaction AS tx
         WHERE tx.status IN ('succeeded', 'failed', 'dead') AND tx.settled_at IS NULL
           AND tx.final_at < %(late)s""",
)
LEFT_BEHIND = Rule(
    "transaction {0} of {1} should have ended by block {2}, to which all is read and agreed",
    "see the worker's log for no_proof_of_death; it is not signed again before a person has looked",
    f"""SELECT tx.txid, {PAYOUT}, scan.agreed_number
          FROM tron_scancursor AS scan
          JOIN tron_scannedblock AS block ON block.number = scan.agreed_number
          JOIN tron_chaintransaction AS tx ON tx.status IN ('awaiting', 'signed', 'sent')
         WHERE tx.block_number <= scan.agreed_number
            OR tx.block_number IS NULL AND tx.expiration_ms <= block.time_ms""",
)
ONE_WITNESS = Rule(
    "transaction {0} of {1} is {2} by block {3}, but only up to block {4} was that agreed upon",
    STOP,
    f"""SELECT tx.txid, {PAYOUT}, tx.status, ended.block, scan.agreed_number
          FROM tron_chaintransaction AS tx
         CROSS JOIN tron_scancursor AS scan
         CROSS JOIN LATERAL (
               SELECT coalesce(tx.block_number, {noted_sql("solid_block")})) AS ended (block)
         WHERE tx.status IN ('failed', 'dead') AND ended.block > scan.agreed_number""",
)


def other_bytes(scope: Scope) -> Iterator[Finding]:
    """Yield every transaction whose stored bytes are not its order, signed by enough.

    The txid is computed again, and the signers recovered from the signatures. What waits for
    some, or has died waiting, has too few and is compared all the same.
    """
    rows = ChainTransaction.objects.filter(created_at__gte=scope.since).order_by("pk")
    for row in rows.iterator(chunk_size=FETCH):
        try:
            if row.status == TxStatus.AWAITING or (row.permission and not row.sends):
                signers_of(signed_of(row))
            else:
                verify(signed_of(row))
        except NotThisTransaction as error:
            yield Finding(f"transaction {row.txid}: {error}", STOP)


CHECKS = (
    TWO_LIVE, ORPHAN, NOT_THE_ORDER, WRONG_REFERENCE, TOO_EARLY, HALF_ENDED, CONTRADICTED,
    UNSETTLED, LEFT_BEHIND, ONE_WITNESS, other_bytes,
)  # fmt: skip
