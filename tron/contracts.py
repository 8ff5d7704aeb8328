"""What each kind of transaction says on the wire: the contract inside of ``raw_data``.

Built from the order's own fields and nothing else, so that the same fields always give the same
bytes: what is stored can be compared with what was signed at any later time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tronpy.proto import tron_pb2

from tron.address import address_parse
from tron.kinds import TxKind
from tron.messages import message
from tron.trc20 import approve_data, transfer_data

# java-tron Common.proto ResourceCode.
RESOURCES = {"BANDWIDTH": 0, "ENERGY": 1}
PERMISSION_TYPE_ACTIVE = 2  # java-tron Tron.proto Permission.PermissionType


@dataclass(frozen=True)
class Order:
    """What a transaction does, without what ties it to a chain and a time.

    ``amount`` is in base units: of the token for calls of it, of TRX (sun) otherwise.
    """

    kind: TxKind
    sender: str
    recipient: str = ""
    contract: str = ""
    amount: int = 0
    terms: Mapping[str, Any] = field(default_factory=dict)


class Wire(NamedTuple):
    """A contract as the chain names and numbers it (java-tron Tron.proto ContractType)."""

    name: str
    number: int
    write: Callable[[Order, bytes], Any]

    def build(self, order: Order) -> Any:
        """Return the contract's message.

        Raises ``InvalidAddress`` or ``ValueError`` for what cannot be written, such as an amount
        beyond 64 bits.
        """
        return self.write(order, address_parse(order.sender))

    @property
    def type_url(self) -> str:
        """Return the name by which a node finds the message."""
        return f"type.googleapis.com/protocol.{self.name}"


def wire_of(kind: str) -> Wire:
    """Return how this kind of transaction is written, or raise ``KeyError``."""
    return WIRES[TxKind(kind)]


def _call(order: Order, owner: bytes, data: bytes) -> Any:
    return tron_pb2.TriggerSmartContract(
        owner_address=owner, contract_address=address_parse(order.contract), data=data
    )


def _transfer(order: Order, owner: bytes) -> Any:
    return _call(order, owner, transfer_data(order.recipient, order.amount))


def _approve(order: Order, owner: bytes) -> Any:
    return _call(order, owner, approve_data(order.recipient, order.amount))


def _transfer_trx(order: Order, owner: bytes) -> Any:
    return tron_pb2.TransferContract(
        owner_address=owner, to_address=address_parse(order.recipient), amount=order.amount
    )


def _stake(order: Order, owner: bytes) -> Any:
    return message(
        "FreezeBalanceV2Contract",
        owner_address=owner,
        frozen_balance=order.amount,
        resource=_resource(order),
    )


def _unstake(order: Order, owner: bytes) -> Any:
    return message(
        "UnfreezeBalanceV2Contract",
        owner_address=owner,
        unfreeze_balance=order.amount,
        resource=_resource(order),
    )


def _delegate(order: Order, owner: bytes) -> Any:
    lock_blocks = int(order.terms.get("lock_blocks", 0))
    return message(
        "DelegateResourceContract",
        owner_address=owner,
        resource=_resource(order),
        balance=order.amount,
        receiver_address=address_parse(order.recipient),
        lock=lock_blocks > 0,
        lock_period=lock_blocks,
    )


def _undelegate(order: Order, owner: bytes) -> Any:
    return message(
        "UnDelegateResourceContract",
        owner_address=owner,
        resource=_resource(order),
        balance=order.amount,
        receiver_address=address_parse(order.recipient),
    )


def _vote(order: Order, owner: bytes) -> Any:
    votes = [
        message("Vote", vote_address=address_parse(one["address"]), vote_count=one["count"])
        for one in order.terms["votes"]
    ]
    return message("VoteWitnessContract", owner_address=owner, votes=votes)


def _owner_alone(name: str) -> Callable[[Order, bytes], Any]:
    return lambda order, owner: message(name, owner_address=owner)


def _permissions(order: Order, owner: bytes) -> Any:
    actives = [
        _permission(one, type=PERMISSION_TYPE_ACTIVE, operations=bytes.fromhex(one["operations"]))
        for one in order.terms["actives"]
    ]
    return message(
        "AccountPermissionUpdateContract",
        owner_address=owner,
        owner=_permission(order.terms["owner"]),
        actives=actives,
    )


def _permission(told: Mapping[str, Any], **more: Any) -> Any:
    # In the order of the addresses: a JSON column does not keep that of its keys.
    keys = [
        message("Key", address=address_parse(address), weight=weight)
        for address, weight in sorted(told["keys"].items())
    ]
    return message(
        "Permission",
        permission_name=told["name"],
        threshold=told["threshold"],
        keys=keys,
        **more,
    )


def _resource(order: Order) -> int:
    return RESOURCES[order.terms["resource"]]


WIRES: dict[TxKind, Wire] = {
    TxKind.TRANSFER: Wire("TriggerSmartContract", 31, _transfer),
    TxKind.APPROVE: Wire("TriggerSmartContract", 31, _approve),
    TxKind.TRANSFER_TRX: Wire("TransferContract", 1, _transfer_trx),
    TxKind.STAKE: Wire("FreezeBalanceV2Contract", 54, _stake),
    TxKind.UNSTAKE: Wire("UnfreezeBalanceV2Contract", 55, _unstake),
    TxKind.WITHDRAW: Wire(
        "WithdrawExpireUnfreezeContract", 56, _owner_alone("WithdrawExpireUnfreezeContract")
    ),
    TxKind.DELEGATE: Wire("DelegateResourceContract", 57, _delegate),
    TxKind.UNDELEGATE: Wire("UnDelegateResourceContract", 58, _undelegate),
    TxKind.CANCEL_UNSTAKE: Wire(
        "CancelAllUnfreezeV2Contract", 59, _owner_alone("CancelAllUnfreezeV2Contract")
    ),
    TxKind.VOTE: Wire("VoteWitnessContract", 4, _vote),
    TxKind.CLAIM_REWARDS: Wire(
        "WithdrawBalanceContract", 13, _owner_alone("WithdrawBalanceContract")
    ),
    TxKind.UPDATE_PERMISSIONS: Wire("AccountPermissionUpdateContract", 46, _permissions),
}
