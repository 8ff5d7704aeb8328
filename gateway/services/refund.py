"""Money that goes back. Each refund takes from what is free of its payment, under its lock."""

from datetime import datetime

from django.conf import settings

from gateway import story
from gateway.kinds import RefundCause, RefundReason, RefundSource
from gateway.models import Incoming, Payment
from gateway.models_back import Refund
from gateway.services import book
from gateway.services.held import free_units
from gateway.states import RefundStatus
from lucidpay.errors import ensure
from lucidpay.ids import new_id
from wallets import ledger
from wallets.kinds import Asset


def refund_back(
    payment: Payment,
    *,
    cause: RefundCause,
    units: int,
    recipient: str,
    by: str,
    now: datetime,
    incoming: Incoming | None = None,
    reason: RefundReason | str = "",
    request_id: str = "",
    repeats: Refund | None = None,
) -> Refund:
    """Write down that ``units`` of what came in for a locked payment go back to ``recipient``.

    A worker pays it, by one payout or operation. What goes back by itself is less what sending
    costs; what is no more than that is kept. Raises ``InvariantBroken`` when it is more than is
    free; the database refuses that as well.
    """
    free = free_units(payment)
    ensure(0 < units <= free, f"{payment}: {units} units of {free} that are free")
    cost = 0 if cause == RefundCause.REQUESTED else _cost(payment, units)
    refund = Refund.objects.create(
        id=new_id(now),
        payment=payment,
        incoming=incoming,
        repeats=repeats,
        cause=cause,
        reason=reason,
        asset=payment.pay_currency,
        recipient=recipient,
        units=units,
        cost_units=cost,
        by=by[:100],
        request_id=request_id or payment.request_id,
        created_at=now,
    )
    payment.refunding_units += units
    payment.save(update_fields=["refunding_units"])
    _tell(payment, refund, by, now)
    if not refund.paid_units:
        refund_keep(refund, now)
    return refund


def _cost(payment: Payment, units: int) -> int:
    is_trx = payment.pay_currency == Asset.TRX
    return min(units, settings.REFUND_COST_SUN if is_trx else settings.REFUND_COST_MICRO)


def refund_keep(refund: Refund, now: datetime) -> None:
    """End a refund that sending would use up whole: nothing is sent, and that is booked."""
    refund.status, refund.ended_at = RefundStatus.COMPLETED, now
    refund.save(update_fields=["status", "ended_at"])
    ledger.book(book.refunded(refund), at=now)


def refund_covered(
    payment: Payment, *, amount_micro: int, reason: str, by: str, request_id: str, now: datetime
) -> Refund:
    """Write down a refund that the merchant's balance pays, which is taken at once.

    The account's row is locked by it, and cannot be overdrawn: the caller has looked at it.
    """
    refund = Refund.objects.create(
        id=new_id(now),
        payment=payment,
        cause=RefundCause.REQUESTED,
        reason=reason,
        source=RefundSource.MERCHANT,
        asset=Asset.USDT,
        recipient=payment.payer_address,
        units=amount_micro,
        by=by[:100],
        request_id=request_id,
        created_at=now,
    )
    ledger.book([book.covered(refund, payment.owner_id)], at=now)
    _tell(payment, refund, by, now)
    return refund


def _tell(payment: Payment, refund: Refund, by: str, now: datetime) -> None:
    facts = {
        "refund_id": refund.public_id, "cause": refund.cause, "units": refund.units,
        "cost_units": refund.cost_units, "asset": refund.asset, "recipient": refund.recipient,
    }  # fmt: skip
    story.tell([payment], by=by, now=now, note="a refund was begun", details={payment.pk: facts})
