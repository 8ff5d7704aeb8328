"""Whose the money is that came in for a payment: sums of a locked payment, in base units."""

from django.db.models import Q, QuerySet, Sum

from gateway.kinds import RefundSource, Ruling
from gateway.models import Incoming, Payment
from gateway.models_back import Refund
from gateway.states import RefundStatus

# What buys the payment: of the payer in time, or accepted by a person.
COUNTS = (Ruling.COUNTED, Ruling.EXCESS)


def free_units(payment: Payment) -> int:
    """Return what came in and is neither the payee's nor going back, whosesoever it is."""
    return payment.received_units - payment.accepted_units - payment.refunding_units


def counted_units(payment: Payment) -> int:
    """Return what came in and counts as the payment, less what of that is back or going back."""
    came = _sum(Incoming.objects.filter(payment=payment, ruling__in=COUNTS))
    return came - back_units(payment)


def back_units(payment: Payment) -> int:
    """Return what of that which counted as the payment is back or going back."""
    if not payment.refunding_units:
        return 0
    of_what_counts = Q(incoming=None) | Q(incoming__ruling__in=COUNTS)
    return _sum(_of_what_came(payment).filter(of_what_counts).exclude(status=RefundStatus.FAILED))


def spare_units(payment: Payment) -> int:
    """Return what counts as the payment and the payee does not need of it."""
    return counted_units(payment) - payment.accepted_units


def refunds_waiting(payment: Payment) -> list[Refund]:
    """Return the refunds of what came in that have failed and can be asked for again, newest first.

    Each whose money is still here. What somebody else has sent in the meantime is not its money.
    """
    failed = _of_what_came(payment).filter(status=RefundStatus.FAILED, repeated_by=None)
    rows = failed.select_related("incoming").order_by("-pk")
    return [one for one in rows if _is_here(payment, one)]


def _is_here(payment: Payment, failed: Refund) -> bool:
    if failed.incoming is None:
        return failed.units <= min(spare_units(payment), free_units(payment))
    is_back = failed.incoming.refunds.exclude(status=RefundStatus.FAILED).exists()
    return not is_back and failed.units <= free_units(payment)


def _of_what_came(payment: Payment) -> QuerySet[Refund]:
    return payment.refunds.filter(source=RefundSource.DEPOSIT)


def _sum(rows: QuerySet[Incoming] | QuerySet[Refund]) -> int:
    return int(rows.aggregate(units=Sum("units"))["units"] or 0)
