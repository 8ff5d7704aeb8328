"""The floor of the pipeline: a plain process that signs, stores and posts, and does nothing else.

No event, no announcement, no hold, no check of bytes, no estimate, no answer kept: the price of
what signing, PostgreSQL and HTTP cost in Python. Waits for a line, then works until nothing is due.
"""

import asyncio
import hashlib
import os
import sys
from typing import Any

import aiohttp
import psycopg
from coincurve import PrivateKey

from tron.address import address_of_public_key
from tron.sandbox.genesis import USDT_CONTRACT
from tron.transactions import Draft, _signed_hex, raw_of

CHUNK, CONCURRENCY = 500, 32
CLAIM = """
SELECT id, recipient_address, amount_micro FROM payouts_payout
WHERE status = 'pending' ORDER BY priority, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
STORE = """
WITH stored AS (
  INSERT INTO tron_chaintransaction (
    txid, subject, sender, recipient, contract, amount_micro, fee_limit_sun, energy_estimate,
    ref_block_number, ref_block_id, expiration_ms, timestamp_ms, signed_hex, status, sends,
    last_answer, found, result, block_id, created_at)
  SELECT txid, subject, %(sender)s, recipient, %(contract)s, amount, 30000000, 0,
    1000, %(block)s, %(expires)s, at, bytes, 'signed', 0, '', '', '', '', now()
  FROM unnest(%(txids)s::text[], %(subjects)s::uuid[], %(recipients)s::text[],
    %(amounts)s::bigint[], %(times)s::bigint[], %(signed)s::text[])
    AS one (txid, subject, recipient, amount, at, bytes)
  RETURNING id, subject
)
UPDATE payouts_payout AS payout SET status = 'processing', transaction_id = stored.id
FROM stored WHERE payout.id = stored.subject
"""
SENT = "UPDATE tron_chaintransaction SET status = 'sent', sends = 1 WHERE txid = ANY(%s)"


class Worker:
    """One key, one connection to the database, one session with the node."""

    def __init__(self, connection: psycopg.Connection[Any], session: aiohttp.ClientSession) -> None:
        self._connection, self._session = connection, session
        self._key = PrivateKey()
        self._sender = address_of_public_key(self._key.public_key)
        self._timestamp_ms = 1_760_000_000_000

    async def chunk(self) -> int:
        """Sign, store and post the next ones; return how many."""
        with self._connection.transaction():
            rows = self._connection.execute(CLAIM, (CHUNK,)).fetchall()
            signed = [self._signed(recipient, amount) for _, recipient, amount in rows]
            self._connection.execute(STORE, self._columns(rows, signed))
        slots = asyncio.Semaphore(CONCURRENCY)
        await asyncio.gather(*(self._post(slots, text) for _, _, text in signed))
        self._connection.execute(SENT, ([txid for txid, _, _ in signed],))
        return len(rows)

    def _signed(self, recipient: str, amount: int) -> tuple[str, int, str]:
        self._timestamp_ms += 1
        raw = raw_of(
            Draft(
                sender=self._sender,
                recipient=recipient,
                contract=USDT_CONTRACT,
                amount=amount,
                fee_limit_sun=30_000_000,
                ref_block_id="ab" * 32,
                expiration_ms=1_760_000_120_000,
                timestamp_ms=self._timestamp_ms,
            )
        )
        digest = hashlib.sha256(raw).digest()
        signature = self._key.sign_recoverable(digest, hasher=None)
        return digest.hex(), self._timestamp_ms, _signed_hex(raw, signature)

    def _columns(self, rows: list[Any], signed: list[tuple[str, int, str]]) -> dict[str, Any]:
        return {
            "sender": self._sender, "contract": USDT_CONTRACT, "block": "ab" * 32,
            "expires": 1_760_000_120_000, "subjects": [row[0] for row in rows],
            "recipients": [row[1] for row in rows], "amounts": [row[2] for row in rows],
            "txids": [one[0] for one in signed], "times": [one[1] for one in signed],
            "signed": [one[2] for one in signed],
        }  # fmt: skip

    async def _post(self, slots: asyncio.Semaphore, signed_hex: str) -> None:
        async with slots:
            url, body = (
                f"{os.environ['TRON_NODES']}/wallet/broadcasthex",
                {"transaction": signed_hex},
            )
            async with self._session.post(url, json=body) as response:
                if not (await response.json())["result"]:
                    raise RuntimeError("the node refused")


async def main() -> None:
    """Work whenever a line arrives; say so when nothing is due any more."""
    with psycopg.connect(os.environ["FLOOR_DSN"], autocommit=True) as connection:
        async with aiohttp.ClientSession() as session:
            worker = Worker(connection, session)
            while sys.stdin.readline():
                while await worker.chunk():
                    pass
                print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
