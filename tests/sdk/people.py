"""Whom the client pays in these tests."""

from typing import Any

from lucidpay_client import PayoutRequest
from tests.platform.people import somebody


def salary(amount: Any = "12.50", **more: Any) -> PayoutRequest:
    """Return a request for somebody who was never paid before."""
    given = {"recipient_address": somebody(), "reason": "salary", **more}
    return PayoutRequest(amount_usdt=amount, **given)
