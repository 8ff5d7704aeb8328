"""Sending signed bytes: again and again, always the same ones, until the chain has decided."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction

from lucidpay.rows import insert
from lucidpay.sql import ask as ask_database
from tron import node_health as health
from tron.cursor import cursor_here
from tron.errors import KeptOff, NodeError, OutcomeUnknown, Throttled, Unreachable, WrongChain
from tron.halt import halt, refuse_halted
from tron.models import HaltCause, NodeAnswer
from tron.node import Node, ask
from tron.nodes import all_throttled, open_nodes, rate_rps
from tron.outcomes import WRONG_TXID, Answer, answer_of, answer_of_error, most_telling
from tron.store import Claimed, signed_of
from tron.transactions import NotThisTransaction, Signed, verify

log = structlog.get_logger(__name__)

CHUNK = 500
CONCURRENCY = 32
# A node forgets a pending transaction after 60 s (java-tron PendingManager).
RESEND_S = (5, 15, 30, 60)
# In the order of the scanner, so that the two can never wait for each other in a ring. What it made
# final meanwhile keeps its end.
MOVE_ON = """
WITH locked AS MATERIALIZED (
  SELECT id FROM tron_chaintransaction WHERE id = ANY(%(keys)s::bigint[]) ORDER BY id FOR UPDATE
)
UPDATE tron_chaintransaction AS tx SET last_answer = told.code,
       status = CASE WHEN told.was_sent THEN 'sent' ELSE tx.status END
  FROM unnest(%(keys)s::bigint[], %(codes)s::text[], %(were_sent)s::bool[])
       AS told (id, code, was_sent)
  JOIN locked USING (id)
 WHERE tx.id = locked.id AND tx.status IN ('signed', 'sent')
RETURNING tx.id
"""


# After its expiration no node takes it: the scanner will say what became of it.
CLAIM = f"""
WITH due AS MATERIALIZED (
  SELECT id FROM tron_chaintransaction
   WHERE status IN ('signed', 'sent') AND next_send_at <= %(now)s::timestamptz
     AND expiration_ms > %(head_time_ms)s::bigint
   ORDER BY next_send_at LIMIT %(room)s::bigint FOR UPDATE SKIP LOCKED
)
UPDATE tron_chaintransaction AS tx SET sends = tx.sends + 1,
       next_send_at = %(now)s::timestamptz + make_interval(secs =>
         (%(pauses_s)s::int[])[least(tx.sends + 1, cardinality(%(pauses_s)s::int[]))])
  FROM due WHERE tx.id = due.id
