"""The protobuf messages of the chain, in a descriptor pool of their own.

A private pool, so that nothing collides with a client library that brings the same messages into
the same process, and so that an error in the messages of such a library shows up here instead of
being shared. Field numbers: java-tron protocol/src/main/protos/core/Tron.proto and
core/contract/*.proto.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "lucidpay_sandbox"

CONTRACT_TYPES = {
    "AccountCreateContract": 0,
    "TransferContract": 1,
    "TransferAssetContract": 2,
    "VoteAssetContract": 3,
    "VoteWitnessContract": 4,
    "WitnessCreateContract": 5,
    "AssetIssueContract": 6,
    "WitnessUpdateContract": 8,
    "ParticipateAssetIssueContract": 9,
    "AccountUpdateContract": 10,
    "FreezeBalanceContract": 11,
    "UnfreezeBalanceContract": 12,
    "WithdrawBalanceContract": 13,
    "UnfreezeAssetContract": 14,
    "UpdateAssetContract": 15,
    "ProposalCreateContract": 16,
    "ProposalApproveContract": 17,
    "ProposalDeleteContract": 18,
    "SetAccountIdContract": 19,
    "CustomContract": 20,
    "CreateSmartContract": 30,
    "TriggerSmartContract": 31,
    "GetContract": 32,
    "UpdateSettingContract": 33,
    "ExchangeCreateContract": 41,
    "ExchangeInjectContract": 42,
    "ExchangeWithdrawContract": 43,
    "ExchangeTransactionContract": 44,
    "UpdateEnergyLimitContract": 45,
    "AccountPermissionUpdateContract": 46,
    "ClearABIContract": 48,
    "UpdateBrokerageContract": 49,
    "ShieldedTransferContract": 51,
    "MarketSellAssetContract": 52,
    "MarketCancelOrderContract": 53,
    "FreezeBalanceV2Contract": 54,
    "UnfreezeBalanceV2Contract": 55,
    "WithdrawExpireUnfreezeContract": 56,
    "DelegateResourceContract": 57,
    "UnDelegateResourceContract": 58,
    "CancelAllUnfreezeV2Contract": 59,
}
CONTRACT_RESULTS = (
    "DEFAULT",
    "SUCCESS",
    "REVERT",
    "BAD_JUMP_DESTINATION",
    "OUT_OF_MEMORY",
    "PRECOMPILED_CONTRACT",
    "STACK_TOO_SMALL",
    "STACK_TOO_LARGE",
    "ILLEGAL_OPERATION",
    "STACK_OVERFLOW",
    "OUT_OF_ENERGY",
    "OUT_OF_TIME",
    "JVM_STACK_OVER_FLOW",
    "UNKNOWN",
    "TRANSFER_FAILED",
    "INVALID_CODE",
)
ENUMS = {
    "ContractType": CONTRACT_TYPES,
    "ContractResult": {name: number for number, name in enumerate(CONTRACT_RESULTS)},
    "ResourceCode": {"BANDWIDTH": 0, "ENERGY": 1, "TRON_POWER": 2},
    "AccountType": {"Normal": 0, "AssetIssue": 1, "Contract": 2},
    "PermissionType": {"Owner": 0, "Witness": 1, "Active": 2},
}
# One line a message: "name:type=number"; "*" before the type means repeated.
MESSAGES = {
    "Any": "type_url:string=1 value:bytes=2",
    "Contract": "type:ContractType=1 parameter:Any=2 provider:bytes=3 ContractName:bytes=4"
    " Permission_id:int32=5",
    "AccountId": "name:bytes=1 address:bytes=2",
    "Authority": "account:AccountId=1 permission_name:bytes=2",
    "Raw": "ref_block_bytes:bytes=1 ref_block_num:int64=3 ref_block_hash:bytes=4"
    " expiration:int64=8 auths:*Authority=9 data:bytes=10 contract:*Contract=11 scripts:bytes=12"
    " timestamp:int64=14 fee_limit:int64=18",
    "Result": "fee:int64=1 contractRet:ContractResult=3",
    "Transaction": "raw_data:Raw=1 signature:*bytes=2 ret:*Result=5",
    "HeaderRaw": "timestamp:int64=1 txTrieRoot:bytes=2 parentHash:bytes=3 number:int64=7"
    " witness_id:int64=8 witness_address:bytes=9 version:int32=10 accountStateRoot:bytes=11",
    "BlockHeader": "raw_data:HeaderRaw=1 witness_signature:bytes=2",
    "Key": "address:bytes=1 weight:int64=2",
    "Permission": "type:PermissionType=1 id:int32=2 permission_name:string=3 threshold:int64=4"
    " parent_id:int32=5 operations:bytes=6 keys:*Key=7",
    "Vote": "vote_address:bytes=1 vote_count:int64=2",
    "AccountCreateContract": "owner_address:bytes=1 account_address:bytes=2 type:AccountType=3",
    "TransferContract": "owner_address:bytes=1 to_address:bytes=2 amount:int64=3",
    "TransferAssetContract": "asset_name:bytes=1 owner_address:bytes=2 to_address:bytes=3"
    " amount:int64=4",
    "TriggerSmartContract": "owner_address:bytes=1 contract_address:bytes=2 call_value:int64=3"
    " data:bytes=4 call_token_value:int64=5 token_id:int64=6",
    "AccountUpdateContract": "account_name:bytes=1 owner_address:bytes=2",
    "VoteWitnessContract": "owner_address:bytes=1 votes:*Vote=2 support:bool=3",
    "WithdrawBalanceContract": "owner_address:bytes=1",
    "FreezeBalanceV2Contract": "owner_address:bytes=1 frozen_balance:int64=2"
    " resource:ResourceCode=3",
    "UnfreezeBalanceV2Contract": "owner_address:bytes=1 unfreeze_balance:int64=2"
    " resource:ResourceCode=3",
    "WithdrawExpireUnfreezeContract": "owner_address:bytes=1",
    "CancelAllUnfreezeV2Contract": "owner_address:bytes=1",
    "DelegateResourceContract": "owner_address:bytes=1 resource:ResourceCode=2 balance:int64=3"
    " receiver_address:bytes=4 lock:bool=5 lock_period:int64=6",
    "UnDelegateResourceContract": "owner_address:bytes=1 resource:ResourceCode=2 balance:int64=3"
    " receiver_address:bytes=4",
    "AccountPermissionUpdateContract": "owner_address:bytes=1 owner:Permission=2"
    " witness:Permission=3 actives:*Permission=4",
}

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "int64": _Field.TYPE_INT64,
    "int32": _Field.TYPE_INT32,
    "bool": _Field.TYPE_BOOL,
    "string": _Field.TYPE_STRING,
    "bytes": _Field.TYPE_BYTES,
}


def _describe_field(field: _Field, text: str) -> None:
    field.name, _, rest = text.partition(":")
    kind, _, number = rest.partition("=")
    field.number = int(number)
    field.label = _Field.LABEL_REPEATED if kind[0] == "*" else _Field.LABEL_OPTIONAL
    kind = kind.lstrip("*")
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
        return
    field.type = _Field.TYPE_ENUM if kind in ENUMS else _Field.TYPE_MESSAGE
    field.type_name = f".{PACKAGE}.{kind}"


def _describe_file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(
        name=f"{PACKAGE}.proto", package=PACKAGE, syntax="proto3"
    )
    for name, values in ENUMS.items():
        enum = file.enum_type.add(name=name)
        for label, number in values.items():
            # Values live in the scope of the file: "Contract" is a message as well.
            enum.value.add(name=f"{name}_{label}", number=number)
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for text in fields.split():
            _describe_field(message.field.add(), text)
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.AddSerializedFile(_describe_file().SerializeToString())


def message_class(name: str) -> Any:
    """Return the class of a message of ``MESSAGES``; raises ``KeyError`` for an unknown one."""
    return message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))


Transaction = message_class("Transaction")
Contract = message_class("Contract")
BlockHeader = message_class("BlockHeader")
CONTRACT_CLASSES = {name: message_class(name) for name in CONTRACT_TYPES if name in MESSAGES}
CONTRACT_NAMES = {number: name for name, number in CONTRACT_TYPES.items()}
TYPE_URL_PREFIX = "type.googleapis.com/protocol."
