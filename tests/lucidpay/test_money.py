"""Money stays whole base units; Decimals at the edges are exact or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucidpay.money import UNITS_MAX, InvalidAmount, tokens_of, units_of


@given(st.integers(min_value=-UNITS_MAX, max_value=UNITS_MAX))
def test_it_comes_back_as_it_went_out(units: int) -> None:
    assert units_of(tokens_of(units)) == units


@given(st.integers(min_value=-UNITS_MAX, max_value=UNITS_MAX))
def test_it_is_written_plainly_without_superfluous_zeros(units: int) -> None:
    text = str(tokens_of(units))
    assert "E" not in text
    assert not ("." in text and text.endswith("0"))


@pytest.mark.parametrize(
    "amount", ["NaN", "sNaN", "Infinity", "-Infinity", "0.0000001", "1000000000.1", "1e400"]
)
def test_it_refuses_what_cannot_be_kept_exactly(amount: str) -> None:
    with pytest.raises(InvalidAmount):
        units_of(Decimal(amount))