RETURNING {", ".join(f"tx.{name}" for name in Claimed._fields)}
"""  # noqa: S608 (our own names)


@dataclass(frozen=True)
class Sending:
    """One stored transaction on its way out."""

    pk: int
    signed: Signed


def broadcast_due(*, now: datetime) -> int:
    """Send the transactions whose time has come to every node and return how many were.

    Raises ``Halted`` while the kill switch is on; then nothing is claimed. While every node has
    asked for a pause, nothing is claimed either: what is due stays due.

    They are claimed by moving ``next_send_at`` on, committed before the first byte leaves. So
    two workers send different ones, and a worker that dies here only delays the next sending.
    Sending twice would be harmless: the chain knows a transaction by its txid.
    """
    refuse_halted()
    if all_throttled():
        return 0
    sendings = _claim(now)
    if not sendings:
        return 0
    answers = ask(_send_all(sendings))
    _record(sendings, answers, now)
    return len(sendings)


def _claim(now: datetime) -> list[Sending]:
    cursor = cursor_here()
    facts = {
        "now": now,
        "head_time_ms": cursor.head_time_ms if cursor else 0,
        "pauses_s": list(RESEND_S),
        "room": _room(),
    }
    rows = [Claimed(*row) for row in ask_database(CLAIM, facts, keeps_plan=False)]
    return [sending for row in rows if (sending := _checked(row)) is not None]


def _room() -> int:
    """Return how many may be claimed: no more than can be sent before they are due again."""
    rps = rate_rps()
    return min(CHUNK, rps * RESEND_S[0]) if rps else CHUNK


def _checked(row: Claimed) -> Sending | None:
    """Return the row as it may be sent, or ``None`` when its bytes are not what it says."""
    try:
        sending = Sending(row.id, signed_of(row))
        verify(sending.signed)
    except NotThisTransaction:
        # One bad row must not stop the others; this one is never sent.
        log.critical("stored_transaction_is_not_its_transfer", txid=row.txid, exc_info=True)
        return None
    return sending


async def _send_all(sendings: list[Sending]) -> list[tuple[Answer, ...]]:
    """Return, for each sending, one answer of every node."""
    async with open_nodes() as nodes:
        lanes = [Lane(node) for node in nodes.best()]
        by_node = await asyncio.gather(*(lane.send_all(sendings) for lane in lanes))
    return list(zip(*by_node, strict=True))


class Lane:
    """The way of a chunk to one node. It ends within the time-out of one call, come what may.

    So a node that hangs never holds up what the others have answered. What it was not sent in
    that time has been sent to the others, and goes to it when its next sending is due.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._closed_by: NodeError | None = None

    async def send_all(self, sendings: list[Sending]) -> list[Answer]:
        """Send to a node that shows the network's genesis; return an answer for each sending."""
        ends_at = asyncio.get_running_loop().time() + settings.TRON_TIMEOUT_S
        await self._open(ends_at)
        answers: dict[int, Answer] = {}
        left = iter(sendings)

        async def send_on() -> None:
            for one in left:
                answers[one.pk] = await self._send(one, ends_at)

        await asyncio.gather(*(send_on() for _ in range(min(CONCURRENCY, len(sendings)))))
        return [answers[one.pk] for one in sendings]

    async def _open(self, ends_at: float) -> None:
        try:
            if health.is_throttled(self._node.name):
                raise KeptOff("left out while it pauses", node=self._node.name)
            async with asyncio.timeout_at(ends_at):
                await self._node.prove_genesis()
        except TimeoutError:
            self._close(OutcomeUnknown("it did not show its genesis", node=self._node.name))
        except NodeError as error:
            self._close(error)

    async def _send(self, sending: Sending, ends_at: float) -> Answer:
        if self._closed_by is not None:
            return replace(answer_of_error(self._closed_by), was_sent=False)
        try:
            async with asyncio.timeout_at(ends_at):
                body = {"transaction": sending.signed.signed_hex}
                reply = await self._node.call("wallet/broadcasthex", body)
        except TimeoutError:
            return self._close(OutcomeUnknown("no answer in time", node=self._node.name))
        except NodeError as error:
            return self._failed(error)
        health.note_answer(self._node.name)
        return answer_of(self._node.name, sending.signed.txid, reply)

    def _failed(self, error: NodeError) -> Answer:
        """Go on after an answer that is odd, but not on a way that is shut."""
        timed_out = isinstance(error.__cause__, TimeoutError)
        pausing = isinstance(error, KeptOff) or health.is_throttled(self._node.name)
        if timed_out or pausing or isinstance(error, Unreachable | WrongChain):
            return self._close(error)
        if not isinstance(error, Throttled):  # another of its API keys goes on
            health.note_failure(self._node.name, error)
        return answer_of_error(error)

    def _close(self, error: NodeError) -> Answer:
        if self._closed_by is None:
            self._closed_by = error
            log.warning("broadcast_node_left_out", node=self._node.name, error=str(error))
        if not isinstance(error, Throttled | WrongChain):  # neither is down
            health.note_failure(self._node.name, error)
        return answer_of_error(error)


def _record(sendings: list[Sending], answers: list[tuple[Answer, ...]], now: datetime) -> None:
    """Keep what was answered and move rows of which a byte may have left to ``sent``."""
    # First, and for itself: a lie that was heard must stop us also when storing the answers fails.
    _halt_liars(sendings, answers, now)
    facts = {
        "keys": [one.pk for one in sendings],
        "codes": [most_telling(of_one).code for of_one in answers],
        "were_sent": [any(one.was_sent for one in of_one) for of_one in answers],
    }
    with transaction.atomic():
        ask_database(MOVE_ON, facts, keeps_plan=False)
        insert(
            NodeAnswer,
            [
                {
                    "transaction_id": sending.pk,
                    "node": answer.node,
                    "outcome": answer.outcome,
                    "code": answer.code,
                    "message": answer.message,
                    "at": now,
                }
                for sending, of_one in zip(sendings, answers, strict=True)
                for answer in of_one
            ],
        )


def _halt_liars(
    sendings: Sequence[Sending], answers: Sequence[tuple[Answer, ...]], now: datetime
) -> None:
    """Pull the kill switch for a node that names another txid than that of the bytes."""
    liars = {
        answer.node: (sending.signed.txid, answer.message)
        for sending, of_one in zip(sendings, answers, strict=True)
        for answer in of_one
        if answer.code == WRONG_TXID
    }
    for node, (txid, said) in liars.items():
        reason = f"{WRONG_TXID}: it was sent {txid}, and {said}"
        halt(cause=HaltCause.NODE, subject=node, reason=reason, by="broadcast", now=now)
