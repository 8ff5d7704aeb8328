"""Blocks: header, ID, the tree of transaction hashes, the witness's signature."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from coincurve import PrivateKey

from tron.sandbox.proto import BlockHeader

BLOCK_VERSION = 31  # java-tron ForkBlockVersionEnum.VERSION_4_8_0


@dataclass(frozen=True)
class Block:
    """A header with its ID; the transactions are stored beside it."""

    header: Any
    id: bytes

    @cached_property
    def number(self) -> int:
        """The height."""
        return self.header.raw_data.number

    @cached_property
    def timestamp_ms(self) -> int:
        """Chain time of the block."""
        return self.header.raw_data.timestamp

    @property
    def parent_id(self) -> bytes:
        """The ID of the block before."""
        return self.header.raw_data.parentHash


def block_id_of(header: Any) -> bytes:
    """Return the 32-byte ID: the height, then the tail of the header's hash.

    Source: java-tron ``Sha256Hash.generateBlockId``.
    """
    digest = hashlib.sha256(header.raw_data.SerializeToString()).digest()
    return header.raw_data.number.to_bytes(8, "big") + digest[8:]


def tree_root(leaves: list[bytes]) -> bytes:
    """Return the Merkle root of hashes; an odd one out moves up as it is (``MerkleTree``)."""
    if not leaves:
        return bytes(32)
    level = leaves
    while len(level) > 1:
        pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
        level = [hashlib.sha256(b"".join(p)).digest() if len(p) == 2 else p[0] for p in pairs]
    return level[0]


def block_make(
    *,
    parent: Block,
    timestamp_ms: int,
    bodies: list[bytes],
    witness: bytes,
    witness_key: PrivateKey,
) -> Block:
    """Return the signed block over these transaction bytes (with results)."""
    header = BlockHeader()
    raw = header.raw_data
    raw.timestamp = timestamp_ms
    raw.txTrieRoot = tree_root([hashlib.sha256(body).digest() for body in bodies])
    raw.parentHash = parent.id
    raw.number = parent.number + 1
    raw.witness_address = witness
    raw.version = BLOCK_VERSION
    digest = hashlib.sha256(raw.SerializeToString()).digest()
    header.witness_signature = witness_key.sign_recoverable(digest, hasher=None)
    return Block(header=header, id=block_id_of(header))


def block_read(body: bytes) -> Block:
    """Return the block whose header has these bytes."""
    header = BlockHeader.FromString(body)
    return Block(header=header, id=block_id_of(header))
