"""Building, hashing, signing and reading back transactions, all on this machine.

A transaction or hash made by a node is never signed: what is signed is built here, field by
field, and what is sent is read back and compared before it leaves.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from coincurve import PublicKey
from google.protobuf.message import DecodeError
from tronpy.proto import tron_pb2

from lucidpay.errors import ensure
from tron.address import address_of_public_key, address_text
from tron.contracts import Order, wire_of
from tron.kinds import TxKind
from tron.quorum import SIGNATURES_MAX, Quorum
from tron.trc20 import transfer_parse

SIGNATURE_BYTES = 65  # r ‖ s ‖ v
V_OFFSET = 27  # TronWeb writes v as 27 or 28, tronpy as 0 or 1; nodes take both
# What a signed transfer costs: its bytes and 64 for the result that a block adds to it
# (java-tron BandwidthProcessor.consume).
RESULT_BYTES = 64
TRANSFER_BANDWIDTH = 281 + RESULT_BYTES
SIGNATURE_BANDWIDTH = 67  # each further signature, with its tag and length


class Signer(Protocol):
    """Whoever holds the key of an address."""

    @property
    def address(self) -> str:
        """Return the address it signs for."""

    def sign(self, digest: bytes) -> bytes:
        """Return the 65-byte recoverable signature (r ‖ s ‖ v) of a 32-byte digest."""


@dataclass(frozen=True)
class Draft:
    """A transaction with everything that decides its txid."""

    sender: str
    recipient: str
    contract: str
    amount: int  # base units of the token, or sun
    fee_limit_sun: int
    ref_block_id: str  # a solidified block: its number and hash tie the transaction to a chain
    expiration_ms: int  # chain time
    timestamp_ms: int  # not validated by the chain: makes two equal payments two transactions
    kind: TxKind = TxKind.TRANSFER
    terms: Mapping[str, Any] | None = None
    memo: str = ""
    quorum: Quorum | None = None  # none: the sender signs alone

    @property
    def order(self) -> Order:
        """Return what it does."""
        return Order(
            TxKind(self.kind), self.sender, self.recipient, self.contract, self.amount,
            self.terms or {},
        )  # fmt: skip

    @property
    def signatories(self) -> Quorum:
        """Return who may sign it."""
        return self.quorum or Quorum.alone(self.sender)


@dataclass(frozen=True)
class Signed:
    """A draft, its txid, and the only bytes that will ever be sent for it."""

    draft: Draft
    txid: str
    signed_hex: str


class NotThisTransaction(ValueError):
    """The bytes are not the transaction they are kept for."""


class SignatureRefused(ValueError):
    """This signature cannot be added."""


class NotASignature(SignatureRefused):
    """A signature is 65 bytes, r, s and v, from which a key can be recovered."""


class SignedByStranger(SignatureRefused):
    """It is by none of the keys that may sign, or it signs another transaction."""


class SignedAlready(SignatureRefused):
    """This key has signed already."""


def raw_of(draft: Draft) -> bytes:
    """Return the canonical ``raw_data`` bytes, the ones that are hashed and signed.

    TAPOS (java-tron ``Manager.validateTapos``): bytes 6–8 of the reference block's number and
    bytes 8–16 of its id.
    """
    wire, block_id = wire_of(draft.kind), bytes.fromhex(draft.ref_block_id)
    raw = tron_pb2.Transaction.raw(
        ref_block_bytes=block_id[6:8],
        ref_block_hash=block_id[8:16],
        expiration=draft.expiration_ms,
        timestamp=draft.timestamp_ms,
        fee_limit=draft.fee_limit_sun,
        data=draft.memo.encode(),
    )
    contract = raw.contract.add(type=wire.number)
    contract.parameter.type_url = wire.type_url
    contract.parameter.value = wire.build(draft.order).SerializeToString()
    if draft.quorum is not None:
        contract.Permission_id = draft.quorum.permission_id
    return bytes(raw.SerializeToString())


def txid_of(raw: bytes) -> str:
    """Return the transaction id: SHA-256 of ``raw_data``, signatures not included."""
    return hashlib.sha256(raw).hexdigest()


def bandwidth_of(draft: Draft, *, signatures: int = 1) -> int:
    """Return the bytes a transaction is charged for with this many signatures."""
    length = len(_hex_of(raw_of(draft), ())) // 2
    return length + signatures * SIGNATURE_BANDWIDTH + RESULT_BYTES


def unsigned(draft: Draft) -> Signed:
    """Build a transaction that nobody has signed yet."""
    raw = raw_of(draft)
    return Signed(draft, txid_of(raw), _hex_of(raw, ()))


def sign(draft: Draft, signer: Signer) -> Signed:
    """Build and sign a transaction that this signer may sign alone, and check the result."""
    ensure(signer.address in draft.signatories.weights, "the signer may not sign for the sender")
    raw = raw_of(draft)
    txid = txid_of(raw)
    signed = Signed(draft, txid, _hex_of(raw, [signer.sign(bytes.fromhex(txid))]))
    verify(signed)
    return signed


def cosign(signed: Signed, signer: Signer) -> bytes:
    """Return this signer's signature of a transaction of ours."""
    ensure(signer.address in signed.draft.signatories.weights, "the signer may not sign for it")
    ensure(txid_of(raw_of(signed.draft)) == signed.txid, "the txid is of another transaction")
    return signer.sign(bytes.fromhex(signed.txid))


