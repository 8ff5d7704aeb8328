"""A refund as callers see it."""

from typing import Any

from gateway.models_back import Refund
from lucidpay.clock import iso
from lucidpay.money import tokens_of

TARGET_S = 180


def refund_body(refund: Refund) -> dict[str, Any]:
    """Return one refund as callers see it."""
    return {
        "refund_id": refund.public_id,
        "payment_id": refund.payment.public_id,
        "status": refund.status,
        "amount": tokens_of(refund.paid_units),
        "currency": refund.asset,
        "reason": refund.reason or refund.cause,
        "created_at": iso(refund.created_at),
        "estimated_completion_time": TARGET_S,
    }
