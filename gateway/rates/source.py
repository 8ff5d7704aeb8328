"""What a source of rates is, and how it says that it has none."""

from datetime import datetime
from typing import Protocol

from gateway.models_fees import Rate
from lucidpay.errors import CONFLICT, NETWORK, LucidError
from lucidpay.money import UNITS_PER_TOKEN

# What one TRX can be worth, in micro-USDT: beyond, somebody has mistyped or misread something.
RATE_MIN_MICRO = UNITS_PER_TOKEN // 1000
RATE_MAX_MICRO = 100 * UNITS_PER_TOKEN


class NoRate(LucidError):
    """There is no valid rate of TRX at present. Use another payment_method, or ask again later."""

    code = CONFLICT
    status_code = 409


class RateNotRead(NoRate):
    """TRON network error: no node tells the rate of TRX at present. Ask again in a moment."""

    code = NETWORK
    status_code = 500


class RateSource(Protocol):
    """Somebody who knows what TRX is worth."""

    def rate(self, *, now: datetime) -> Rate:
        """Return a stored rate that holds now, or raise ``NoRate``: never a guess."""
        ...
