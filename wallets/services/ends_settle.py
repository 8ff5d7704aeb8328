"""Acting on the ends of transactions, one by one: each once, in a database transaction of its own.

Payouts have their own way (``payouts/services/settle.py``): theirs end by the hundred.
"""

from collections.abc import Callable
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction

from lucidpay.errors import InvariantBroken
from tron.models import FINAL, ChainTransaction, Purpose

log = structlog.get_logger(__name__)

CHUNK = 100
UNBOOKABLE = (InvariantBroken, IntegrityError, KeyError)
Settle = Callable[[ChainTransaction, datetime], bool]


def ends_settle(purpose: Purpose, settle: Settle, *, now: datetime) -> int:
    """Settle the next transactions of a purpose that became final; return how many were.

    ``settle`` is given each locked, and says whether it has acted: it is settled in the same
    database transaction. One that cannot be booked, which takes a broken invariant, waits for a
    person and stops no other.
    """
    final = ChainTransaction.objects.filter(status__in=FINAL, settled_at=None, purpose=purpose)
    due = list(final.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    return sum(_settle_alone(pk, settle, now) for pk in due)


def _settle_alone(pk: int, settle: Settle, now: datetime) -> int:
    try:
        with transaction.atomic():
            return _settle_locked(pk, settle, now)
    except UNBOOKABLE:
        log.critical("transaction_cannot_be_settled", transaction=pk, exc_info=True)
        return 0


def _settle_locked(pk: int, settle: Settle, now: datetime) -> int:
    rows = ChainTransaction.objects.select_for_update(skip_locked=True)
    tx = rows.filter(pk=pk, settled_at=None).first()
    if tx is None or not settle(tx, now):
        return 0
    tx.settled_at = now
    tx.save(update_fields=["settled_at"])
    return 1
