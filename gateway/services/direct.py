"""Direct transfers: the gateway holds nothing, and confirms what it sees."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction

from gateway.kinds import Ruling
from gateway.locks import payments_locked
from gateway.models import Incoming, Payment
from gateway.services.complete import payment_complete
from gateway.services.confirm import payment_confirm
from gateway.services.place import OPEN, pair_forget
from wallets.kinds import Asset

BY = "watcher"
CHUNK = 200
# Each open payment with each transfer that could be its own: from payer to payee, of this amount,
# after it was asked for and before it expired, and nobody else's. Booked is what all nodes tell.
CANDIDATES = """
SELECT payment.id, flow.txid, flow.log_index, flow.units, flow.sender, flow.block_number,
       flow.block_time_ms
  FROM gateway_payment AS payment
  JOIN tron_chainflow AS flow
    ON flow.sender = payment.payer_address AND flow.recipient = payment.payee_address
   AND flow.asset = 'USDT' AND flow.units = payment.amount_micro
   AND flow.block_number > payment.from_block AND flow.booked_at IS NOT NULL
   AND flow.block_time_ms <= extract(epoch FROM payment.expires_at) * 1000
 WHERE payment.method = 'direct_transfer' AND payment.status IN ('pending', 'processing')
   AND NOT EXISTS (SELECT FROM gateway_incoming AS known
                    WHERE known.txid = flow.txid AND known.log_index = flow.log_index)
 ORDER BY payment.id, flow.id LIMIT %s
"""


class Candidate(NamedTuple):
    """A payment and a transfer that could be its own."""

    payment_id: UUID
    txid: str
    log_index: int
    units: int
    sender: str
    block_number: int
    block_time_ms: int


def directs_match(*, now: datetime) -> int:
    """Complete direct transfers that stand in solid blocks; return how many were.

    Of equal ones the oldest payment gets the oldest transfer. A transfer counts once, by its
    transaction and log, whoever looks.
    """
    with transaction.atomic():
        pairs = _pairs(_candidates())
        payments = payments_locked(pairs)
        matched = [payments[key] for key in pairs if payments[key].status in OPEN]
        known = _known(pairs[payment.pk] for payment in matched)
        fresh = [one for one in matched if pairs[one.pk][1:3] not in known]
        for payment in fresh:
            _complete(payment, pairs[payment.pk], now)
    return len(fresh)


def _candidates() -> list[Candidate]:
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, [CHUNK])
        return [Candidate(*row) for row in cursor.fetchall()]


def _pairs(candidates: list[Candidate]) -> dict[UUID, Candidate]:
    """Return one transfer for each payment: each the oldest that no older payment has taken."""
    pairs: dict[UUID, Candidate] = {}
    taken: set[tuple[str, int]] = set()
    for one in candidates:
        if one.payment_id not in pairs and (one.txid, one.log_index) not in taken:
            pairs[one.payment_id] = one
            taken.add((one.txid, one.log_index))
    return pairs


def _known(candidates: Iterable[Candidate]) -> set[tuple[str, int]]:
    """Return which of these transfers another watcher has taken while we waited for the locks."""
    rows = Incoming.objects.filter(txid__in=[one.txid for one in candidates])
    return set(rows.values_list("txid", "log_index"))


def _complete(payment: Payment, found: Candidate, now: datetime) -> None:
    Incoming.objects.create(
        payment=payment, txid=found.txid, log_index=found.log_index, asset=Asset.USDT,
        units=found.units, sender=found.sender, block_number=found.block_number,
        block_time_ms=found.block_time_ms, ruling=Ruling.COUNTED, at=now,
    )  # fmt: skip
    payment.received_units = found.units
    payment.save(update_fields=["received_units"])
    payment_confirm(payment, by=BY, note="the transfer stands in a solid block", now=now)
    payment_complete(payment, by=BY, note="the payee has it", now=now)
    pair_forget(payment)
