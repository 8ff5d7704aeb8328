"""What is signed: byte for byte what others build of the same fields."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from tronpy import Tron
from tronpy.abi import trx_abi
from tronpy.proto import tron_pb2
from tronpy.proto.transaction import _raw_data_to_protobuf, calculate_txid_from_raw_data
from tronpy.providers import HTTPProvider

from lucidpay.errors import InvariantBroken
from tests.sandbox.people import Person
from tests.tron.chain import Holder
from tron.address import address_from_body, address_of_public_key, address_parse, address_text
from tron.transactions import TRANSFER_BANDWIDTH, Draft, raw_of, sign, txid_of
from tron.trc20 import TRANSFER, transfer_parse

INT64_MAX = 2**63 - 1
VECTORS = json.loads((Path(__file__).parents[1] / "sandbox" / "vectors.json").read_text())
ALICE = Person(PrivateKey(bytes(range(1, 33))))
addresses = st.binary(min_size=20, max_size=20).map(address_from_body)
transfers = st.builds(
    Draft,
    sender=addresses,
    recipient=addresses,
    contract=addresses,
    amount=st.integers(0, 2**256 - 1),
    fee_limit_sun=st.integers(1, 15_000_000_000),
    ref_block_id=st.binary(min_size=32, max_size=32).map(bytes.hex),
    expiration_ms=st.integers(1, INT64_MAX),
    timestamp_ms=st.integers(1, INT64_MAX),
)


def raw_data_of(transfer: Draft) -> dict[str, Any]:
    """Return the fields as tronpy takes them, the call encoded by its own encoder."""
    words = trx_abi.encode(["address", "uint256"], [transfer.recipient, transfer.amount])
    value = {
        "owner_address": address_parse(transfer.sender).hex(),
        "contract_address": address_parse(transfer.contract).hex(),
        "data": TRANSFER.hex() + words.hex(),
    }
    type_url = "type.googleapis.com/protocol.TriggerSmartContract"
    return {
        "contract": [
            {
                "type": "TriggerSmartContract",
                "parameter": {"value": value, "type_url": type_url},
            }
        ],
        "ref_block_bytes": transfer.ref_block_id[12:16],
        "ref_block_hash": transfer.ref_block_id[16:32],
        "expiration": transfer.expiration_ms,
        "timestamp": transfer.timestamp_ms,
        "fee_limit": transfer.fee_limit_sun,
    }


def field(tag: int, value: int | bytes) -> bytes:
    """Return one protobuf field: a varint, or bytes with their length."""
    if isinstance(value, int):
        return varint(tag << 3) + varint(value)
    return varint(tag << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    """Return an unsigned number, seven bits a byte, the lowest first."""
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def by_hand(transfer: Draft) -> bytes:
    """Return ``raw_data`` written without any protobuf library (field numbers: Tron.proto)."""
    words = bytes(12) + address_parse(transfer.recipient)[1:] + transfer.amount.to_bytes(32, "big")
    call = (
        field(1, address_parse(transfer.sender))
        + field(2, address_parse(transfer.contract))
        + field(4, bytes.fromhex("a9059cbb") + words)
    )
    type_url = b"type.googleapis.com/protocol.TriggerSmartContract"
    contract = field(1, 31) + field(2, field(1, type_url) + field(2, call))
    block_id = bytes.fromhex(transfer.ref_block_id)
    return (
        field(1, block_id[6:8])
        + field(4, block_id[8:16])
        + field(8, transfer.expiration_ms)
        + field(11, contract)
        + field(14, transfer.timestamp_ms)
        + field(18, transfer.fee_limit_sun)
    )


def test_it_builds_the_published_transaction() -> None:
    vector = next(one for one in VECTORS if one["txID"].startswith("8c621a0dc9bd"))
    fields = vector["raw_data"]
    value = fields["contract"][0]["parameter"]["value"]
    recipient, amount = transfer_parse(bytes.fromhex(value["data"]))
    transfer = Draft(
        sender=address_text(bytes.fromhex(value["owner_address"])),
        recipient=recipient,
        contract=address_text(bytes.fromhex(value["contract_address"])),
        amount=amount,
        fee_limit_sun=fields["fee_limit"],
        ref_block_id="0" * 12 + fields["ref_block_bytes"] + fields["ref_block_hash"] + "0" * 32,
        expiration_ms=fields["expiration"],
        timestamp_ms=fields["timestamp"],
    )
    assert raw_of(transfer).hex() == vector["raw_data_hex"]
    assert txid_of(raw_of(transfer)) == vector["txID"]


@given(transfers)
def test_raw_bytes_and_txid_equal_those_of_two_other_builders(transfer: Draft) -> None:
    raw = raw_of(transfer)
    fields = raw_data_of(transfer)
    assert raw == by_hand(transfer)
    assert raw == _raw_data_to_protobuf(fields).SerializeToString()
    assert txid_of(raw) == calculate_txid_from_raw_data(fields)


def test_txid_equals_that_of_tronpy_s_offline_builder() -> None:
    """The whole of tronpy's road: contract object, builder, signature."""
    block_id = f"{4_660:016x}" + "ab" * 24
    recipient = address_from_body(b"\x07" * 20)
    # Its client is made without a connection; only ``broadcast`` would need one.
    client = Tron(HTTPProvider("http://127.0.0.1:1"))
    value = raw_data_of(transfer_of(ref_block_id=block_id, recipient=recipient))["contract"][0]
    builder = client.trx._build_transaction(value["type"], value["parameter"]["value"])
    built = builder.fee_limit(30_000_000).build(offline=True, ref_block_id=block_id)
    times = built._raw_data
    ours = transfer_of(
        ref_block_id=block_id,
        recipient=recipient,
        expiration_ms=times["expiration"],
        timestamp_ms=times["timestamp"],
    )
    assert txid_of(raw_of(ours)) == built.txid


