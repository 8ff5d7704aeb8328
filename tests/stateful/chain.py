"""A model of the chain: a list of blocks, and the rules by which a transaction may enter one.

It is the worst chain that consensus allows. Whatever bytes a node has ever seen may enter any
later block until they expire, also those a node refused, lost or never announced; a block that
is not solid may vanish with what it held. Sources: java-tron ``Manager.validateTapos``,
``validateCommon``, ``validateDup``.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tronpy.proto import tron_pb2

from tron.address import address_text
from tron.blocks import EMPTY_ROOT, block_id_of
from tron.sandbox.genesis import GENESIS_ID
from tron.trc20 import transfer_parse

SOLID_LAG = 3
SLOT_MS = 3_000
EXPIRATION_AHEAD_MAX_MS = 86_400_000
PRICE_SUN = 100
ENERGY = 64_285
NET_FEE_SUN = 345_000
SUCCESS = "SUCCESS"


@dataclass(frozen=True)
class Sent:
    """A transfer as some node has read it from the bytes."""

    txid: str
    signed_hex: str
    sender: str
    recipient: str
    amount: int
    contract: bytes
    expiration_ms: int
    reference: tuple[bytes, bytes]
    fee_limit_sun: int


@dataclass(frozen=True)
class Included:
    """A transfer in a block, and how it went there."""

    sent: Sent
    result: str

    @property
    def fee_sun(self) -> int:
        """What it burned: everything its limit allows when it ran out of energy."""
        if self.result == "OUT_OF_ENERGY":
            return self.sent.fee_limit_sun + NET_FEE_SUN
        return ENERGY * PRICE_SUN + NET_FEE_SUN


@dataclass(frozen=True)
class ModelBlock:
    """One block; ``salt`` tells apart two of one height."""

    number: int
    parent_id: str
    time_ms: int
    salt: int
    content: tuple[Included, ...] = ()

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The header as a node tells it."""
        txids = "".join(one.sent.txid for one in self.content)
        root = hashlib.sha256(txids.encode()).hexdigest() if txids else EMPTY_ROOT
        return {
            "number": self.number,
            "parentHash": self.parent_id,
            "timestamp": self.time_ms,
            "txTrieRoot": root,
            "witness_address": f"41{self.salt:040x}",
            "version": 31,
        }

    @cached_property
    def block_id(self) -> str:
        """Its id, from its header."""
        return block_id_of(self.raw)


@dataclass
class Chain:
    """The one chain all nodes look at."""

    time_ms: int
    blocks: list[ModelBlock] = field(default_factory=list)
    known: dict[str, Sent] = field(default_factory=dict)
    solid_number: int = 0
    salt: int = 0

    def __post_init__(self) -> None:
        self.blocks = [ModelBlock(0, "", 0, 0)]
        for _ in range(SOLID_LAG + 2):
            self.mine([])

    @property
    def head(self) -> ModelBlock:
        """The newest block."""
        return self.blocks[-1]

    @property
    def solid(self) -> ModelBlock:
        """The newest block that cannot vanish."""
        return self.blocks[self.solid_number]

    def hear(self, signed_hex: str) -> Sent:
        """Keep what a node was sent; from here on it may be included."""
        sent = read(signed_hex)
        self.known[sent.txid] = sent
        return sent

    def may_include(self, sent: Sent) -> bool:
        """Return whether the next block may hold it."""
        numbers = {one.raw["number"]: one.block_id for one in self.blocks[1:]}
        wanted = [
            number
            for number, block_id in numbers.items()
            if (number.to_bytes(8, "big")[6:], bytes.fromhex(block_id)[8:16]) == sent.reference
        ]
        parent_ms = self.head.time_ms
        alive = parent_ms < sent.expiration_ms <= parent_ms + EXPIRATION_AHEAD_MAX_MS
        return bool(wanted) and alive and sent.txid not in self.txids(self.head.number)

    def mine(self, wanted: Iterable[tuple[str, str]], after_ms: int = SLOT_MS) -> ModelBlock:
        """Append a block of those of ``wanted`` (txid, result) that may enter it."""
        content = tuple(
            Included(self.known[txid], result)
            for txid, result in dict(wanted).items()
            if self.may_include(self.known[txid])
        )
        self.salt += 1
        self.time_ms += after_ms
        parent_id = self.head.block_id if self.head.number else GENESIS_ID
        self.blocks.append(
            ModelBlock(self.head.number + 1, parent_id, self.time_ms, self.salt, content)
        )
        self.solid_number = max(self.solid_number, self.head.number - SOLID_LAG)
        return self.head

    def reorg(self, count: int) -> None:
        """Forget the newest blocks, none of them solid; what they held may come again."""
        keep = max(self.solid_number, self.head.number - count) + 1
        del self.blocks[keep:]
        self.time_ms = self.head.time_ms

    def txids(self, until: int) -> set[str]:
        """Return what the blocks up to a height hold."""
        return {one.sent.txid for block in self.blocks[: until + 1] for one in block.content}

    def paid(self) -> dict[str, Sent]:
        """Return the transfers of the solid chain that moved money, by txid."""
        return {
            one.sent.txid: one.sent
            for block in self.blocks[: self.solid_number + 1]
            for one in block.content
            if one.result == SUCCESS
        }

    def burned_sun(self) -> int:
        """Return the fees of the solid chain."""
        solid = self.blocks[: self.solid_number + 1]
        return sum(one.fee_sun for block in solid for one in block.content)

    def could_still_pay(self, txid: str, expiration_ms: int) -> bool:
        """Return whether a later solid block may hold it, whatever becomes of unsolid ones."""
        return txid not in self.txids(self.solid_number) and expiration_ms > self.solid.time_ms


def read(signed_hex: str) -> Sent:
    """Return the transfer in these bytes, read as a node reads them."""
    message = tron_pb2.Transaction.FromString(bytes.fromhex(signed_hex))
    raw = message.raw_data
    call = tron_pb2.TriggerSmartContract.FromString(raw.contract[0].parameter.value)
    recipient, amount = transfer_parse(call.data)
    return Sent(
        txid=hashlib.sha256(raw.SerializeToString()).hexdigest(),
        signed_hex=signed_hex,
        sender=address_text(call.owner_address),
        recipient=recipient,
        amount=amount,
        contract=call.contract_address,
        expiration_ms=raw.expiration,
        reference=(raw.ref_block_bytes, raw.ref_block_hash),
        fee_limit_sun=raw.fee_limit,
    )
