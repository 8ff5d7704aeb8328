"""Public ids."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucidpay.ids import first_id_at, new_id, parse_public_id, public_id


@given(st.uuids())
def test_it_reads_what_it_wrote(key: object) -> None:
    assert parse_public_id("payout", public_id("payout", key)) == key


@pytest.mark.contract("C-PAYOUT-6")
def test_ids_are_uuid7_and_grow() -> None:
    first, second = new_id(), new_id()
    assert first.version == 7
    assert first < second


def test_an_id_of_a_time_begins_with_it() -> None:
    at = datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    ids = [new_id(at - moment), new_id(at), new_id(at), new_id(at + moment)]
    assert ids == sorted(set(ids))
    assert {one.version for one in ids} == {7}
    assert {one.variant for one in ids} == {RFC_4122}
    assert all(one.int >> 80 == int(at.timestamp() * 1000) for one in ids)
    assert first_id_at(at) < ids[0] < first_id_at(at + timedelta(milliseconds=1))


def test_the_first_ids_of_odd_times_are_the_smallest_and_the_largest() -> None:
    assert first_id_at(datetime.min.replace(tzinfo=UTC)).int == 0
    last = first_id_at(datetime.max.replace(tzinfo=UTC))
    assert new_id() < last


@pytest.mark.contract("C-PAYOUT-6")
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
