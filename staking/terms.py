"""What all verbs of staking share: bounds of amounts, and errors about one field."""

from lucidpay.errors import ValidationFailed
from lucidpay.money import UNITS_MAX, UNITS_PER_TOKEN

STAKE_MIN_SUN = UNITS_PER_TOKEN  # java-tron FreezeBalanceV2Actuator, DelegateResourceActuator
BELOW_ONE = "At least 1 TRX: the network takes no less."


def amount_check(amount_sun: int, *, least_sun: int = STAKE_MIN_SUN) -> None:
    """Raise ``ValidationFailed`` for an amount that the network takes of nobody."""
    if amount_sun < least_sun:
        text = BELOW_ONE if least_sun == STAKE_MIN_SUN else "More than 0 TRX."
        raise ValidationFailed({"amount_trx": [text]})
    if amount_sun > UNITS_MAX:
        raise ValidationFailed({"amount_trx": ["More than any wallet holds."]})