def transfer_of(**fields: Any) -> Draft:
    given = {
        "sender": ALICE.address,
        "recipient": address_from_body(b"\x09" * 20),
        "contract": "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        "amount": 12_500_000,
        "fee_limit_sun": 30_000_000,
        "ref_block_id": f"{1_000:016x}" + "cd" * 24,
        "expiration_ms": 1_760_000_120_000,
        "timestamp_ms": 1_760_000_000_000,
    }
    return Draft(**{**given, **fields})


def test_it_refers_to_the_block_by_its_number_and_hash() -> None:
    block_id = "0000000003fe2a1b" + "0123456789abcdef" + "ff" * 16
    raw = tron_pb2.Transaction.raw.FromString(raw_of(transfer_of(ref_block_id=block_id)))
    assert raw.ref_block_bytes.hex() == "2a1b"
    assert raw.ref_block_hash.hex() == "0123456789abcdef"


@given(st.integers(0, 2**64), st.integers(1, 15_000_000_000), st.integers(1, 2**45))
def test_the_signature_recovers_to_the_sender(amount: int, fee_limit_sun: int, ms: int) -> None:
    signed = sign(
        transfer_of(amount=amount, fee_limit_sun=fee_limit_sun, timestamp_ms=ms), Holder(ALICE)
    )
    message = tron_pb2.Transaction.FromString(bytes.fromhex(signed.signed_hex))
    raw = message.raw_data.SerializeToString()
    digest = hashlib.sha256(raw).digest()
    assert raw == raw_of(signed.draft)
    assert signed.txid == digest.hex()
    (signature,) = message.signature
    assert len(signature) == 65
    key = ALICE.key.public_key.from_signature_and_message(signature, digest, hasher=None)
    assert address_of_public_key(key) == ALICE.address


def test_another_timestamp_makes_another_transaction() -> None:
    one, other = (sign(transfer_of(timestamp_ms=ms), Holder(ALICE)) for ms in (1, 2))
    assert one.txid != other.txid


def test_a_signed_transfer_costs_345_bytes_of_bandwidth() -> None:
    signed = sign(transfer_of(), Holder(ALICE))
    assert len(signed.signed_hex) // 2 + 64 == TRANSFER_BANDWIDTH == 345


def test_it_does_not_sign_for_a_sender_whose_key_it_has_not() -> None:
    with pytest.raises(InvariantBroken):
        sign(transfer_of(), Holder(Person()))
