"""Addresses: what is one, what is none, and that they come back as they went."""

import base58
import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tron.address import (
    InvalidAddress,
    address_from_body,
    address_of_public_key,
    address_parse,
    address_text,
)

ADDRESS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"
RAW = bytes.fromhex("416370ef2f4db3611d657b90667de398a2cc2a370c")
# tron.md and the explorers: base58check and hex of contracts everybody knows.
KNOWN = {
    ADDRESS: RAW.hex(),
    "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t": "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
    "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf": "41eca9bc828a3005b9a3b909f2cc5c2a54794de05f",
}
ALPHABET = base58.BITCOIN_ALPHABET.decode()
bodies = st.binary(min_size=20, max_size=20)


def test_it_derives_the_address_of_a_key() -> None:
    key = PrivateKey(bytes(range(1, 33)))
    assert address_of_public_key(key.public_key) == ADDRESS


@pytest.mark.parametrize(("text", "raw"), KNOWN.items())
def test_it_reads_and_writes_known_addresses(text: str, raw: str) -> None:
    assert address_parse(text).hex() == raw
    assert address_text(bytes.fromhex(raw)) == text


@given(bodies)
def test_any_twenty_bytes_come_back(body: bytes) -> None:
    text = address_from_body(body)
    assert len(text) == 34
    assert text.startswith("T")
    assert address_parse(text) == b"\x41" + body


@given(bodies, st.integers(0, 33), st.sampled_from(ALPHABET))
def test_it_refuses_any_single_character_that_changed(body: bytes, at: int, new: str) -> None:
    text = address_from_body(body)
    changed = text[:at] + new + text[at + 1 :]
    if changed != text:
        with pytest.raises(InvalidAddress):
            address_parse(changed)


@given(bodies, st.integers(0, 32))
def test_it_refuses_neighbours_that_changed_places(body: bytes, at: int) -> None:
    text = address_from_body(body)
    changed = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    if changed != text:
        with pytest.raises(InvalidAddress):
            address_parse(changed)


@given(bodies, st.integers(0, 255).filter(lambda prefix: prefix != 0x41))
def test_it_refuses_another_prefix_with_a_right_checksum(body: bytes, prefix: int) -> None:
    raw = bytes([prefix]) + body
    with pytest.raises(InvalidAddress):
        address_parse(base58.b58encode_check(raw).decode())
    with pytest.raises(InvalidAddress):
        address_text(raw)


@given(st.binary(max_size=40).filter(lambda raw: len(raw) != 20))
def test_it_refuses_another_length_with_a_right_checksum(body: bytes) -> None:
    with pytest.raises(InvalidAddress):
        address_parse(base58.b58encode_check(b"\x41" + body).decode())
    with pytest.raises(InvalidAddress):
        address_from_body(body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T",
        ADDRESS[:-1],
        ADDRESS + "a",
        ADDRESS[:-1] + " ",
        " " + ADDRESS[:-1],
        ADDRESS[:-1] + "\n",
        ADDRESS[:-1] + "\0",
        ADDRESS.lower(),
        ADDRESS.upper(),
        "0" + ADDRESS[1:],
        ADDRESS[:5] + "0" + ADDRESS[6:],
        ADDRESS[:5] + "O" + ADDRESS[6:],
        ADDRESS[:5] + "I" + ADDRESS[6:],
        ADDRESS[:5] + "l" + ADDRESS[6:],
        "\N{CYRILLIC CAPITAL LETTER TE}" + ADDRESS[1:],
        ADDRESS[:5] + "\N{FULLWIDTH LATIN CAPITAL LETTER A}" + ADDRESS[6:],
        ADDRESS[:5] + "\ud800" + ADDRESS[6:],
        RAW.hex(),
        "0x" + RAW[1:].hex(),
        ADDRESS.encode(),
        None,
        41,
        [ADDRESS],
    ],
)
def test_it_refuses_what_is_no_address(text: object) -> None:
    with pytest.raises(InvalidAddress):
        address_parse(text)  # type: ignore[arg-type]
