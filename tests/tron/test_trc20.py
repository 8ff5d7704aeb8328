"""TRC20 calls and logs: as the ABI has them, and nothing that only looks like them."""

from typing import Any

import pytest
from Crypto.Hash import keccak
from hypothesis import given
from hypothesis import strategies as st
from tronpy.abi import trx_abi

from tron.address import address_from_body
from tron.trc20 import (
    BALANCE_OF,
    TRANSFER,
    TRANSFER_TOPIC,
    UINT256_MAX,
    MalformedCall,
    TransferLog,
    balance_of_data,
    transfer_data,
    transfer_logs,
    transfer_parse,
    word_of_address,
    word_of_amount,
)

CONTRACT = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
BODY = "a614f803b6fd780986a42c78ec9c7f77e6ded13c"
OTHER_BODY = "eca9bc828a3005b9a3b909f2cc5c2a54794de05f"
ADDRESS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"
WORD = "0000000000000000000000006370ef2f4db3611d657b90667de398a2cc2a370c"
CALL = f"a9059cbb{WORD}{5:064x}"
APPROVAL_TOPIC = "8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925"
addresses = st.binary(min_size=20, max_size=20).map(address_from_body)
amounts = st.integers(0, UINT256_MAX)
GOOD = {
    "address": BODY,
    "topics": [TRANSFER_TOPIC, WORD, "0" * 24 + BODY],
    "data": f"{7:064x}",
}
READ = TransferLog(CONTRACT, ADDRESS, CONTRACT, 7)


def hash_of(signature: str) -> bytes:
    return keccak.new(digest_bits=256, data=signature.encode()).digest()


def test_selectors_and_topics_are_hashes_of_the_signatures() -> None:
    assert hash_of("transfer(address,uint256)")[:4] == TRANSFER
    assert hash_of("balanceOf(address)")[:4] == BALANCE_OF
    assert hash_of("Transfer(address,address,uint256)").hex() == TRANSFER_TOPIC


def test_it_writes_words_as_the_abi_does() -> None:
    assert word_of_address(ADDRESS).hex() == WORD
    assert word_of_amount(UINT256_MAX).hex() == "f" * 64
    assert transfer_data(ADDRESS, 5).hex() == CALL
    assert balance_of_data(ADDRESS).hex() == f"70a08231{WORD}"


@given(addresses, amounts)
def test_calls_equal_those_of_another_encoder_and_come_back(recipient: str, amount: int) -> None:
    data = transfer_data(recipient, amount)
    assert data[4:] == trx_abi.encode(["address", "uint256"], [recipient, amount])
    assert transfer_parse(data) == (recipient, amount)


@pytest.mark.parametrize("amount", [-1, UINT256_MAX + 1])
def test_it_refuses_an_amount_that_fits_no_word(amount: int) -> None:
    with pytest.raises(MalformedCall):
        transfer_data(ADDRESS, amount)


@pytest.mark.parametrize(
    "call",
    [
        "",
        "a9059cbb",
        CALL[:-2],
        CALL + "00",
        "23b872dd" + CALL[8:],  # transferFrom
        "095ea7b3" + CALL[8:],  # approve
        *(CALL[:at] + "41" + CALL[at + 2 :] for at in range(8, 32, 2)),  # dirty upper bytes
    ],
)
def test_it_reads_nothing_but_a_transfer_in_its_only_spelling(call: str) -> None:
    with pytest.raises(MalformedCall):
        transfer_parse(bytes.fromhex(call))


def test_it_reads_the_transfer_logs_of_a_contract_in_order() -> None:
    second = {**GOOD, "data": f"{8:064x}"}
    approval = {**GOOD, "topics": [APPROVAL_TOPIC, *GOOD["topics"][1:]]}
    receipt = {"log": [GOOD, approval, second, {**GOOD, "address": OTHER_BODY}]}
    assert [log.amount for log in transfer_logs(receipt, CONTRACT)] == [7, 8]
    assert transfer_logs(receipt, CONTRACT)[0] == READ


def test_a_receipt_without_logs_has_none() -> None:
    assert transfer_logs({}, CONTRACT) == []


SPOILED = {
    "no data": {"address": BODY, "topics": GOOD["topics"]},
    "empty data": {**GOOD, "data": ""},
    "null data": {**GOOD, "data": None},
    "no hex": {**GOOD, "data": "z" * 64},
    "negative": {**GOOD, "data": "-" + "0" * 62 + "7"},
    "short data": {**GOOD, "data": "07"},
    "long data": {**GOOD, "data": f"{7:064x}{8:064x}"},
    "prefixed data": {**GOOD, "data": f"0x{7:062x}"},
    "spaced data": {**GOOD, "data": " " * 62 + "07"},
    "data is a number": {**GOOD, "data": 7},
    "one topic": {**GOOD, "topics": GOOD["topics"][:1]},
    "two topics": {**GOOD, "topics": GOOD["topics"][:2]},
    "four topics": {**GOOD, "topics": [*GOOD["topics"], WORD]},
    "short topic": {**GOOD, "topics": [TRANSFER_TOPIC, WORD, BODY]},
    "dirty topic": {**GOOD, "topics": [TRANSFER_TOPIC, WORD, "0" * 22 + "41" + BODY]},
    "null topic": {**GOOD, "topics": [TRANSFER_TOPIC, WORD, None]},
    "no hex topic": {**GOOD, "topics": [TRANSFER_TOPIC, WORD, "g" * 64]},
}


@pytest.mark.parametrize("log", SPOILED.values(), ids=SPOILED.keys())
def test_a_malformed_transfer_log_of_ours_is_refused(log: dict[str, Any]) -> None:
    with pytest.raises(MalformedCall):
        transfer_logs({"log": [GOOD, log]}, CONTRACT)


FOREIGN = {
    **{name: {**log, "address": OTHER_BODY} for name, log in SPOILED.items()},
    "no topics": {"address": OTHER_BODY},
    "empty topics": {"address": OTHER_BODY, "topics": []},
    "topics are null": {"address": OTHER_BODY, "topics": None},
    "no address": {"topics": [TRANSFER_TOPIC]},
    "nothing": {},
}


@pytest.mark.parametrize("log", FOREIGN.values(), ids=FOREIGN.keys())
def test_garbage_of_a_foreign_contract_is_not_even_read(log: dict[str, Any]) -> None:
    assert transfer_logs({"log": [log, GOOD, log]}, CONTRACT) == [READ]


@pytest.mark.parametrize("topics", [{}, {"topics": []}, {"topics": None}])
def test_a_log_of_ours_without_topics_is_no_transfer(topics: dict[str, Any]) -> None:
    assert transfer_logs({"log": [{"address": BODY, **topics, "data": "00"}]}, CONTRACT) == []