def with_signature(signed: Signed, signature: bytes) -> Signed:
    """Return the transaction with one more signature.

    Raises ``NotASignature``, ``SignedByStranger`` or ``SignedAlready``, and ``NotThisTransaction``
    when the bytes so far are not what they should be.
    """
    given = signers_of(signed)
    normal = _normal(signature)
    by = _signer_of(signed.txid, normal)
    if by not in signed.draft.signatories.weights:
        raise SignedByStranger(by)
    if by in given:
        raise SignedAlready(by)
    raw, signatures = raw_of(signed.draft), [*_signatures(signed), normal]
    return Signed(signed.draft, signed.txid, _hex_of(raw, signatures))


def signers_of(signed: Signed) -> list[str]:
    """Return who has signed so far, or raise ``NotThisTransaction``.

    The bytes must be exactly this draft with these signatures, each by another of the keys that
    may sign.
    """
    try:
        message = tron_pb2.Transaction.FromString(bytes.fromhex(signed.signed_hex))
        raw = raw_of(signed.draft)
    except (DecodeError, ValueError, LookupError) as error:
        raise NotThisTransaction(f"the bytes or fields of {signed.txid} cannot be read") from error
    if message.raw_data.SerializeToString() != raw or txid_of(raw) != signed.txid:
        raise NotThisTransaction(f"the bytes of {signed.txid} are another transaction")
    if _hex_of(raw, message.signature) != signed.signed_hex:
        # Unknown fields, a result or another spelling: bytes that were never written here.
        raise NotThisTransaction(f"{signed.txid} is more than its fields and its signatures")
    if signed.draft.kind == TxKind.TRANSFER:
        _check_call(signed, message)
    return _signers(signed, message.signature)


def _signers(signed: Signed, signatures: Sequence[bytes]) -> list[str]:
    weights = signed.draft.signatories.weights
    try:
        signers = [_signer_of(signed.txid, _whole(one)) for one in signatures]
    except NotASignature as error:
        raise NotThisTransaction(f"a signature of {signed.txid} cannot be read") from error
    strange = [signer for signer in signers if signer not in weights]
    if strange or len(set(signers)) != len(signers):
        raise NotThisTransaction(f"{signed.txid} is not signed by those who may, once each")
    return signers


def verify(signed: Signed) -> None:
    """Raise ``NotThisTransaction`` unless the bytes are exactly this draft, signed by enough.

    Asked right after signing, and again right before every sending with the bytes and the
    fields as the database gives them: a changed row or a changed byte never reaches a node.
    """
    signers, quorum = signers_of(signed), signed.draft.signatories
    if not signers or len(signers) > SIGNATURES_MAX or not quorum.is_met_by(signers):
        raise NotThisTransaction(f"{signed.txid} is not signed by its sender, or by too few")


def _check_call(signed: Signed, message: Any) -> None:
    """Decode the recipient and amount that ``raw_of`` has encoded: that closes the circle."""
    call = tron_pb2.TriggerSmartContract.FromString(message.raw_data.contract[0].parameter.value)
    read = (address_text(call.owner_address), *transfer_parse(call.data))
    if read != (signed.draft.sender, signed.draft.recipient, signed.draft.amount):
        raise NotThisTransaction(f"the call in {signed.txid} pays somebody else")


def _hex_of(raw: bytes, signatures: Sequence[bytes]) -> str:
    message = tron_pb2.Transaction(signature=signatures)
    message.raw_data.ParseFromString(raw)
    return str(message.SerializeToString().hex())


def _signatures(signed: Signed) -> list[bytes]:
    message = tron_pb2.Transaction.FromString(bytes.fromhex(signed.signed_hex))
    return list(message.signature)


def _whole(signature: bytes) -> bytes:
    if len(signature) != SIGNATURE_BYTES:
        raise NotASignature("not 65 bytes")
    return signature


def _normal(signature: bytes) -> bytes:
    """Return the signature with v from 0 up, whichever way it was written."""
    v = _whole(signature)[-1]
    return signature[:-1] + bytes([v - V_OFFSET if v >= V_OFFSET else v])


def _signer_of(txid: str, signature: bytes) -> str:
    try:
        key = PublicKey.from_signature_and_message(signature, bytes.fromhex(txid), hasher=None)
    except ValueError as error:
        raise NotASignature("no key can be recovered from it") from error
    return address_of_public_key(key)
