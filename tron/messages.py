"""The protobuf messages that tronpy does not bring: staking, votes, permissions.

In a pool of their own, so that nothing collides with a library that brings them one day. Field
numbers: java-tron protocol/src/main/protos/core/contract/{balance,witness,account}_contract.proto
and core/Tron.proto (Permission, Key).
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Field = descriptor_pb2.FieldDescriptorProto
PACKAGE = "lucidpay_chain"
OWNER = ("owner_address", 1, Field.TYPE_BYTES)
# Enums are written as the numbers they are on the wire.
MESSAGES: dict[str, tuple[tuple[str, int, Any], ...]] = {
    "FreezeBalanceV2Contract": (
        OWNER,
        ("frozen_balance", 2, Field.TYPE_INT64),
        ("resource", 3, Field.TYPE_INT32),
    ),
    "UnfreezeBalanceV2Contract": (
        OWNER,
        ("unfreeze_balance", 2, Field.TYPE_INT64),
        ("resource", 3, Field.TYPE_INT32),
    ),
    "WithdrawExpireUnfreezeContract": (OWNER,),
    "CancelAllUnfreezeV2Contract": (OWNER,),
    "DelegateResourceContract": (
        OWNER,
        ("resource", 2, Field.TYPE_INT32),
        ("balance", 3, Field.TYPE_INT64),
        ("receiver_address", 4, Field.TYPE_BYTES),
        ("lock", 5, Field.TYPE_BOOL),
        ("lock_period", 6, Field.TYPE_INT64),
    ),
    "UnDelegateResourceContract": (
        OWNER,
        ("resource", 2, Field.TYPE_INT32),
        ("balance", 3, Field.TYPE_INT64),
        ("receiver_address", 4, Field.TYPE_BYTES),
    ),
    "Vote": (("vote_address", 1, Field.TYPE_BYTES), ("vote_count", 2, Field.TYPE_INT64)),
    "VoteWitnessContract": (OWNER, ("votes", 2, "Vote")),
    "WithdrawBalanceContract": (OWNER,),
    "Key": (("address", 1, Field.TYPE_BYTES), ("weight", 2, Field.TYPE_INT64)),
    "Permission": (
        ("type", 1, Field.TYPE_INT32),
        ("id", 2, Field.TYPE_INT32),
        ("permission_name", 3, Field.TYPE_STRING),
        ("threshold", 4, Field.TYPE_INT64),
        ("parent_id", 5, Field.TYPE_INT32),
        ("operations", 6, Field.TYPE_BYTES),
        ("keys", 7, "Key"),
    ),
    "AccountPermissionUpdateContract": (
        OWNER,
        ("owner", 2, "Permission"),
        ("actives", 4, "Permission"),
    ),
}
REPEATED = {"votes", "keys", "actives"}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{PACKAGE}.proto", package=PACKAGE, syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, number, kind in fields:
            field = message.field.add(name=field_name, number=number)
            repeated = field_name in REPEATED
            field.label = Field.LABEL_REPEATED if repeated else Field.LABEL_OPTIONAL
            if isinstance(kind, str):
                field.type, field.type_name = Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
            else:
                field.type = kind
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.AddSerializedFile(_file().SerializeToString())


def message(name: str, **fields: Any) -> Any:
    """Return a message of ``MESSAGES`` with these fields; raises ``KeyError`` for another."""
    described = _pool.FindMessageTypeByName(f"{PACKAGE}.{name}")
    return message_factory.GetMessageClass(described)(**fields)
