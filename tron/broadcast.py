"""Sending signed bytes: again and again, always the same ones, until the chain has decided."""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction

from tron.cursor import cursor_here
from tron.errors import NodeError
from tron.models import LIVE, ChainTransaction, NodeAnswer
from tron.node import Node, ask, open_node
from tron.outcomes import Answer, answer_of, answer_of_error
from tron.transactions import NotThisTransfer, Signed, Transfer, verify

log = structlog.get_logger(__name__)

CHUNK = 250
CONCURRENCY = 32
# A node forgets a pending transaction after 60 s (java-tron PendingManager).
RESEND_S = (5, 15, 30, 60)


@dataclass(frozen=True)
class Sending:
    """One stored transaction on its way out."""

    pk: int
    signed: Signed


def broadcast_due(*, now: datetime) -> int:
    """Send the transactions whose time has come and return how many were.

    They are claimed by moving ``next_send_at`` on, committed before the first byte leaves. So
    two workers send different ones, and a worker that dies here only delays the next sending.
    Sending twice would be harmless: the chain knows a transaction by its txid.
    """
    sendings = _claim(now)
    if not sendings:
        return 0
    answers = ask(_send_all(sendings))
    _record(sendings, answers, now)
    return len(sendings)


def _claim(now: datetime) -> list[Sending]:
    cursor = cursor_here()
    head_time_ms = cursor.head_time_ms if cursor else 0
    with transaction.atomic():
        rows = list(
            ChainTransaction.objects.select_for_update(skip_locked=True)
            # After its expiration no node takes it: the scanner will say what became of it.
            .filter(status__in=LIVE, next_send_at__lte=now, expiration_ms__gt=head_time_ms)
            .order_by("next_send_at")[:CHUNK]
        )
        for row in rows:
            pause_s = RESEND_S[min(row.sends, len(RESEND_S) - 1)]
            row.next_send_at = now + timedelta(seconds=pause_s)
            row.sends += 1
        ChainTransaction.objects.bulk_update(rows, ["next_send_at", "sends"])
    return [sending for row in rows if (sending := _checked(row)) is not None]


def _checked(row: ChainTransaction) -> Sending | None:
    """Return the row as it may be sent, or ``None`` when its bytes are not what it says."""
    sending = Sending(row.pk, signed_of(row))
    try:
        verify(sending.signed)
    except NotThisTransfer:
        # One bad row must not stop the others; this one is never sent.
        log.critical("stored_transaction_is_not_its_transfer", txid=row.txid, exc_info=True)
        return None
    return sending


def signed_of(row: ChainTransaction) -> Signed:
    """Return a stored transaction as the transfer its columns describe, with its bytes."""
    transfer = Transfer(
        sender=row.sender,
        recipient=row.recipient,
        contract=row.contract,
        amount=row.amount_micro,
        fee_limit_sun=row.fee_limit_sun,
        ref_block_id=row.ref_block_id,
        expiration_ms=row.expiration_ms,
        timestamp_ms=row.timestamp_ms,
    )
    return Signed(transfer, row.txid, row.signed_hex)


async def _send_all(sendings: list[Sending]) -> list[Answer]:
    slots = asyncio.Semaphore(CONCURRENCY)
    try:
        async with open_node() as node:
            return await asyncio.gather(*(_send(node, slots, one) for one in sendings))
    except NodeError as error:
        # The node could not even be checked, so nothing was sent; the claim lets it be retried.
        log.warning("broadcast_node_unusable", error=str(error))
        return [replace(answer_of_error(error), was_sent=False)] * len(sendings)


async def _send(node: Node, slots: asyncio.Semaphore, sending: Sending) -> Answer:
    async with slots:
        try:
            body = {"transaction": sending.signed.signed_hex}
            reply = await node.call("wallet/broadcasthex", body)
        except NodeError as error:
            return answer_of_error(error)
        return answer_of(node.name, sending.signed.txid, reply)


def _record(sendings: list[Sending], answers: list[Answer], now: datetime) -> None:
    """Keep what was answered and move rows of which a byte may have left to ``sent``.

    Rows that the scanner made final meanwhile keep their end.
    """
    keys = [one.pk for one in sendings]
    with transaction.atomic():
        # In the order of the scanner, so that the two can never wait for each other in a ring.
        list(ChainTransaction.objects.select_for_update().filter(pk__in=keys).order_by("pk"))
        NodeAnswer.objects.bulk_create(
            NodeAnswer(
                transaction_id=sending.pk,
                node=answer.node,
                outcome=answer.outcome,
                code=answer.code,
                message=answer.message,
                at=now,
            )
            for sending, answer in zip(sendings, answers, strict=True)
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tron_chaintransaction AS tx SET last_answer = a.code, "
                "status = CASE WHEN a.was_sent THEN 'sent' ELSE tx.status END "
                "FROM unnest(%s::bigint[], %s::text[], %s::bool[]) AS a (id, code, was_sent) "
                "WHERE tx.id = a.id AND tx.status IN ('signed', 'sent')",
                [keys, [one.code for one in answers], [one.was_sent for one in answers]],
            )
