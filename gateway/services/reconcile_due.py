"""Comparing by schedule: open payments again and again, and each that has ended once more.

The oldest look goes first. What is found well leaves a row only of a payment that has ended, or
that was not well before; what differs leaves one when it differs in another way than before.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from gateway.models import Payment
from gateway.models_after import Reconciliation
from gateway.services.reconcile import conclude
from gateway.services.reconcile_compare import Difference, compare
from gateway.services.reconcile_read import known_of
from gateway.states import UNENDED, CheckStatus
from lucidpay.ids import new_id

CHUNK = 100
EVERY = timedelta(minutes=5)


def payments_reconcile(*, now: datetime) -> int:
    """Compare the next payments that are due and return how many were.

    Those that somebody works on are passed by: the next ring has them.
    """
    with transaction.atomic():
        rows = _due(now).select_related("deposit", "fee_schedule")
        locked = rows.select_for_update(skip_locked=True, no_key=True, of=("self",))
        payments = list(locked[:CHUNK])
        known = known_of(payments)
        last = _last_of(known)
        made = [
            row
            for payment in payments
            if (row := _row(payment, compare(known[payment.pk]), last.get(payment.pk), now))
        ]
        Reconciliation.objects.bulk_create(made)
        Payment.objects.filter(pk__in=known).update(reconciled_at=now)
    return len(payments)


def _due(now: datetime) -> QuerySet[Payment]:
    """Return the payments to be compared, the oldest look first.

    Open ones every few minutes; those that have ended once, and again when something changes.
    """
    is_open = Q(status__in=sorted(UNENDED)) & Q(reconciled_at__lt=now - EVERY)
    rows = Payment.objects.filter(is_open | Q(reconciled_at=None))
    return rows.order_by(F("reconciled_at").asc(nulls_first=True), "pk")


def _last_of(keys: Iterable[UUID]) -> dict[UUID, Reconciliation]:
    """Return the schedule's newest row of each payment, if it has one."""
    rows = Reconciliation.objects.filter(payment__in=list(keys), owner=None)
    newest = rows.order_by("payment", "-created_at").distinct("payment")
    return {row.payment_id: row for row in newest}


def _row(
    payment: Payment, found: list[Difference], last: Reconciliation | None, now: datetime
) -> Reconciliation | None:
    """Return the row that a comparison leaves, if it leaves one."""
    if last is not None and last.status == CheckStatus.PENDING:
        return None  # it is looked at again by itself
    was_well = last is None or last.verified
    if not found and was_well and not payment.has_ended:
        return None
    if last is not None and found and [one.body for one in found] == last.differences:
        return None
    row = Reconciliation(id=new_id(now), payment=payment, created_at=now)
    conclude(row, found, now)
    return row
