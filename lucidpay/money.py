"""Money is whole base units: micro-USDT (10⁻⁶ USDT) and sun (10⁻⁶ TRX), in integers.

Decimals exist only at the edges, where people and JSON are. No float ever touches an amount.
"""

from decimal import Decimal

PLACES = 6  # decimals of both USDT-TRC20 and TRX
UNITS_PER_TOKEN = 10**PLACES
UNITS_MAX = 10**15  # one thousand million tokens: what a row holds


class InvalidAmount(ValueError):
    """This is not an amount that can be kept exactly."""


def units_of(amount: Decimal) -> int:
    """Return the amount (whole tokens) in base units, or raise ``InvalidAmount``.

    Refuses NaN, infinities, more than six decimals and what no row can hold, so nothing is
    ever rounded.
    """
    if not amount.is_finite() or abs(amount) > UNITS_MAX // UNITS_PER_TOKEN:
        raise InvalidAmount(amount)
    units = amount.scaleb(PLACES)
    if units != units.to_integral_value():
        raise InvalidAmount(amount)
    return int(units)


def tokens_of(units: int) -> Decimal:
    """Return base units in whole tokens, exact and without superfluous zeros (12.5, 100)."""
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), UNITS_PER_TOKEN)
    digits = f"{fraction:06d}".rstrip("0")
    return Decimal(f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}")
