"""What a payment costs: the contract's table, to the sixth decimal."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.kinds import Method, Priority
from gateway.models_fees import FeeSchedule
from gateway.policy.fees import DISCOUNTS, PRIORITIES, fee_of, schedule_now
from gateway.services.fees import fees_set
from lucidpay.errors import ValidationFailed
from lucidpay.money import UNITS_MAX
from tests.builders import USDT
from tests.gateway.fees import set_to

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
# As the contract writes them, and nothing of the code under test.
TABLE = {
    "low": ("0.10", 120, 3), "normal": ("0.15", 60, 5), "high": ("0.20", 30, 5),
    "urgent": ("0.30", 10, 7),
}  # fmt: skip
MONEY = Context(prec=60)
DELIVERED = FeeSchedule(version=1, priorities=PRIORITIES, discounts=DISCOUNTS, valid_from=NOW)

amounts = st.one_of(
    st.integers(1, UNITS_MAX),
    st.integers(1, 100_000),
    st.sampled_from([10_000, 100_000, 1_000_000]).flatmap(
        lambda usdt: st.integers(usdt * USDT - 10, usdt * USDT + 10)
    ),
)


def by_the_contract(amount_micro: int, priority: str) -> Decimal:
    """The fee in USDT, reckoned as a person would from the contract's text."""
    amount = Decimal(amount_micro).scaleb(-6, MONEY)
    discount = Decimal(0)
    for above, percent in ((10_000, 5), (100_000, 10), (1_000_000, 15)):
        if amount > above:
            discount = Decimal(percent)
    rate = MONEY.divide(Decimal(TABLE[priority][0]), 100)
    fee = MONEY.multiply(
        MONEY.multiply(amount, rate), MONEY.divide(MONEY.subtract(100, discount), 100)
    )
    return fee.quantize(Decimal("0.000001"), rounding=ROUND_HALF_EVEN, context=MONEY)


@pytest.mark.contract("C-PAY-14")
@given(amount=amounts, priority=st.sampled_from(list(Priority)))
@example(10_000 * USDT, Priority.NORMAL)
@example(10_000 * USDT + 1, Priority.NORMAL)
@example(100_000 * USDT, Priority.HIGH)
@example(100_000 * USDT + 1, Priority.HIGH)
@example(1_000_000 * USDT, Priority.URGENT)
@example(1_000_000 * USDT + 1, Priority.URGENT)
@example(UNITS_MAX, Priority.LOW)
@example(1, Priority.LOW)
@example(500, Priority.LOW)
@example(1_500, Priority.LOW)
def test_it_costs_what_the_contract_says(amount: int, priority: Priority) -> None:
    fee = fee_of(amount, priority, Method.GATEWAY, DELIVERED)
    expected = int(by_the_contract(amount, priority.label).scaleb(6))
    assert (fee.fee_micro, fee.net_micro) == (expected, amount - expected)
    assert fee.net_micro > 0
    terms = TABLE[priority.label]
    assert (fee.target_s, fee.tries) == terms[1:]
    assert fee.rate_ppm == Decimal(terms[0]) * 10_000


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (500, 0),  # half a micro-USDT goes to the even one below
        (1_500, 2),  # one and a half to the even one above
        (2_500, 2),
        (3_500, 4),
        (501, 1),
        (499, 0),
    ],
)
def test_half_of_the_sixth_decimal_goes_to_the_even_one(amount: int, fee: int) -> None:
    assert fee_of(amount, Priority.LOW, Method.GATEWAY, DELIVERED).fee_micro == fee


@pytest.mark.parametrize(
    ("usdt", "below", "above"), [(10_000, 0, 5), (100_000, 5, 10), (1_000_000, 10, 15)]
)
def test_a_step_begins_one_unit_above(usdt: int, below: int, above: int) -> None:
    for amount, percent in ((usdt * USDT, below), (usdt * USDT + 1, above)):
        fee = fee_of(amount, Priority.NORMAL, Method.GATEWAY, DELIVERED)
        assert fee.discount_percent == percent


