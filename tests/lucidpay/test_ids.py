"""Public ids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucidpay.ids import new_id, parse_public_id, public_id


@given(st.uuids())
def test_it_reads_what_it_wrote(key: object) -> None:
    assert parse_public_id("payout", public_id("payout", key)) == key


def test_ids_are_uuid7_and_grow() -> None:
    first, second = new_id(), new_id()
    assert first.version == 7
    assert first < second


@pytest.mark.parametrize(
    "text",
    [
        "",
        "payout_",
        "payout_" + "g" * 32,
        "payout_" + "A" * 32,
        "payout_" + "a" * 31,
        "payout_" + "a" * 33,
        "batch_" + "a" * 32,
        "payout_" + "a" * 32 + "\n",
        "payout_" + "١" * 32,
        "a" * 32,
    ],
)
def test_it_finds_no_key_in_what_is_no_id(text: str) -> None:
    assert parse_public_id("payout", text) is None
