"""The bytes that are hashed and signed, against transactions seen on public networks.

``vectors.json`` holds answers of a real node as printed in the TRON documentation
(docs/api/http: createtransaction, triggersmartcontract, freezebalancev2,
accountpermissionupdate).
"""

import hashlib
import json
from pathlib import Path

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tronpy.proto import tron_pb2

from tests.sandbox.people import Person
from tron.address import address_text
from tron.sandbox import proto
from tron.sandbox.genesis import (
    GENESIS_ID,
    USDT_CONTRACT,
    genesis_block,
)
from tron.sandbox.json_in import transaction_of_json
from tron.sandbox.json_out import transaction_json
from tron.sandbox.signatures import address_of_key, signer_of
from tron.sandbox.transactions import transaction_parse, txid_of
from tron.sandbox.vm.abi import keccak256, selector
from tron.sandbox.vm.tether import APPROVAL_TOPIC, TRANSFER_TOPIC

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text())
NUMBERS = st.integers(0, 2**63 - 1)
ADDRESSES = st.binary(min_size=21, max_size=21)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["raw_data"]["contract"][0]["type"])
def test_json_becomes_the_bytes_of_a_real_node(vector: dict) -> None:
    message = transaction_of_json(vector, visible=False)
    assert message.raw_data.SerializeToString().hex() == vector["raw_data_hex"]
    assert txid_of(message.raw_data).hex() == vector["txID"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: v["raw_data"]["contract"][0]["type"])
def test_the_bytes_of_a_real_node_become_its_json(vector: dict) -> None:
    message = proto.Transaction()
    message.raw_data.ParseFromString(bytes.fromhex(vector["raw_data_hex"]))
    shown = transaction_json(message, visible=False)
    assert shown["raw_data"] == vector["raw_data"]
    assert shown["txID"] == vector["txID"]
    visible = transaction_json(message, visible=True)
    again = transaction_of_json(visible, visible=True)
    assert again == message


@given(NUMBERS, NUMBERS, NUMBERS, st.binary(max_size=8), st.binary(max_size=200), ADDRESSES)
def test_these_messages_and_tronpy_s_agree(
    amount: int, expiration: int, fee_limit: int, reference: bytes, memo: bytes, address: bytes
) -> None:
    theirs = tron_pb2.Transaction()
    raw = theirs.raw_data
    raw.ref_block_bytes, raw.ref_block_hash, raw.data = reference[:2], reference, memo
    raw.expiration, raw.timestamp, raw.fee_limit = expiration, amount, fee_limit
    contract = raw.contract.add(type=31, Permission_id=amount % 10)
    contract.parameter.value = tron_pb2.TriggerSmartContract(
        owner_address=address, contract_address=address, data=memo, call_value=amount
    ).SerializeToString()
    theirs.signature.append(reference)
    body = theirs.SerializeToString()
    ours = transaction_parse(body)
    assert ours.SerializeToString() == body
    assert txid_of(ours.raw_data) == hashlib.sha256(raw.SerializeToString()).digest()


def test_a_known_key_has_a_known_address() -> None:
    key = PrivateKey(bytes(range(1, 33)))
    address = address_of_key(key.public_key)
    assert address.hex() == "416370ef2f4db3611d657b90667de398a2cc2a370c"
    assert address_text(address) == "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"


@given(st.binary(min_size=32, max_size=32))
def test_the_signer_is_recovered(digest: bytes) -> None:
    person = Person()
    assert signer_of(person.key.sign_recoverable(digest, hasher=None), digest) == person.raw


def test_well_known_hashes_are_computed_right() -> None:
    assert selector("transfer(address,uint256)").hex() == "a9059cbb"
    assert selector("getBlackListStatus(address)").hex() == "59bf1abe"
    assert TRANSFER_TOPIC.hex().startswith("ddf252ad1be2c89b")
    assert APPROVAL_TOPIC.hex().startswith("8c5be1e5ebec7d5b")


def test_the_genesis_block_and_the_contract_are_what_the_constants_say() -> None:
    assert genesis_block().id.hex() == GENESIS_ID
    assert address_text(b"\x41" + keccak256(b"LucidPay sandbox USDT")[-20:]) == USDT_CONTRACT
