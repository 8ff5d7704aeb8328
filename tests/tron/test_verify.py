"""The last look before sending: these bytes, and no others, for this row."""

from dataclasses import replace
from typing import Any

import pytest
from coincurve import PrivateKey
from tronpy.proto import tron_pb2

from tests.sandbox.people import Person
from tests.tron.chain import Holder, falsified
from tests.tron.test_transactions import ALICE, transfer_of
from tron.address import address_from_body
from tron.transactions import NotThisTransaction, Signed, sign, txid_of, verify

TRANSFER = transfer_of()
SIGNED = sign(TRANSFER, Holder(ALICE))
BYTES = bytes.fromhex(SIGNED.signed_hex)
ORDER_OF_THE_CURVE = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def message() -> Any:
    """Return the signed transaction as a message that can be spoiled."""
    return tron_pb2.Transaction.FromString(BYTES)


def refused(signed: Signed) -> None:
    with pytest.raises(NotThisTransaction):
        verify(signed)


def bytes_refused(data: bytes | str) -> None:
    refused(replace(SIGNED, signed_hex=data if isinstance(data, str) else data.hex()))


def test_it_lets_the_signed_transfer_pass() -> None:
    verify(SIGNED)


@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_it_refuses_every_single_byte_that_changed(mask: int) -> None:
    for at in range(len(BYTES)):
        bytes_refused(BYTES[:at] + bytes([BYTES[at] ^ mask]) + BYTES[at + 1 :])


def test_it_refuses_every_single_character_that_changed() -> None:
    text = SIGNED.signed_hex
    for at, character in enumerate(text):
        for new in {"0", "f", " ", "z", character.upper()} - {character}:
            bytes_refused(text[:at] + new + text[at + 1 :])


def test_it_refuses_every_beginning_of_the_bytes() -> None:
    for length in range(len(BYTES)):
        bytes_refused(BYTES[:length])


@pytest.mark.parametrize(
    "other",
    [
        {"sender": address_from_body(b"\x01" * 20)},
        {"recipient": address_from_body(b"\x01" * 20)},
        {"contract": "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf"},
        {"amount": TRANSFER.amount + 1},
        {"amount": TRANSFER.amount - 1},
        {"amount": TRANSFER.amount + 2**64},
        {"fee_limit_sun": TRANSFER.fee_limit_sun + 1},
        {"expiration_ms": TRANSFER.expiration_ms + 1},
        {"timestamp_ms": TRANSFER.timestamp_ms + 1},
        {"ref_block_id": f"{1_001:016x}" + "cd" * 24},
        {"ref_block_id": f"{1_000:016x}" + "ce" + "cd" * 23},
    ],
)
def test_it_refuses_a_row_that_says_something_else(other: dict[str, Any]) -> None:
    refused(falsified(SIGNED, **other))
    # Nor does it help to give the row the txid of what it says.
    refused(replace(falsified(SIGNED, **other), txid="00" * 32))


@pytest.mark.parametrize(
    "nonsense",
    [
        {"recipient": "somebody"},
        {"recipient": ""},
        {"contract": "T" * 34},
        {"sender": "T"},
        {"amount": -1},
        {"amount": 2**256},
        {"fee_limit_sun": 2**63},
        {"expiration_ms": -(2**63) - 1},
        {"ref_block_id": "block"},
        {"ref_block_id": ""},
    ],
)
def test_a_row_that_describes_no_transfer_is_refused_like_any_other(
    nonsense: dict[str, Any],
) -> None:
    refused(falsified(SIGNED, **nonsense))


@pytest.mark.parametrize("txid", ["", "00" * 32, SIGNED.txid.upper(), SIGNED.txid[:-1], "z" * 64])
def test_it_refuses_another_txid(txid: str) -> None:
    refused(replace(SIGNED, txid=txid))


def test_it_refuses_another_transaction_of_the_same_sender() -> None:
    other = sign(transfer_of(amount=1), Holder(ALICE))
    bytes_refused(other.signed_hex)
    refused(replace(other, draft=TRANSFER))
    refused(replace(SIGNED, txid=other.txid, signed_hex=other.signed_hex))


def test_it_refuses_a_second_signature() -> None:
    spoiled = message()
    spoiled.signature.append(spoiled.signature[0])
    bytes_refused(spoiled.SerializeToString())


