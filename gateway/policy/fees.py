"""What a payment costs: by its priority and volume, half-even to the sixth decimal."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from gateway.kinds import Method, Priority
from gateway.models_fees import FeeSchedule
from lucidpay.money import UNITS_PER_TOKEN

PPM = 1_000_000
PERCENT = 100
# What holds before anybody has set anything.
PRIORITIES = {
    "low": {"rate_ppm": 1_000, "target_s": 120, "tries": 3},
    "normal": {"rate_ppm": 1_500, "target_s": 60, "tries": 5},
    "high": {"rate_ppm": 2_000, "target_s": 30, "tries": 5},
    "urgent": {"rate_ppm": 3_000, "target_s": 10, "tries": 7},
}
DISCOUNTS = [
    {"above_micro": 10_000 * UNITS_PER_TOKEN, "percent": 5},
    {"above_micro": 100_000 * UNITS_PER_TOKEN, "percent": 10},
    {"above_micro": 1_000_000 * UNITS_PER_TOKEN, "percent": 15},
]


@dataclass(frozen=True)
class Fee:
    """What a payment costs, and by which schedule."""

    schedule: FeeSchedule
    rate_ppm: int
    discount_percent: int
    fee_micro: int
    net_micro: int  # what the payee gets
    target_s: int
    tries: int


def schedule_now(*, now: datetime) -> FeeSchedule:
    """Return the newest schedule that holds; the first one is made here when there is none."""
    found = FeeSchedule.objects.filter(valid_from__lte=now).order_by("-version").first()
    if found is not None:
        return found
    first = FeeSchedule(
        version=1, priorities=PRIORITIES, discounts=DISCOUNTS, by="LucidPay",
        note="as delivered", valid_from=now,
    )  # fmt: skip
    try:
        with transaction.atomic():
            first.save(force_insert=True)
    except IntegrityError:  # another request was faster
        return FeeSchedule.objects.order_by("-version").get(version=1)
    return first


def fee_of(amount_micro: int, priority: Priority, method: str, schedule: FeeSchedule) -> Fee:
    """Return what a payment of ``amount_micro`` (1 or more) costs by this schedule.

    The discount is one of the fee, by the highest step that the amount is above. A payment that
    goes directly from payer to payee is not deducted from: its fee is billed. Of a tiny amount
    the fee may be 0; by a schedule of 50 % and more, nothing may be left for the payee.
    """
    terms: dict[str, Any] = schedule.priorities[priority.label]
    steps = [one["percent"] for one in schedule.discounts if amount_micro > one["above_micro"]]
    discount_percent = max(steps, default=0)
    product = amount_micro * terms["rate_ppm"] * (PERCENT - discount_percent)
    fee_micro = half_even(product, PPM * PERCENT)
    is_deducted = method != Method.DIRECT
    return Fee(
        schedule=schedule,
        rate_ppm=terms["rate_ppm"],
        discount_percent=discount_percent,
        fee_micro=fee_micro,
        net_micro=amount_micro - fee_micro if is_deducted else amount_micro,
        target_s=terms["target_s"],
        tries=terms["tries"],
    )


def half_even(dividend: int, divisor: int) -> int:
    """Return the quotient of two whole numbers, not negative, rounded half to even."""
    whole, rest = divmod(dividend, divisor)
    if 2 * rest > divisor or (2 * rest == divisor and whole % 2):
        whole += 1
    return whole
