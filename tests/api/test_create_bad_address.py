"""Recipients that are no TRON address: 2001 when nothing else is wrong."""

from typing import Any

import base58
import pytest

from tests import builders
from tests.api.client import Api, nothing_written, refused

GOOD = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"


def _with_prefix(prefix: int) -> str:
    return base58.b58encode_check(bytes([prefix]) + bytes(range(20))).decode()


BAD: dict[str, Any] = {
    "one letter changed": GOOD[:-1] + "u",
    "two letters swapped": GOOD[:10] + GOOD[11] + GOOD[10] + GOOD[12:],
    "another case": GOOD.lower(),
    "33 characters": GOOD[:-1],
    "35 characters": GOOD + "t",
    "the letter l": GOOD[:-1] + "l",
    "a zero": GOOD[:-1] + "0",
    "hex": "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
    "hex with 0x": "0x41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
    "prefix 0x40": _with_prefix(0x40),
    "prefix 0x42": _with_prefix(0x42),
    "prefix of Bitcoin": _with_prefix(0x00),
    "a leading space": f" {GOOD}",
    "a trailing space": f"{GOOD} ",
    "a trailing newline": f"{GOOD}\n",
    "a space for the last letter": f"{GOOD[:-1]} ",
    "a full-width T": "Ｔ" + GOOD[1:],
    "a zero-width space": GOOD[:5] + "\u200b" + GOOD[5:],
    "empty": "",
    "a space": " ",
    "very long": "T" * 10_000,
    "a number": 5,
    "null": None,
    "true": True,
    "a list": [GOOD],
    "an object": {"address": GOOD},
}


@pytest.mark.contract("C-ERR-2")
@pytest.mark.parametrize("recipient", BAD.values(), ids=BAD.keys())
def test_it_refuses_the_recipient(alice: Api, recipient: Any) -> None:
    with nothing_written():
        answer = alice.pay(recipient_address=recipient)
        details = refused(answer, 400, "LUCID_ERR_2001")
    assert list(details) == ["recipient_address"]
    assert answer.body["detail"] == "Invalid TRON address format"


@pytest.mark.contract("C-ERR-4")
def test_it_names_a_missing_recipient_as_a_missing_field(alice: Api) -> None:
    with nothing_written():
        details = refused(alice.pay(recipient_address=...), 400, "LUCID_ERR_1001")
    assert details == {"recipient_address": ["This field is required."]}


@pytest.mark.contract("C-ERR-2")
def test_it_accepts_a_good_one(alice: Api) -> None:
    assert alice.pay(recipient_address=GOOD).body["recipient_address"] == GOOD
    assert alice.pay(recipient_address=builders.address()).status == 201