def test_it_refuses_no_signature() -> None:
    spoiled = message()
    del spoiled.signature[:]
    bytes_refused(spoiled.SerializeToString())


@pytest.mark.parametrize("key", [Person(), Person(PrivateKey(b"\x02" * 32))])
def test_it_refuses_the_signature_of_another_key(key: Person) -> None:
    spoiled = message()
    spoiled.signature[0] = key.key.sign_recoverable(bytes.fromhex(SIGNED.txid), hasher=None)
    bytes_refused(spoiled.SerializeToString())


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        bytes(65),
        b"\xff" * 65,
        message().signature[0][:-1],
        message().signature[0] + b"\0",
        message().signature[0][:-1] + b"\x1b",
        message().signature[0][:32] + bytes(32) + message().signature[0][64:],
    ],
)
def test_it_refuses_what_is_no_signature(signature: bytes) -> None:
    spoiled = message()
    spoiled.signature[0] = signature
    bytes_refused(spoiled.SerializeToString())


def test_the_other_spelling_of_a_signature_is_the_same_transaction() -> None:
    """(r, n − s) recovers to the same key; txids do not cover signatures, so nothing changes."""
    spoiled = message()
    signature = spoiled.signature[0]
    s = ORDER_OF_THE_CURVE - int.from_bytes(signature[32:64], "big")
    spoiled.signature[0] = signature[:32] + s.to_bytes(32, "big") + bytes([signature[64] ^ 1])
    assert txid_of(spoiled.raw_data.SerializeToString()) == SIGNED.txid
    verify(replace(SIGNED, signed_hex=spoiled.SerializeToString().hex()))


def with_memo() -> bytes:
    spoiled = message()
    spoiled.raw_data.data = b"memo"
    return spoiled.SerializeToString()


def with_permission() -> bytes:
    spoiled = message()
    spoiled.raw_data.contract[0].Permission_id = 2
    return spoiled.SerializeToString()


def with_second_contract() -> bytes:
    spoiled = message()
    spoiled.raw_data.contract.append(spoiled.raw_data.contract[0])
    return spoiled.SerializeToString()


def with_call_value() -> bytes:
    spoiled = message()
    parameter = spoiled.raw_data.contract[0].parameter
    call = tron_pb2.TriggerSmartContract.FromString(parameter.value)
    call.call_value = 1
    parameter.value = call.SerializeToString()
    return spoiled.SerializeToString()


SIGNATURE_FIELD = len(BYTES) - 67  # tag, length, 65 bytes
FOREIGN = {
    "unknown field": BYTES + b"\xf8\x3f\x01",
    "unknown field of a million": BYTES + b"\xc0\x84\x3d\x01",
    "unknown field in front": b"\xf8\x3f\x01" + BYTES,
    "unknown bytes": BYTES + b"\xfa\x3f\x04evil",
    "unknown group": BYTES + b"\xfb\x3f\xfc\x3f",
    "trailing zero": BYTES + b"\0",
    "trailing garbage": BYTES + b"garbage",
    "twice": BYTES + BYTES,
    "raw data twice": BYTES + BYTES[:SIGNATURE_FIELD],
    "an empty second raw data": BYTES + b"\x0a\x00",
    "signature first": BYTES[SIGNATURE_FIELD:] + BYTES[:SIGNATURE_FIELD],
    "a result": BYTES + b"\x2a\x02\x18\x01",  # ret { contractRet: SUCCESS }
    "an empty result": BYTES + b"\x2a\x00",
    "a memo": with_memo(),
    "a permission": with_permission(),
    "a second contract": with_second_contract(),
    "a call value": with_call_value(),
}


@pytest.mark.parametrize("data", FOREIGN.values(), ids=FOREIGN.keys())
def test_it_refuses_anything_more_than_the_transfer_and_its_signature(data: bytes) -> None:
    bytes_refused(data)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not hex",
        "0x" + SIGNED.signed_hex,
        SIGNED.signed_hex.upper(),
        SIGNED.signed_hex + " ",
        "\n" + SIGNED.signed_hex,
        SIGNED.signed_hex[:10] + " " + SIGNED.signed_hex[10:],
        SIGNED.signed_hex[:-1],
        SIGNED.signed_hex + "é",
    ],
)
def test_it_refuses_any_other_spelling_of_the_bytes(text: str) -> None:
    bytes_refused(text)
