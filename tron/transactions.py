"""Building, hashing, signing and reading back TRC20 transfers, all on this machine.

A transaction or hash made by a node is never signed: what is signed is built here, field by
field, and what is sent is read back and compared before it leaves.
"""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from coincurve import PublicKey
from google.protobuf.message import DecodeError
from tronpy.proto import tron_pb2

from lucidpay.errors import ensure
from tron.address import address_of_public_key, address_parse, address_text
from tron.trc20 import transfer_data, transfer_parse

TYPE_URL = "type.googleapis.com/protocol.TriggerSmartContract"
SIGNATURE_BYTES = 65  # r ‖ s ‖ v
# What a signed transfer costs: its bytes and 64 for the result that a block adds to it
# (java-tron BandwidthProcessor.consume).
TRANSFER_BANDWIDTH = 281 + 64


class Signer(Protocol):
    """Whoever holds the key of an address."""

    @property
    def address(self) -> str:
        """Return the address it signs for."""

    def sign(self, digest: bytes) -> bytes:
        """Return the 65-byte recoverable signature (r ‖ s ‖ v) of a 32-byte digest."""


@dataclass(frozen=True)
class Transfer:
    """A TRC20 transfer with everything that decides its txid."""

    sender: str
    recipient: str
    contract: str
    amount: int  # base units of the token
    fee_limit_sun: int
    ref_block_id: str  # a solidified block: its number and hash tie the transaction to a chain
    expiration_ms: int  # chain time
    timestamp_ms: int  # not validated by the chain: makes two equal payments two transactions


@dataclass(frozen=True)
class Signed:
    """A transfer, its txid, and the only bytes that will ever be sent for it."""

    transfer: Transfer
    txid: str
    signed_hex: str


class NotThisTransfer(ValueError):
    """The signed bytes are not the transfer they are kept for."""


def raw_of(transfer: Transfer) -> bytes:
    """Return the canonical ``raw_data`` bytes, the ones that are hashed and signed.

    TAPOS (java-tron ``Manager.validateTapos``): bytes 6–8 of the reference block's number and
    bytes 8–16 of its id.
    """
    call = tron_pb2.TriggerSmartContract(
        owner_address=address_parse(transfer.sender),
        contract_address=address_parse(transfer.contract),
        data=transfer_data(transfer.recipient, transfer.amount),
    )
    block_id = bytes.fromhex(transfer.ref_block_id)
    raw = tron_pb2.Transaction.raw(
        ref_block_bytes=block_id[6:8],
        ref_block_hash=block_id[8:16],
        expiration=transfer.expiration_ms,
        timestamp=transfer.timestamp_ms,
        fee_limit=transfer.fee_limit_sun,
    )
    contract = raw.contract.add(type=tron_pb2.Transaction.Contract.TriggerSmartContract)
    contract.parameter.type_url = TYPE_URL
    contract.parameter.value = call.SerializeToString()
    return bytes(raw.SerializeToString())


def txid_of(raw: bytes) -> str:
    """Return the transaction id: SHA-256 of ``raw_data``, signatures not included."""
    return hashlib.sha256(raw).hexdigest()


def sign(transfer: Transfer, signer: Signer) -> Signed:
    """Build and sign the transfer, and check the result before anybody relies on it."""
    ensure(signer.address == transfer.sender, "the signer's address is not the sender")
    raw = raw_of(transfer)
    txid = txid_of(raw)
    signature = signer.sign(bytes.fromhex(txid))
    signed = Signed(transfer, txid, _signed_hex(raw, signature))
    verify(signed)
    return signed


def verify(signed: Signed) -> None:
    """Raise ``NotThisTransfer`` unless the bytes are exactly this transfer, signed by its sender.

    Asked right after signing, and again right before every sending with the bytes and the
    fields as the database gives them: a changed row or a changed byte never reaches a node.
    """
    try:
        message = tron_pb2.Transaction.FromString(bytes.fromhex(signed.signed_hex))
        raw = raw_of(signed.transfer)
    except (DecodeError, ValueError) as error:
        raise NotThisTransfer(f"the bytes or fields of {signed.txid} cannot be read") from error
    if message.raw_data.SerializeToString() != raw or txid_of(raw) != signed.txid:
        raise NotThisTransfer(f"the bytes of {signed.txid} are another transaction")
    if len(message.signature) != 1 or len(message.signature[0]) != SIGNATURE_BYTES:
        raise NotThisTransfer(f"{signed.txid} must carry one signature of 65 bytes")
    if _signed_hex(raw, message.signature[0]) != signed.signed_hex:
        # Unknown fields, a result or another spelling: bytes that were never written here.
        raise NotThisTransfer(f"{signed.txid} is more than its transfer and its signature")
    if _signer_of(signed.txid, message.signature[0]) != signed.transfer.sender:
        raise NotThisTransfer(f"{signed.txid} is not signed by its sender")
    # raw_of encodes the recipient and amount; decoding them again closes the circle.
    call = tron_pb2.TriggerSmartContract.FromString(message.raw_data.contract[0].parameter.value)
    read = (address_text(call.owner_address), *transfer_parse(call.data))
    if read != (signed.transfer.sender, signed.transfer.recipient, signed.transfer.amount):
        raise NotThisTransfer(f"the call in {signed.txid} pays somebody else")


def _signed_hex(raw: bytes, signature: bytes) -> str:
    message = tron_pb2.Transaction(signature=[signature])
    message.raw_data.ParseFromString(raw)
    return str(message.SerializeToString().hex())


def _signer_of(txid: str, signature: bytes) -> str:
    try:
        key = PublicKey.from_signature_and_message(signature, bytes.fromhex(txid), hasher=None)
    except ValueError as error:
        raise NotThisTransfer(f"the signature of {txid} cannot be read") from error
    return address_of_public_key(key)
