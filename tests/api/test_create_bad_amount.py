"""Amounts that are refused: nothing is rounded, guessed or written."""

import pytest

from tests import builders
from tests.api.client import PAYOUTS, Api, nothing_written, refused

# As they stand in the body's text.
BAD = {
    "zero": "0",
    "zero with decimals": "0.00",
    "zero as text": '"0.00"',
    "zero with a huge exponent": "0e400",
    "below the smallest": "0.009",
    "negative": "-1",
    "negative text": '"-1"',
    "negative zero": "-0",
    "negative zero with decimals": "-0.0",
    "negative zero as text": '"-0"',
    "three decimals": "12.505",
    "three decimals as text": '"12.505"',
    "a hair too precise": "1.000000000000000000000000000001",
    "above the largest": "10000.01",
    "far above the largest": "1000000000000",
    "above the largest as text": '"10000.01"',
    "above the largest by its exponent": "1e5",
    "beyond a double": "1e309",
    "beyond a row by a cent": "1000000000.01",
    "beyond a Decimal": "1e99999999999999999999",
    "zero beyond a Decimal": "0e99999999999999999999",
    "below a double": "1e-400",
    "not a number": "NaN",
    "not a number as text": '"NaN"',
    "infinity": "Infinity",
    "negative infinity": "-Infinity",
    "infinity as text": '"Infinity"',
    "true": "true",
    "false": "false",
    "null": "null",
    "a word": '"abc"',
    "empty text": '""',
    "an exponent as text": '"1e2"',
    "full-width digits": '"１２"',
    "Arabic digits": '"١٢"',
    "a plus sign": '"+5"',
    "an underscore": '"1_0"',
    "spaces": '" 5 "',
    "a newline": r'"5\n"',
    "a comma": '"5,00"',
    "a bare point": '"5."',
    "a leading point": '".5"',
    "hexadecimal": '"0x10"',
    "a list": "[]",
    "a list of one": "[5]",
    "an object": '{"value": 5}',
    "a hundred digits": "1" * 100,
    "a hundred digits as text": '"' + "1" * 100 + '"',
    "a hundred decimals": "1." + "0" * 100,
    "ten thousand digits": "9" * 10_000,
}


@pytest.mark.contract("C-MONEY-2", "C-MONEY-3")
@pytest.mark.parametrize("amount", BAD.values(), ids=BAD.keys())
def test_it_refuses_the_amount(alice: Api, amount: str) -> None:
    raw = (
        f'{{"recipient_address": "{builders.address()}", "reason": "salary", '
        f'"amount_usdt": {amount}}}'
    )
    with nothing_written():
        details = refused(alice.call("POST", PAYOUTS, raw), 400, "LUCID_ERR_1001")
    # What is no JSON, or could mean two things, is refused with the whole body.
    assert list(details) in (["amount_usdt"], ["body"])


@pytest.mark.contract("C-MONEY-3")
def test_it_names_the_bounds(alice: Api) -> None:
    details = refused(alice.pay(amount_usdt=0), 400, "LUCID_ERR_1001")
    assert details == {"amount_usdt": ["The amount must be from 0.01 to 10000."]}


@pytest.mark.contract("C-ERR-4")
def test_it_wants_an_amount(alice: Api) -> None:
    assert list(refused(alice.pay(amount_usdt=...), 400, "LUCID_ERR_1001")) == ["amount_usdt"]
