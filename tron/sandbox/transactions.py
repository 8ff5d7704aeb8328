"""A transaction as it came from the wire, parsed once."""

import hashlib
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError

from tron.sandbox import proto
from tron.sandbox.errors import BadRequest, ContractInvalid
from tron.sandbox.parameters import RESULT_BYTES_MAX, SIGNATURE_BYTES

PARTNERS = {
    "TransferContract": "to_address",
    "AccountCreateContract": "account_address",
    "DelegateResourceContract": "receiver_address",
    "UnDelegateResourceContract": "receiver_address",
}


@dataclass(frozen=True, slots=True)
class SignedTransaction:
    """The message without results, its bytes, and its one contract unpacked."""

    message: Any
    body: bytes
    txid: bytes
    contract_type: str
    payload: Any

    @property
    def raw(self) -> Any:
        """The part that is hashed and signed."""
        return self.message.raw_data

    @property
    def owner(self) -> bytes:
        """The 21-byte address that pays and must have signed."""
        return self.payload.owner_address

    @property
    def partner(self) -> bytes | None:
        """The 21-byte address of another account that it is about; a contract is none."""
        name = PARTNERS.get(self.contract_type)
        return getattr(self.payload, name) if name else None

    @property
    def permission_id(self) -> int:
        """The permission the signatures claim: 0 owner, 2… active."""
        return self.raw.contract[0].Permission_id

    @property
    def net_bytes(self) -> int:
        """What bandwidth is charged for (java-tron ``BandwidthProcessor.consume``)."""
        return len(self.body) + RESULT_BYTES_MAX

    @property
    def unsigned_bytes(self) -> int:
        """The size that limits account-creating transactions (same place)."""
        return len(self.body) - SIGNATURE_BYTES * len(self.message.signature)


def txid_of(raw: Any) -> bytes:
    """Return sha256 of the canonical bytes of ``raw_data``: signatures are no part of it."""
    return hashlib.sha256(raw.SerializeToString()).digest()


def transaction_parse(body: bytes) -> Any:
    """Return the Transaction message in these bytes, without results; raises ``BadRequest``."""
    try:
        message = proto.Transaction.FromString(body)
    except DecodeError as error:
        raise BadRequest(
            str(error), "com.google.protobuf.InvalidProtocolBufferException"
        ) from error
    message.ClearField("ret")
    return message


def contract_unpack(contract: Any) -> tuple[str, Any]:
    """Return (type name, message) of a contract; raises ``ContractInvalid`` if it is unreadable."""
    name = proto.CONTRACT_NAMES.get(contract.type, str(contract.type))
    if name not in proto.CONTRACT_CLASSES:
        raise ContractInvalid(f"this sandbox does not know {name}")
    if contract.parameter.type_url.rpartition(".")[2] != name:
        raise ContractInvalid(
            f"contract type error, expected type [{name}], real type "
            f"[{contract.parameter.type_url}]"
        )
    try:
        return name, proto.CONTRACT_CLASSES[name].FromString(contract.parameter.value)
    except DecodeError as error:
        raise ContractInvalid(str(error)) from error


def transaction_open(message: Any) -> SignedTransaction:
    """Return the transaction with its contract unpacked.

    Raises ``ContractInvalid`` without exactly one readable contract (java-tron
    ``Wallet.broadcastTransaction`` "No contract!", ``Manager.processTransaction``).
    """
    contracts = message.raw_data.contract
    if not contracts:
        raise ContractInvalid("No contract!")
    if len(contracts) > 1:
        raise ContractInvalid("act size should be exactly 1, this is extend feature")
    name, payload = contract_unpack(contracts[0])
    return SignedTransaction(
        message=message,
        body=message.SerializeToString(),
        txid=txid_of(message.raw_data),
        contract_type=name,
        payload=payload,
    )
