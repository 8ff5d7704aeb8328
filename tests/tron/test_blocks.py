"""Blocks are believed as far as their own ids prove them."""

import hashlib
from typing import Any

import pytest

from tron.blocks import EMPTY_ROOT, block_id_of, block_of, header_of
from tron.errors import OutcomeUnknown

# A block of the Nile network, as TRON's documentation of wallet/getnowblock shows it.
NILE_ID = "0000000003fe266bf6b6d392f654dc2e5011601546ed04623d9fcc4e9d439a25"
NILE = {
    "number": 66_987_627,
    "txTrieRoot": "f8156964cc3e5793a368f938a18ea45c02bd48fe3a412f7091ce8d9ef56df174",
    "witness_address": "41e7860196ad5b5718c1d6326babab039b70b8c1cd",
    "parentHash": "0000000003fe266a65d5194c947f6f7a059d4646c8e9a5293226bc7fdcfc775e",
    "version": 34,
    "timestamp": 1_777_445_307_000,
}
BODY = "0a02"
TX = {"txID": hashlib.sha256(bytes.fromhex(BODY)).hexdigest(), "raw_data_hex": BODY}


def told(raw: dict[str, Any] | None = None, **beside: Any) -> dict[str, Any]:
    """Return a block in a node's words, with the id that belongs to its header."""
    header = raw or NILE
    return {"blockID": block_id_of(header), "block_header": {"raw_data": header}, **beside}


def test_a_real_block_has_the_id_of_its_header() -> None:
    assert block_id_of(NILE) == NILE_ID


@pytest.mark.parametrize("name", NILE)
def test_no_field_can_be_told_otherwise(name: str) -> None:
    value = NILE[name]
    other = value + 1 if isinstance(value, int) else f"{value[:-1]}{'0' if value[-1] != '0' else 1}"
    for spoiled in ({**NILE, name: other}, {key: NILE[key] for key in NILE if key != name}):
        with pytest.raises(OutcomeUnknown):
            header_of({"blockID": NILE_ID, "block_header": {"raw_data": spoiled}})


def test_a_header_without_a_number_is_not_taken_for_block_0() -> None:
    raw = {name: value for name, value in NILE.items() if name != "number"}
    with pytest.raises(OutcomeUnknown):
        header_of({"blockID": NILE_ID, "block_header": {"raw_data": raw}})


@pytest.mark.parametrize(
    "fields", [{"timestamp": 10**14 + 1}, {"timestamp": None}, {"timestamp": ""}, {"number": 2**63}]
)
def test_a_consistent_header_of_no_possible_time_or_height_is_unknown(fields: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        header_of(told({**NILE, **fields}))


def test_it_reads_a_block_with_its_transactions() -> None:
    assert block_of(told(transactions=[TX])).transactions == (TX,)
    assert block_of(told({**NILE, "txTrieRoot": EMPTY_ROOT})).transactions == ()


@pytest.mark.parametrize(
    "transactions",
    [
        None,
        [],
        5,
        ["01" * 32],
        [None],
        [{}],
        [{"txID": TX["txID"]}],
        [{"raw_data_hex": BODY}],
        [{**TX, "txID": "ab" * 32}],
        [{**TX, "raw_data_hex": "0a03"}],
        [{**TX, "raw_data_hex": "zz"}],
        [TX, TX],
    ],
)
def test_transactions_that_are_missing_or_called_wrongly_are_unknown(transactions: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        block_of(told(transactions=transactions))


def test_a_block_that_loses_its_transactions_never_looks_empty() -> None:
    with pytest.raises(OutcomeUnknown):
        block_of(told())


def test_an_empty_block_cannot_be_given_transactions() -> None:
    with pytest.raises(OutcomeUnknown):
        block_of(told({**NILE, "txTrieRoot": EMPTY_ROOT}, transactions=[TX]))
