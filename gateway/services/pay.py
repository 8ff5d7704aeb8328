"""Paying payees: one payout a payment, and another only after a person's word."""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from gateway import story
from gateway.locks import payment_locked
from gateway.models import Payment
from gateway.models_back import Leg
from gateway.states import PaymentStatus
from lucidpay.ids import new_id
from payouts.models import Origin, Payout, Review, RouterType
from payouts.models import Priority as PayoutPriority
from payouts.services.request import InsufficientBalance, paying_wallet
from payouts.services.retry import NotSafe, why_safe
from payouts.services.wait import WAITS_FOR_APPROVAL
from payouts.states import Status
from payouts.story import begin

log = structlog.get_logger(__name__)

BY = "gateway"


def legs_make(*, now: datetime) -> int:
    """Ask for the payouts of payees whose payments are confirmed; return how many were.

    The most urgent and oldest first, and no more under way at once than ``PAYMENT_LEGS_MAX``. One
    after the other: one payment's trouble stops no other's.
    """
    # Those for which people are waited for hold up nobody else's payees.
    waiting = Q(payout__status=Status.PENDING, payout__review=Review.REQUIRED)
    under_way = Leg.objects.filter(ended_at=None).exclude(waiting).count()
    room = max(0, settings.PAYMENT_LEGS_MAX - under_way)
    keys = list(_due().values_list("pk", flat=True)[:room])
    return sum(_make(key, now) for key in keys)


def _due() -> QuerySet[Payment]:
    has_leg = Exists(Leg.objects.filter(payment=OuterRef("pk"), failed=False))
    rows = Payment.objects.filter(~has_leg, status=PaymentStatus.CONFIRMED, leg_micro__gt=0)
    return rows.order_by("priority", "pk")


def _make(key: UUID, now: datetime) -> int:
    try:
        with transaction.atomic():
            payment = payment_locked(key)
            has_leg = Leg.objects.filter(payment=payment, failed=False).exists()
            if payment.status != PaymentStatus.CONFIRMED or has_leg or not payment.leg_micro:
                return 0
            _refuse_unsafe(payment, now)
            payout = leg_payout(payment, Origin.LEG, payment.payee_address, payment.leg_micro, now)
            payout.tries_max = _tries(payment)
            _begin(payment, payout, now)
    except InsufficientBalance:
        log.warning("payee_waits_for_a_wallet", payment=str(key))
        return 0
    except NotSafe as error:
        log.critical("payee_not_safe_to_pay", payment=str(key), txids=error.details["txids"])
        return 0
    return 1


def _refuse_unsafe(payment: Payment, now: datetime) -> None:
    """Raise ``NotSafe`` unless every earlier payout is proven to have paid nothing."""
    for leg in Leg.objects.filter(payment=payment).select_related("payout"):
        why_safe(leg.payout, now=now)


def _begin(payment: Payment, payout: Payout, now: datetime) -> None:
    details = details_of(payment, payout)
    if payment.needs_review:
        payout.review, payout.wait_reason = Review.REQUIRED, WAITS_FOR_APPROVAL
        details["hits"] = {"payment": payment.needs_review}
    begin(payout, by=BY, details=details)
    Leg.objects.create(payment=payment, payout=payout, created_at=now)
    told = {payment.pk: {"payout_id": payout.public_id, "amount_micro": payout.amount_micro}}
    story.tell([payment], by=BY, now=now, note="the payee's payout was asked for", details=told)


def details_of(payment: Payment, payout: Payout) -> dict[str, Any]:
    """Return what the first event of a payout of a payment tells."""
    return {
        "payment_id": payment.public_id,
        "checks": {
            "recipient": f"passed: named by {payment.public_id}",
            "router": f"passed: {payout.router_type}, paid from {payout.wallet.address}",
            "limits": "not asked: those of payments were, when it was asked for",
            "funds": "not asked: it waits until there is enough",
        },
    }


def _tries(payment: Payment) -> int:
    terms = payment.fee_schedule.priorities[payment.get_priority_display()]
    return int(terms["tries"])


def leg_payout(
    payment: Payment, origin: Origin, recipient: str, amount_micro: int, now: datetime
) -> Payout:
    """Return a payout of a payment, not stored yet. Raises ``InsufficientBalance`` without a wallet
    that pays for the gateway.
    """
    return Payout(
        id=new_id(now),
        owner_id=payment.owner_id,
        api_key_id=payment.api_key_id,
        recipient_address=recipient,
        amount_micro=amount_micro,
        reason=f"{origin.label}: {payment.public_id}"[:200],
        router_type=RouterType.GATEWAY,
        origin=origin,
        priority=PayoutPriority(payment.priority),
        wallet=paying_wallet(RouterType.GATEWAY),
        request_id=payment.request_id,
        due_at=now,
        sign_after=now,
        created_at=now,
        updated_at=now,
    )
