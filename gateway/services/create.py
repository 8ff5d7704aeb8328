"""Asking for a payment. One transaction writes all of it or nothing; no node is asked in it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError

from access.caller import Caller
from access.idempotency import Answer, run_once
from gateway.errors import PaymentReferenceTaken
from gateway.kinds import Method
from gateway.models import Payment
from gateway.models_fees import Rate
from gateway.policy.fees import schedule_now
from gateway.policy.limits import check_and_reserve
from gateway.rates.source import NoRate
from gateway.representation import payment_body
from gateway.services.draft import (
    Order,
    draft_of,
    own_addresses,
    rate_asked,
    refuse_own,
    terms_of,
)
from gateway.services.place import places_find
from gateway.services.route import route_begin
from gateway.story import begin_many, tell
from lucidpay.rows import rows_update
from lucidpay.sql import constraint_of, undone_alone

# Keys are remembered for good, as those of payouts.
ENDPOINT = "payments.create"
TAKEN = "payment_reference_once_per_owner"


@dataclass(frozen=True)
class PaymentAsked:
    """One request for a payment. ``order`` is a validated body (``PaymentCreateIn``)."""

    caller: Caller
    order: Order
    body_hash: str
    request_id: str
    now: datetime
    key: str | None  # its Idempotency-Key, if it has one


def payment_create(asked: PaymentAsked) -> Answer:
    """Store a pending payment with its event, its announcement and the answer to its key.

    Without an Idempotency-Key the ``reference_id`` acts as one. The answer is 201, or that of an
    earlier request. Raises ``ValidationFailed``, ``RouteForbidden``, ``NoRate``,
    ``DepositsNotReady``, ``KeyInUse``, ``KeyReused``, ``PaymentReferenceTaken``, the limits'
    ``LimitExceeded``, and for a route what a payout raises; nothing is stored then.
    """
    # Before the transaction: a rate may be asked of a node. A repeated request needs none.
    rate = rate_asked([asked.order], now=asked.now)
    try:
        return run_once(
            user_id=asked.caller.user_id,
            endpoint=ENDPOINT,
            key=asked.key,
            body_hash=asked.body_hash,
            run=lambda: _create(asked, rate),
        )
    except IntegrityError as error:
        if constraint_of(error) != TAKEN:
            raise
        return _repeat(asked)  # another request with this reference was faster


def _create(asked: PaymentAsked, rate: Rate | NoRate | None) -> Answer:
    if earlier_payment(asked.caller, asked.order.get("reference_id")) is not None:
        return _repeat(asked)
    refuse_own(asked.order, own_addresses([asked.order]))
    terms = terms_of(schedule_now(now=asked.now), rate, now=asked.now)
    payment = draft_of(
        asked.caller, asked.order, terms, body_hash=asked.body_hash, request_id=asked.request_id
    )
    places_find([payment], now=asked.now)
    payment_store(asked.caller, payment, now=asked.now)
    return Answer(201, payment_body(payment))


def payment_store(caller: Caller, payment: Payment, *, now: datetime) -> None:
    """Store one payment, and the payout of a route with it. Raises ``LimitExceeded``."""
    by = f"user {caller.user_id}"

    def write() -> None:
        payments_store([payment], by=by, now=now)

    with undone_alone():
        if payment.method == Method.ROUTE:
            route_begin(caller, payment, write, now=now)
        else:
            write()


def payments_store(payments: list[Payment], *, by: str, now: datetime) -> None:
    """Store payments, and then reserve what they take of the limits. Raises ``LimitExceeded``.

    In this order: who waits for another request with the same reference must hold no window yet.
    """
    begin_many(payments, by=by, details={one.pk: told_of(one) for one in payments})
    reasons = check_and_reserve(payments, now=now)
    held = [one for one in payments if one.pk in reasons]
    for payment in held:
        payment.needs_review = reasons[payment.pk][:200]
    rows_update(held, ["needs_review"])
    facts = {one.pk: {"held": one.needs_review} for one in held}
    tell(held, by="limits", now=now, note="people must agree to its payout", details=facts)


def told_of(payment: Payment) -> dict[str, str]:
    """Return what the first event of a payment tells."""
    told = {"fees": f"{payment.fee_schedule}"}
    if payment.rate is not None:
        told["rate"] = f"{payment.rate.micro_per_trx} micro-USDT a TRX, {payment.rate.source}"
    return told


def earlier_payment(caller: Caller, reference_id: str | None) -> Payment | None:
    """Return the caller's payment of this reference, when there is one."""
    if reference_id is None:
        return None
    rows = Payment.objects.select_related("deposit", "fee_schedule")
    return rows.filter(owner_id=caller.user_id, reference_id=reference_id).first()


def _repeat(asked: PaymentAsked) -> Answer:
    """Return the payment that the same body has made, or raise ``PaymentReferenceTaken``."""
    earlier = earlier_payment(asked.caller, asked.order.get("reference_id"))
    if earlier is None or asked.key is not None or earlier.body_hash != asked.body_hash:
        status = {"payment_id": earlier.public_id, "status": earlier.status} if earlier else None
        raise PaymentReferenceTaken(status)
    return Answer(200, payment_body(earlier), replayed=True)