@pytest.mark.parametrize("method", Method.values)
def test_only_a_direct_payment_is_not_deducted_from(method: str) -> None:
    fee = fee_of(100 * USDT, Priority.NORMAL, method, DELIVERED)
    assert fee.fee_micro == 150_000
    assert fee.net_micro == (100 * USDT if method == "direct_transfer" else 99_850_000)


@pytest.mark.django_db
def test_the_first_schedule_is_made_once() -> None:
    first, again = schedule_now(now=NOW), schedule_now(now=NOW - timedelta(days=1))
    assert first == again == FeeSchedule.objects.get()
    assert (first.version, first.priorities, first.discounts) == (1, PRIORITIES, DISCOUNTS)


@pytest.mark.django_db
def test_a_new_version_holds_from_its_moment_on_and_the_old_one_stays() -> None:
    old = schedule_now(now=NOW)
    new = fees_set(**set_to(normal=2_500), by="alice", note="energy got dearer", now=NOW)
    assert (new.version, new.by, new.note) == (2, "alice", "energy got dearer")
    assert schedule_now(now=NOW) == new
    assert schedule_now(now=NOW - timedelta(microseconds=1)).version == 1
    quoted = fee_of(100 * USDT, Priority.NORMAL, Method.GATEWAY, old)
    assert quoted.fee_micro == 150_000  # a payment keeps the schedule it was quoted by
    assert fee_of(100 * USDT, Priority.NORMAL, Method.GATEWAY, new).fee_micro == 250_000


@pytest.mark.django_db
def test_a_version_is_never_changed() -> None:
    kept = schedule_now(now=NOW)
    for write in (lambda: FeeSchedule.objects.update(note="mine"), kept.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"note": " "}, "note"),
        ({"note": "x" * 201}, "note"),
        ({"priorities": {}}, "priorities"),
        ({"normal": -1}, "priorities.normal.rate_ppm"),
        ({"normal": 1_000_001}, "priorities.normal.rate_ppm"),
        ({"normal": True}, "priorities.normal.rate_ppm"),
        ({"normal": 0.5}, "priorities.normal.rate_ppm"),
        ({"low": {"rate_ppm": 1, "target_s": 0, "tries": 3}}, "priorities.low.target_s"),
        ({"low": {"rate_ppm": 1, "target_s": 1, "tries": 21}}, "priorities.low.tries"),
        ({"low": {"rate_ppm": 1, "target_s": 1, "tries": 0}}, "priorities.low.tries"),
        ({"low": {"rate_ppm": 1, "target_s": 1}}, "priorities.low"),
        ({"discounts": [(1, 101)]}, "discounts[0].percent"),
        ({"discounts": [(-1, 1)]}, "discounts[0].above_micro"),
        ({"discounts": [(10, 5), (10, 6)]}, "discounts[1]"),
        ({"discounts": [(10, 5), (11, 4)]}, "discounts[1]"),
        ({"discounts": [(one, 1) for one in range(21)]}, "discounts"),
    ],
)
def test_what_can_be_no_schedule_is_refused_by_name(changes: dict[str, Any], where: str) -> None:
    note = changes.pop("note", "why not")
    with pytest.raises(ValidationFailed) as caught:
        fees_set(**set_to(**changes), by="alice", note=note, now=NOW)
    assert set(caught.value.details) == {where}
    assert not FeeSchedule.objects.exists()


@pytest.mark.django_db
def test_bounds_themselves_are_accepted() -> None:
    all_of_it = {"rate_ppm": 1_000_000, "target_s": 1, "tries": 20}
    made = fees_set(
        **set_to(low=0, urgent=all_of_it, discounts=[(0, 0), (1, 0), (2, 100)]),
        by="alice", note="a day without fees", now=NOW,
    )  # fmt: skip
    assert fee_of(5 * USDT, Priority.URGENT, Method.GATEWAY, made).fee_micro == 0
    assert fee_of(5 * USDT, Priority.LOW, Method.GATEWAY, made).net_micro == 5 * USDT
