"""A block as a node tells it, checked against its own id.

The id of a block is the hash of its header, so time, parent and root of the transactions can be
recomputed: a node that tells one of them wrongly, by a fault or on purpose, is not believed.
Proofs of death rest on these times and on which transactions a block holds.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tron.errors import OutcomeUnknown

ID = re.compile("[0-9a-f]{64}")  # of a block or transaction
# java-tron BlockCapsule.calcMerkleRoot gives this for a block without transactions.
EMPTY_ROOT = "00" * 32
# What clocks here can show (the year 5138) and columns can hold.
TIME_MAX_MS, NUMBER_MAX = 10**14, 2**63
# protocol.BlockHeader.raw (java-tron Tron.proto), in the order in which protobuf writes fields.
HEADER_FIELDS = (
    (1, "timestamp"),
    (2, "txTrieRoot"),
    (3, "parentHash"),
    (7, "number"),
    (8, "witness_id"),
    (9, "witness_address"),
    (10, "version"),
    (11, "accountStateRoot"),
)


@dataclass(frozen=True)
class Block:
    """A block, as far as it is looked at."""

    number: int
    block_id: str
    parent_id: str
    time_ms: int
    transactions: tuple[dict[str, Any], ...] = ()

    @property
    def txids_hash(self) -> str:
        """Return the SHA-256 of its txids in order: what two nodes' tellings are compared by."""
        joined = "".join(transaction["txID"] for transaction in self.transactions)
        return hashlib.sha256(joined.encode()).hexdigest()


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn an answer of another shape than expected into ``OutcomeUnknown``."""
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise OutcomeUnknown(f"{what}: an answer of another shape") from error


def header_of(answer: dict[str, Any]) -> Block:
    """Return the block of an answer without its transactions.

    Raises ``OutcomeUnknown`` when there is none, or when its id is not that of its header.
    """
    with reading("block"):
        raw = answer["block_header"]["raw_data"]
        number, block_id = raw.get("number", 0), answer["blockID"]
        if not ID.fullmatch(block_id) or int(block_id[:16], 16) != number:
            raise OutcomeUnknown(f"block {number}: its id is of another number")
        # Block 0 is written by hand; its id is compared with the network's as a whole.
        if number and block_id != block_id_of(raw):
            raise OutcomeUnknown(f"block {number}: its id is not that of its header")
        time_ms = raw.get("timestamp", 0)
        if not 0 <= time_ms <= TIME_MAX_MS or number >= NUMBER_MAX:
            raise OutcomeUnknown(f"block {number}: no block can be of {time_ms}")
        return Block(number, block_id, raw.get("parentHash", ""), time_ms)


def block_of(answer: dict[str, Any]) -> Block:
    """Return the block of an answer with its transactions.

    Raises ``OutcomeUnknown`` when a transaction's id is not that of its bytes, when one stands
    twice, or when a block whose header says that it holds some comes without any: that must
    never look like an empty block.
    """
    header = header_of(answer)
    with reading("transactions"):
        transactions = tuple(answer.get("transactions", ()))
        root = answer["block_header"]["raw_data"].get("txTrieRoot", "")
        ids = [transaction["txID"] for transaction in transactions]
        bodies = [bytes.fromhex(transaction["raw_data_hex"]) for transaction in transactions]
    if bool(transactions) == (root == EMPTY_ROOT):
        raise OutcomeUnknown(f"block {header.number} comes without its transactions")
    if ids != [hashlib.sha256(body).hexdigest() for body in bodies] or len(ids) != len(set(ids)):
        raise OutcomeUnknown(
            f"block {header.number}: its transactions are not what they are called"
        )
    return Block(header.number, header.block_id, header.parent_id, header.time_ms, transactions)


def block_id_of(raw: dict[str, Any]) -> str:
    """Return the id of a header: its number, and its hash from the ninth byte on.

    java-tron ``Sha256Hash.generateBlockId`` over ``BlockHeader.raw`` in canonical protobuf.
    """
    body = b"".join(_field(tag, raw[name]) for tag, name in HEADER_FIELDS if raw.get(name))
    digest = hashlib.sha256(body).hexdigest()
    return f"{raw['number']:016x}{digest[16:]}"


def _field(tag: int, value: Any) -> bytes:
    if isinstance(value, str):
        content = bytes.fromhex(value)
        return _varint(tag << 3 | 2) + _varint(len(content)) + content
    if type(value) is not int or value < 0:
        raise ValueError(value)
    return _varint(tag << 3) + _varint(value)


def _varint(value: int) -> bytes:
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
