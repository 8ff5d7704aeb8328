"""Refunds that a merchant asks for: before the payee's payout is signed from what came in, after
completion from the merchant's own balance.
"""

from dataclasses import dataclass
from datetime import datetime

from access.caller import Caller
from access.idempotency import Answer, run_once
from gateway.errors import MerchantBalanceTooLow, NothingHeld, NotRefundable
from gateway.kinds import Method, RefundCause
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Leg, Refund
from gateway.queries import payment_visible_to
from gateway.refunds import refund_body
from gateway.services.held import refunds_waiting
from gateway.services.refund import refund_back, refund_covered
from gateway.states import PaymentStatus
from lucidpay.errors import ValidationFailed
from lucidpay.money import tokens_of
from payouts.services.cancel import NotCancellable, payout_cancel
from payouts.states import Status
from wallets.kinds import Asset
from wallets.ledger import merchant_account
from wallets.models import Account

ENDPOINT = "payments.refund"
WHOLE_ONLY = "A swap is refunded whole or not at all before its payee is paid."


@dataclass(frozen=True)
class RefundAsked:
    """One request for a refund; without an amount all that is left of the payment."""

    caller: Caller
    payment_id: str
    amount_micro: int | None
    reason: str
    body_hash: str
    request_id: str
    now: datetime
    key: str | None


def refund_request(asked: RefundAsked) -> Answer:
    """Store a refund and return the answer; a worker pays it.

    Raises ``PaymentNotFound``, ``NothingHeld``, ``NotRefundable`` with the present status,
    ``MerchantBalanceTooLow``, ``ValidationFailed``, ``KeyInUse`` or ``KeyReused``; nothing is
    stored then.
    """
    return run_once(
        user_id=asked.caller.user_id,
        endpoint=ENDPOINT,
        key=asked.key,
        body_hash=asked.body_hash,
        run=lambda: Answer(201, refund_body(_refund(asked))),
    )


def _refund(asked: RefundAsked) -> Refund:
    found = payment_visible_to(asked.caller, asked.payment_id)
    payment = payment_locked(found.pk)
    if payment.method == Method.DIRECT:
        raise NothingHeld({"status": payment.status})
    _refuse_beside_failed(payment)
    amount_micro = _amount(payment, asked.amount_micro)
    if payment.status == PaymentStatus.COMPLETED:
        refund = _after(payment, amount_micro, asked)
    elif payment.status == PaymentStatus.CONFIRMED and payment.method != Method.ROUTE:
        refund = _before(payment, amount_micro, asked)
    else:
        raise NotRefundable({"status": payment.status})
    payment.refunded_micro += amount_micro
    payment.save(update_fields=["refunded_micro"])
    return refund


def _refuse_beside_failed(payment: Payment) -> None:
    """Raise ``NotRefundable`` while the money of an earlier refund waits for a person.

    That refund is asked for again, by an operator: another one beside it would be paid as well.
    """
    for failed in refunds_waiting(payment):
        if failed.cause == RefundCause.REQUESTED:
            raise NotRefundable({"status": payment.status, "failed_refund_id": failed.public_id})


def _amount(payment: Payment, asked_micro: int | None) -> int:
    left_micro = payment.amount_micro - payment.refunded_micro
    if left_micro == 0:
        raise NotRefundable({"status": payment.status, "refunded_amount": "all of it"})
    if asked_micro is None:
        return left_micro
    if asked_micro > left_micro:
        raise ValidationFailed({"amount": [f"At most {tokens_of(left_micro)} is left to refund."]})
    return asked_micro


def _after(payment: Payment, amount_micro: int, asked: RefundAsked) -> Refund:
    account = merchant_account(Account.Kind.MERCHANT, payment.owner_id, Asset.USDT)
    # What we owe stands on the negative side. Locked: two refunds must not spend it twice.
    row = Account.objects.select_for_update().get(pk=account.pk)
    if -row.balance_units < amount_micro:
        raise MerchantBalanceTooLow(
            {"needed": tokens_of(amount_micro), "available": tokens_of(-row.balance_units)}
        )
    return refund_covered(
        payment, amount_micro=amount_micro, reason=asked.reason,
        by=f"user {asked.caller.user_id}", request_id=asked.request_id, now=asked.now,
    )  # fmt: skip


def _before(payment: Payment, amount_micro: int, asked: RefundAsked) -> Refund:
    """Take the payee's payout back, and give the payer what was asked for of its money.

    What is left of it, the payee is paid by a new payout.
    """
    is_whole = amount_micro == payment.amount_micro - payment.refunded_micro
    if payment.method == Method.SWAP and not (is_whole and payment.refunded_micro == 0):
        raise ValidationFailed({"amount": [WHOLE_ONLY]})
    if not is_whole and amount_micro >= payment.leg_micro:
        most = tokens_of(payment.leg_micro)
        raise ValidationFailed({"amount": [f"Less than the payee's {most}, or all of it."]})
    leg_take_back(payment, by=f"user {asked.caller.user_id}", now=asked.now)
    units = payment.accepted_units if is_whole else amount_micro
    payment.accepted_units -= units
    payment.leg_micro = 0 if is_whole else payment.leg_micro - amount_micro
    payment.save(update_fields=["accepted_units", "leg_micro"])
    return refund_back(
        payment, cause=RefundCause.REQUESTED, units=units, recipient=payment.payer_address,
        reason=asked.reason, by=f"user {asked.caller.user_id}", request_id=asked.request_id,
        now=asked.now,
    )  # fmt: skip


def leg_take_back(payment: Payment, *, by: str, now: datetime) -> None:
    """Cancel the payout of a locked payment's payee, if there is one that is not signed yet.

    Raises ``NotRefundable`` when it is signed, or has ended and a person is about to be asked: the
    payout's own lock decides.
    """
    leg = Leg.objects.filter(payment=payment, failed=False).first()
    if leg is None:
        return
    try:
        payout_cancel(payout_id=leg.payout_id, by=by, reason="its payment is refunded", now=now)
    except NotCancellable as error:
        has_ended = error.details["status"] in (Status.FAILED, Status.CANCELLED)
        payee = "could not be paid: a person decides" if has_ended else "is being paid"
        raise NotRefundable({"status": payment.status, "payee": payee}) from error
    leg.failed, leg.ended_at = True, now
    leg.save(update_fields=["failed", "ended_at"])
