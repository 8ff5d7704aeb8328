"""Comparing payments with the books and the chain, when somebody asks or the schedule does.

The chain is what the scanner has read of it: solid blocks, up to its cursor. What may yet come
right by itself is looked at again, and counts as a difference when it has not after a while.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import transaction

from gateway.locks import payments_locked
from gateway.models import Payment
from gateway.models_after import Reconciliation
from gateway.services.reconcile_compare import Difference, compare
from gateway.services.reconcile_external import (
    FIELD,
    OF_THE_PAYMENT,
    Looked,
    external_difference,
    external_look,
    txid_of,
)
from gateway.services.reconcile_read import known_of
from gateway.states import CheckStatus
from lucidpay.ids import new_id
from tron.cursor import cursor_here
from tron.reads import ChainAway

log = structlog.get_logger(__name__)

CHUNK = 100  # of those that wait, a ring
PATIENCE = timedelta(minutes=10)  # with what may yet come right
NODES_AWAY_MAX = timedelta(days=1)


@dataclass(frozen=True)
class CheckAsked:
    """One request for a comparison; of nobody, where a command asks."""

    payment_id: UUID
    owner_id: int | None
    external_transaction_id: str
    notes: str
    request_id: str
    now: datetime


def reconcile_ask(asked: CheckAsked) -> Reconciliation:
    """Compare a payment now, and keep what came of it.

    While no node can say what a named transaction is, or something is under way, it is
    ``pending``: the schedule goes on with it.
    """
    row = Reconciliation(
        id=new_id(asked.now),
        payment_id=asked.payment_id,
        owner_id=asked.owner_id,
        external_transaction_id=asked.external_transaction_id,
        notes=asked.notes,
        request_id=asked.request_id,
        created_at=asked.now,
    )
    _check(row, _look(row), asked.now)
    return row


def reconciliations_retry(*, now: datetime) -> int:
    """Go on with comparisons that wait; return how many have come to an end."""
    rows = Reconciliation.objects.filter(status=CheckStatus.PENDING).order_by("pk")
    ended, is_away = 0, False
    for row in list(rows[:CHUNK]):
        # Nodes that are away are waited for once a ring, and not once for each that needs them.
        looked = None if is_away and row.external_transaction_id else _look(row)
        is_away = is_away or looked is None
        ended += _check(row, looked, now)
    return ended


def _check(row: Reconciliation, looked: Looked | None, now: datetime) -> bool:
    """Compare what a row asks for and store it; return whether that was its end."""
    with transaction.atomic():
        payment = payments_locked([row.payment_id])[row.payment_id]
        locked = Reconciliation.objects.select_for_update().filter(pk=row.pk).first()
        if locked is not None and locked.status != CheckStatus.PENDING:
            return False  # another worker was faster
        known = known_of([payment])[payment.pk]
        found = compare(known)
        if looked is not None:
            external = external_difference(
                row.external_transaction_id, known, looked, asker=row.owner
            )
            conclude(row, [*found, *([external] if external else [])], now)
        elif all(one.is_open for one in found):
            _wait(row, now)
        else:
            conclude(row, [*found, _away(row, "No node could be asked about it.")], now)
        row.save()
    return row.status != CheckStatus.PENDING


def _look(row: Reconciliation) -> Looked | None:
    """Return what a node says of the named transaction, ``None`` when none says anything."""
    if txid_of(row.external_transaction_id) is None:
        return Looked()
    payment = Payment.objects.select_related("deposit").get(pk=row.payment_id)
    try:
        return external_look(row.external_transaction_id, known_of([payment])[payment.pk])
    except ChainAway:
        log.warning("reconciliation_waits", reconciliation=row.public_id)
        return None


def _wait(row: Reconciliation, now: datetime) -> None:
    """Leave a row to the schedule, but not for ever."""
    if now - row.created_at < NODES_AWAY_MAX:
        return
    hours = NODES_AWAY_MAX // timedelta(hours=1)
    row.status = CheckStatus.FAILED
    row.differences = [_away(row, f"No node could be asked about it for {hours} hours.").body]


def _away(row: Reconciliation, meaning: str) -> Difference:
    return Difference(FIELD, OF_THE_PAYMENT, row.external_transaction_id, f"{meaning} Ask again.")


def conclude(row: Reconciliation, found: Iterable[Difference], now: datetime) -> None:
    """Write into a row, which is not stored here, what came of a comparison."""
    differences = list(found)
    cursor = cursor_here()
    row.solid_block = cursor.number if cursor else None
    row.differences = [one.body for one in differences]
    is_open = bool(differences) and all(one.is_open for one in differences)
    if not differences:
        row.status, row.verified, row.verified_at = CheckStatus.COMPLETED, True, now
    elif is_open and now - row.created_at < PATIENCE:
        row.status = CheckStatus.PENDING
    else:
        row.status = CheckStatus.DISPUTED
        fields = [one.field for one in differences]
        log.error("payment_differs", payment=f"pay_{row.payment_id.hex}", fields=fields)
