"""Call data and return words of the few Solidity types that USDT uses."""

from Crypto.Hash import keccak

WORD_BYTES = 32
UINT256_MAX = 2**256 - 1


def keccak256(data: bytes) -> bytes:
    """Return the hash that selectors, topics and addresses are made of."""
    return keccak.new(digest_bits=256, data=data).digest()


def selector(signature: str) -> bytes:
    """Return the four bytes that choose a function, e.g. of ``transfer(address,uint256)``."""
    return keccak256(signature.encode())[:4]


def words(data: bytes, count: int) -> list[bytes] | None:
    """Return the first ``count`` argument words after the selector, None if they are not there."""
    if len(data) < 4 + count * WORD_BYTES:
        return None
    return [data[4 + i * WORD_BYTES :][:WORD_BYTES] for i in range(count)]


def word(value: int | bytes) -> bytes:
    """Return a number, a truth or a 20-byte address as one word."""
    if isinstance(value, bytes):
        return value.rjust(WORD_BYTES, b"\0")
    return int(value).to_bytes(WORD_BYTES, "big")


def text(value: str) -> bytes:
    """Return an ABI string: offset, length, bytes padded to whole words."""
    raw = value.encode()
    padding = -len(raw) % WORD_BYTES
    return word(WORD_BYTES) + word(len(raw)) + raw + bytes(padding)
