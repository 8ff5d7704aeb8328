"""What people do about disputes: raise one, answer it, close it. No key and no token can."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from gateway import story
from gateway.errors import NotRefundable
from gateway.kinds import DisputeCause, DisputeOutcome, Method
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Dispute
from gateway.services.accept import QUESTIONED, payment_accept
from gateway.services.dispute import TEXT_MAX, dispute_open
from gateway.services.dispute_refund import dispute_refund
from gateway.services.refund_request import leg_take_back
from gateway.services.watch import payment_look
from gateway.states import PaymentStatus
from lucidpay.errors import Conflict, ValidationFailed
from payouts.person import APPROVERS, EDITORS, Person, allowed

Act = Callable[[Dispute, Payment, str, str, datetime], None]


class DisputeIsOpen(Conflict):
    """This payment is disputed already. Answer that dispute, or close it."""


class DisputeClosed(Conflict):
    """This dispute was closed before. What was decided stands in the payment's story."""


class PaidByOthers(Conflict):
    """This payment is paid with other money. What was sent besides can go back; it buys nothing."""


def dispute_raise(*, payment_id: UUID, by: Person, text: str, now: datetime) -> Dispute:
    """Open a dispute in the name of a person, who must say why; the payee is not paid meanwhile.

    Raises ``NotAllowed``, ``ValidationFailed``, ``DisputeIsOpen`` or ``NotDisputable``.
    """
    allowed(by, roles=EDITORS)
    said = _said(text)
    with transaction.atomic():
        payment = payment_locked(payment_id)
        if Dispute.objects.filter(payment=payment, closed_at=None).exists():
            raise DisputeIsOpen({"status": payment.status})
        _hold_payee(payment, str(by), now)
        return dispute_open(payment, cause=DisputeCause.RAISED, by=str(by), text=said, now=now)


def _hold_payee(payment: Payment, by: str, now: datetime) -> None:
    """Take back the payee's payout, if it is not signed yet; what is signed will be paid."""
    if payment.status != PaymentStatus.CONFIRMED or payment.method == Method.ROUTE:
        return
    try:
        leg_take_back(payment, by=by, now=now)
    except NotRefundable as error:
        note = f"the payee {error.details['payee']}: the dispute does not stop that"
        story.tell([payment], by=by, now=now, note=note)


def dispute_answer(*, dispute_id: int, by: Person, text: str, now: datetime) -> Dispute:
    """Write down what is known about a dispute; the newest answer is shown, all are kept.

    Raises ``NotAllowed``, ``ValidationFailed`` or ``DisputeClosed``.
    """
    allowed(by, roles=EDITORS)
    said = _said(text)
    with transaction.atomic():
        dispute, payment = _locked(dispute_id)
        dispute.answer, dispute.answered_by, dispute.answered_at = said, str(by), now
        dispute.save(update_fields=["answer", "answered_by", "answered_at"])
        facts = {payment.pk: {"dispute": dispute.pk, "answer": said}}
        story.tell([payment], by=str(by), now=now, note="the dispute was answered", details=facts)
    return dispute


def dispute_close(
    *, dispute_id: int, outcome: DisputeOutcome, by: Person, note: str, now: datetime
) -> Dispute:
    """Decide: the money counts, it goes back, or nothing is to be done.

    Raises ``NotAllowed``, ``ValidationFailed``, ``DisputeClosed``, or what the outcome raises:
    ``TooLittleToAccept``, ``PaidByOthers``, ``PayeeIsPaid``, ``NothingToGoBack``. Nothing has
    happened then.
    """
    allowed(by, roles=APPROVERS)
    said = _said(note)
    with transaction.atomic():
        dispute, payment = _locked(dispute_id)
        dispute.outcome, dispute.closed_at = outcome, now
        dispute.closed_by, dispute.closed_note = str(by), said
        dispute.save(update_fields=["outcome", "closed_at", "closed_by", "closed_note"])
        facts = {payment.pk: {"dispute": dispute.pk, "outcome": outcome, "note": said}}
        story.tell([payment], by=str(by), now=now, note="the dispute was closed", details=facts)
        ACTS[outcome](dispute, payment, str(by), f"{outcome.label}: {said}"[:300], now)
    return dispute


def _locked(dispute_id: int) -> tuple[Dispute, Payment]:
    """Lock the payment of an open dispute, which is the dispute's lock as well."""
    payment_id = Dispute.objects.values_list("payment", flat=True).get(pk=dispute_id)
    payment = payment_locked(payment_id)
    dispute = Dispute.objects.select_related("incoming").get(pk=dispute_id)
    if dispute.closed_at is not None:
        raise DisputeClosed({"status": payment.status, "outcome": dispute.outcome})
    return dispute, payment


def _said(text: str) -> str:
    said = text.strip()
    if not said or len(said) > TEXT_MAX:
        raise ValidationFailed({"reason": [f"1 to {TEXT_MAX} characters are required."]})
    return said


def _accept(dispute: Dispute, payment: Payment, by: str, note: str, now: datetime) -> None:
    # Accepted in words only, it would stay here for good: no payee's and on nobody's way back.
    is_needed = payment.status == PaymentStatus.DISPUTED and not payment.accepted_units
    if dispute.incoming and dispute.incoming.ruling in QUESTIONED and not is_needed:
        raise PaidByOthers({"status": payment.status})
    if payment.status == PaymentStatus.DISPUTED:  # else its payee was paid meanwhile
        payment_accept(payment, by=by, note=note, now=now)


def _dismiss(dispute: Dispute, payment: Payment, by: str, note: str, now: datetime) -> None:
    """Let the payment be where it was; one that was seen and not solid waits to be seen again."""
    if payment.status != PaymentStatus.DISPUTED:
        return
    was_seen = dispute.from_status == PaymentStatus.PROCESSING
    to = PaymentStatus.PENDING if was_seen else PaymentStatus(dispute.from_status)
    if payment.completed_at is not None:
        to = PaymentStatus.COMPLETED
    story.advance([payment], to=to, by=by, now=now, note=note)
    # The payer's own money may have come in meanwhile.
    payment_look(payment, now)


ACTS: dict[DisputeOutcome, Act] = {
    DisputeOutcome.ACCEPTED: _accept,
    DisputeOutcome.REFUNDED: dispute_refund,
    DisputeOutcome.DISMISSED: _dismiss,
}
