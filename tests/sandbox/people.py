"""People with keys, who build and sign transactions with tronpy's messages, not the sandbox's."""

import hashlib
import itertools
from dataclasses import dataclass, field
from typing import Any

from coincurve import PrivateKey
from google.protobuf.any_pb2 import Any as Packed
from tronpy.proto import tron_pb2

from tests.sandbox.process import Face
from tron.address import address_from_body, address_of_public_key, address_parse
from tron.trc20 import transfer_data

TRANSFER_TOPIC = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"

TRX = 10**6
USDT = 10**6
FEE_LIMIT_SUN = 100 * TRX
_timestamps = itertools.count(1_700_000_000_000)


@dataclass(frozen=True)
class Person:
    """A key and the address it controls."""

    key: PrivateKey = field(default_factory=PrivateKey)

    @property
    def address(self) -> str:
        """The base58check address."""
        return address_of_public_key(self.key.public_key)

    @property
    def raw(self) -> bytes:
        """The 21-byte address."""
        return address_parse(self.address)

    @property
    def hex(self) -> str:
        """The address in hex."""
        return self.raw.hex()


@dataclass
class Draft:
    """A transaction that can be spoiled in every way before it is signed."""

    message: Any

    @property
    def txid(self) -> str:
        """The hash of the raw data."""
        return hashlib.sha256(self.message.raw_data.SerializeToString()).hexdigest()

    def sign(self, *signers: Person) -> "Draft":
        """Add signatures."""
        for signer in signers:
            digest = bytes.fromhex(self.txid)
            self.message.signature.append(signer.key.sign_recoverable(digest, hasher=None))
        return self

    @property
    def hex(self) -> str:
        """The whole transaction as ``broadcasthex`` takes it."""
        return self.message.SerializeToString().hex()


def draft(node: Face, kind: str, payload: Any, *, solid: bool = True) -> Draft:
    """Return an unsigned transaction that refers to the solid block and expires in a minute."""
    state = node.state()
    reference = bytes.fromhex(state["solid" if solid else "head"]["id"])
    message = tron_pb2.Transaction()
    raw = message.raw_data
    raw.ref_block_bytes, raw.ref_block_hash = reference[6:8], reference[8:16]
    raw.expiration = state["head_time_ms"] + 60_000
    raw.timestamp = next(_timestamps)
    contract = raw.contract.add(type=getattr(tron_pb2.Transaction.Contract, kind))
    packed = Packed(
        type_url=f"type.googleapis.com/protocol.{kind}", value=payload.SerializeToString()
    )
    contract.parameter.CopyFrom(packed)
    return Draft(message)


def trx_draft(node: Face, sender: Person, to: bytes | Person, amount_sun: int) -> Draft:
    """Return an unsigned TRX transfer."""
    recipient = to.raw if isinstance(to, Person) else to
    payload = tron_pb2.TransferContract(
        owner_address=sender.raw, to_address=recipient, amount=amount_sun
    )
    return draft(node, "TransferContract", payload)


def call_draft(
    node: Face, sender: Person, data: bytes, fee_limit_sun: int = FEE_LIMIT_SUN
) -> Draft:
    """Return an unsigned call of the USDT contract."""
    payload = tron_pb2.TriggerSmartContract(
        owner_address=sender.raw,
        contract_address=address_parse(node.state()["usdt_contract"]),
        data=data,
    )
    made = draft(node, "TriggerSmartContract", payload)
    made.message.raw_data.fee_limit = fee_limit_sun
    return made


def usdt_draft(
    node: Face,
    sender: Person,
    to: Person,
    amount_micro: int,
    fee_limit_sun: int = FEE_LIMIT_SUN,
) -> Draft:
    """Return an unsigned USDT transfer."""
    return call_draft(node, sender, transfer_data(to.address, amount_micro), fee_limit_sun)


def send(node: Face, made: Draft) -> Any:
    """Broadcast the bytes."""
    return node.post("/wallet/broadcasthex", transaction=made.hex)


def settle(node: Face, made: Draft, *signers: Person) -> Any:
    """Sign, broadcast, mine, and return the receipt; the broadcast must succeed."""
    answer = send(node, made.sign(*signers))
    assert answer["code"] == "SUCCESS", answer
    node.mine()
    return node.info(made.txid)


def funded(node: Face, *, trx: int = 0, usdt: int = 0) -> Person:
    """Return a new person who owns this much, in whole coins."""
    person = Person()
    node.post("/sandbox/faucet", address=person.address, trx=trx, usdt=usdt)
    node.mine()
    return person


def usdt_of(node: Face, person: Person, prefix: str = "wallet") -> int:
    """Return a USDT balance in base units."""
    answer = node.post(
        f"/{prefix}/triggerconstantcontract",
        owner_address=person.address,
        contract_address=node.state()["usdt_contract"],
        function_selector="balanceOf(address)",
        parameter=person.raw[1:].rjust(32, b"\0").hex(),
        visible=True,
    )
    return int(answer["constant_result"][0], 16)


def trx_of(node: Face, person: Person, prefix: str = "wallet") -> int:
    """Return a TRX balance in sun, 0 where there is no account."""
    answer = node.post(f"/{prefix}/getaccount", address=person.address, visible=True)
    return answer.get("balance", 0)


def transfers_of(receipt: Any) -> list[tuple[str, str, int]]:
    """Return (sender, recipient, base units) of a receipt's Transfer logs."""
    return [
        (
            address_from_body(bytes.fromhex(log["topics"][1])[-20:]),
            address_from_body(bytes.fromhex(log["topics"][2])[-20:]),
            int(log["data"], 16),
        )
        for log in receipt["log"]
        if log["topics"][0] == TRANSFER_TOPIC
    ]
