"""TRON addresses: 20 bytes of a key's hash, written three ways.

21 bytes with the prefix 0x41 on the wire, base58check (``T…``, 34 characters) for people,
20 bytes inside contracts and logs.
"""

from functools import lru_cache

import base58
from coincurve import PublicKey
from Crypto.Hash import keccak

PREFIX = b"\x41"
BASE58_LENGTH = 34
CACHED = 8_192


class InvalidAddress(ValueError):
    """Invalid TRON address format."""


def address_parse(text: str) -> bytes:
    """Return the 21 bytes of a base58check address, or raise ``InvalidAddress``.

    Checks the length, the alphabet, the checksum and the 0x41 prefix
    (java-tron ``DecodeUtil.addressValid``). Any 20 bytes pass: the chain has no notion of
    an address that belongs to nobody, so only the checksum guards against typing errors.
    """
    if not isinstance(text, str) or len(text) != BASE58_LENGTH or not text.startswith("T"):
        raise InvalidAddress(text)
    return _decoded(text)


# A payout's addresses are met again and again on its way, a wallet's and the contract's always.
@lru_cache(maxsize=CACHED)
def _decoded(text: str) -> bytes:
    try:
        raw = base58.b58decode_check(text)
    except ValueError as error:
        raise InvalidAddress(text) from error
    if len(raw) != 21 or raw[:1] != PREFIX:
        raise InvalidAddress(text)
    return raw


def address_text(raw: bytes) -> str:
    """Return the base58check form of a 21-byte address."""
    if len(raw) != 21 or raw[:1] != PREFIX:
        raise InvalidAddress(raw.hex())
    return _encoded(bytes(raw))


@lru_cache(maxsize=CACHED)
def _encoded(raw: bytes) -> str:
    return base58.b58encode_check(raw).decode()


def address_from_body(body: bytes) -> str:
    """Return the base58check form of the 20 bytes found in logs and call data."""
    return address_text(PREFIX + body)


def address_of_public_key(key: PublicKey) -> str:
    """Return the address a public key controls: 0x41 and the last 20 bytes of its keccak256."""
    return _controlled_by(key.format(compressed=False)[1:])


# Every signature that is checked gives the key of one of a few wallets.
@lru_cache(maxsize=CACHED)
def _controlled_by(uncompressed: bytes) -> str:
    return address_from_body(keccak.new(digest_bits=256, data=uncompressed).digest()[-20:])
