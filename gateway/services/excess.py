"""What a payer has paid beyond what is kept of it goes back when the payment comes to an end."""

from datetime import datetime

from gateway.kinds import RefundCause
from gateway.models import Incoming, Payment
from gateway.services.held import COUNTS, refunds_waiting, spare_units
from gateway.services.refund import refund_back


def excess_back(payment: Payment, *, by: str, now: datetime) -> None:
    """Send back what counts as a locked payment and nobody keeps or sends back yet.

    To whoever has paid last. What a person has to ask for again, as sending it has failed, is not
    sent by itself.
    """
    excess = spare_units(payment)
    if excess > 0:
        waiting = (one for one in refunds_waiting(payment) if _counts(one.incoming))
        excess -= sum(one.units for one in waiting)
    if excess > 0:
        refund_back(
            payment, cause=RefundCause.OVERPAID, units=excess, recipient=_last_payer(payment),
            by=by, now=now,
        )  # fmt: skip


def _counts(incoming: Incoming | None) -> bool:
    return incoming is None or incoming.ruling in COUNTS


def _last_payer(payment: Payment) -> str:
    """Return who has sent the newest of what counts: of what was accepted, not always the payer."""
    rows = Incoming.objects.filter(payment=payment, ruling__in=COUNTS)
    return rows.order_by("-pk").values_list("sender", flat=True)[0]
