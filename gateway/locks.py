"""Rows locked, in the one order there is: payment, then accounts, then payout."""

from collections.abc import Iterable
from uuid import UUID

from gateway.models import Payment


def payment_locked(payment_id: UUID) -> Payment:
    """Lock a payment and return it as it is now. Raises ``Payment.DoesNotExist``."""
    return payments_locked([payment_id])[payment_id]


def payments_locked(keys: Iterable[UUID]) -> dict[UUID, Payment]:
    """Lock payments by their keys and return them by key."""
    rows = Payment.objects.select_related("deposit", "fee_schedule")
    found = rows.select_for_update(of=("self",)).filter(pk__in=set(keys)).order_by("pk")
    return {payment.pk: payment for payment in found}
