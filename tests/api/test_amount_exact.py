"""Amounts that are accepted come back digit for digit."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from payouts.models import Payout
from tests import builders
from tests.api.client import PAYOUTS, Api

CENTS = st.integers(min_value=1, max_value=1_000_000)
QUICK = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def _no_limits(db: None) -> None:
    builders.lift_limits()


def _pay(alice: Api, amount: str) -> None:
    """Pay an amount, as it stands in the body's text, and look at it everywhere."""
    raw = f'{{"recipient_address":"{builders.address()}","reason":"x","amount_usdt":{amount}}}'
    made = alice.call("POST", PAYOUTS, raw)
    wanted = Decimal(amount.strip('"'))
    assert made.status == 201, made.text
    assert Decimal(made.body["amount_usdt"]) == wanted
    assert Payout.objects.latest("pk").amount_micro == wanted * 1_000_000
    shown = made.text.partition('"amount_usdt":')[2].partition(",")[0]
    assert "e" not in shown.lower()
    assert shown == (f"{wanted:.2f}".rstrip("0").rstrip("."))
    assert alice.get(made.headers["Location"]).text == made.text


@pytest.mark.contract("C-MONEY-1")
@QUICK
@given(cents=CENTS, text=st.booleans())
def test_it_keeps_every_amount_exactly(alice: Api, cents: int, text: bool) -> None:
    amount = f"{Decimal(cents) / 100:.2f}"
    _pay(alice, f'"{amount}"' if text else amount)


@pytest.mark.contract("C-MONEY-1")
@pytest.mark.parametrize(
    "amount",
    ["0.01", "0.1", "0.10", "0.100000", '"0.010"', "1e2", "1E+1", "1e-2", "10000", "10000.00",
     '"10000.000"', '"007"', "9999.99", "0.07", "1.15", "4.35"],
)  # fmt: skip
def test_it_keeps_edges_exactly(alice: Api, amount: str) -> None:
    _pay(alice, amount)
