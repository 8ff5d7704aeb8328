"""The end that everybody wants: the payee is paid, and the fee is earned."""

from datetime import datetime

from gateway import story
from gateway.models import Payment
from gateway.services import book
from gateway.states import PaymentStatus
from wallets import ledger


def payment_complete(payment: Payment, *, by: str, note: str, now: datetime) -> None:
    """Complete a locked payment whose payee is paid, and book what it earns."""
    if bookings := book.completed(payment):
        ledger.book(bookings, at=now)
    payment.completed_at = now
    story.advance(
        [payment],
        to=PaymentStatus.COMPLETED,
        by=by,
        now=now,
        note=note,
        changes=("completed_at",),
    )
