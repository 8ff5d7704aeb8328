"""Opening disputes: where a machine cannot know what money is for, a person must decide."""

from datetime import datetime

from gateway import story
from gateway.kinds import DisputeCause
from gateway.models import Incoming, Payment
from gateway.models_back import Dispute
from gateway.states import PAYMENT_ARROWS, PaymentStatus
from lucidpay.errors import Conflict

TEXT_MAX = 500


class NotDisputable(Conflict):
    """A payment that is refunded in full cannot be disputed: nothing of it is here any more."""


def dispute_open(
    payment: Payment,
    *,
    cause: DisputeCause,
    by: str,
    text: str,
    now: datetime,
    incoming: Incoming | None = None,
) -> Dispute:
    """Open a dispute about a locked payment, or return the one that is open.

    What is said besides of one that is open stands in the payment's story. The payment is
    ``disputed`` afterwards. Raises ``NotDisputable``.
    """
    found = Dispute.objects.filter(payment=payment, closed_at=None).first()
    if found is not None:
        note = f"disputed as well: {DisputeCause(cause).label}"
        facts = {"dispute": found.pk, "cause": cause, "text": text, "incoming": _named(incoming)}
        story.tell([payment], by=by, now=now, note=note, details={payment.pk: facts})
        return found
    made = Dispute.objects.create(
        payment=payment,
        incoming=incoming,
        cause=cause,
        from_status=_came_from(payment),
        opened_by=by[:100],
        text=text[:TEXT_MAX],
        opened_at=now,
    )
    _advance(payment, made, now)
    return made


def _came_from(payment: Payment) -> str:
    """Return where the payment would be without disputes. Raises ``NotDisputable``."""
    if payment.status == PaymentStatus.DISPUTED:
        # The last one was closed, and what was decided did not come about.
        last = Dispute.objects.filter(payment=payment).order_by("-pk").first()
        return last.from_status if last else PaymentStatus.PENDING
    if (payment.status, PaymentStatus.DISPUTED) not in PAYMENT_ARROWS:
        raise NotDisputable({"status": payment.status})
    return payment.status


def _advance(payment: Payment, made: Dispute, now: datetime) -> None:
    note = f"disputed: {DisputeCause(made.cause).label}"
    facts = {
        payment.pk: {
            "dispute": made.pk, "cause": made.cause, "text": made.text,
            "incoming": _named(made.incoming),
        }
    }  # fmt: skip
    if payment.status == PaymentStatus.DISPUTED:
        story.tell([payment], by=made.opened_by, now=now, note=note, details=facts)
        return
    story.advance(
        [payment], to=PaymentStatus.DISPUTED, by=made.opened_by, now=now, note=note, details=facts
    )


def _named(incoming: Incoming | None) -> str | None:
    return str(incoming) if incoming else None
