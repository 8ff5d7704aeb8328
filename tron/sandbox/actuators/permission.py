"""Changing who may sign for an account.

Texts and order: java-tron ``AccountPermissionUpdateActuator``. The node assigns the ids.
"""

from typing import Any

from tron.sandbox import parameters as p
from tron.sandbox.actuators.checks import Actuator, address_valid, require
from tron.sandbox.errors import Refused
from tron.sandbox.genesis import WITNESSES
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import Account, Permission
from tron.sandbox.resources import burn
from tron.sandbox.signatures import AVAILABLE_OPERATIONS
from tron.sandbox.state import State

OWNER, WITNESS, ACTIVE = range(3)
KINDS = ("Owner", "Witness", "Active")
NAME_MAX = 32
OPERATIONS_BYTES = 32
_WITNESSES = frozenset(WITNESSES)


def _check(state: State, payload: Any, now_ms: int) -> None:
    owner = payload.owner_address
    require(address_valid(owner), "invalidate ownerAddress")
    require(state.account(owner) is not None, "ownerAddress account does not exist")
    require(payload.HasField("owner"), "owner permission is missed")
    if owner in _WITNESSES:
        require(payload.HasField("witness"), "witness permission is missed")
    else:
        missing = not payload.HasField("witness")
        require(missing, "account isn't witness can't set witness permission")
    require(len(payload.actives) > 0, "active permission is missed")
    require(len(payload.actives) <= p.ACTIVES_MAX, "active permission is too many")
    require(payload.owner.type == OWNER, "owner permission type is error")
    _permission_check(payload.owner)
    if owner in _WITNESSES:
        require(payload.witness.type == WITNESS, "witness permission type is error")
        _permission_check(payload.witness)
    for active in payload.actives:
        require(active.type == ACTIVE, "active permission type is error")
        _permission_check(active)


def _permission_check(permission: Any) -> None:
    kind = KINDS[permission.type]
    require(
        len(permission.keys) <= p.SIGNATURES_MAX,
        f"number of keys in permission should not be greater than {p.SIGNATURES_MAX}",
    )
    require(len(permission.keys) > 0, "key's count should be greater than 0")
    require(
        permission.type != WITNESS or len(permission.keys) == 1,
        "Witness permission's key count should be 1",
    )
    require(permission.threshold > 0, "permission's threshold should be greater than 0")
    require(len(permission.permission_name) <= NAME_MAX, "permission's name is too long")
    require(permission.parent_id == 0, "permission's parent should be owner")
    _keys_check(permission, kind)
    if permission.type == ACTIVE:
        _operations_check(permission.operations)
    else:
        require(not permission.operations, f"{kind} permission needn't operations")


def _keys_check(permission: Any, kind: str) -> None:
    distinct = {key.address for key in permission.keys}
    require(
        len(distinct) == len(permission.keys), f"address should be distinct in permission {kind}"
    )
    for key in permission.keys:
        require(address_valid(key.address), "key is not a validate address")
        require(key.weight > 0, "key's weight should be greater than 0")
    require(
        sum(key.weight for key in permission.keys) >= permission.threshold,
        f"sum of all key's weight should not be less than threshold in permission {kind}",
    )


def _operations_check(operations: bytes) -> None:
    require(len(operations) == OPERATIONS_BYTES, "operations size must 32")
    for number in range(OPERATIONS_BYTES * 8):
        asked = operations[number // 8] >> (number % 8) & 1
        known = AVAILABLE_OPERATIONS[number // 8] >> (number % 8) & 1
        require(not asked or bool(known), f"{number} isn't a validate ContractType")


def _update(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner, fee_sun = payload.owner_address, p.PERMISSION_UPDATE_FEE_SUN
    if not burn(state, owner, fee_sun):
        account = state.account(owner)
        raise Refused(
            "CONTRACT_EXE_ERROR",
            f"Contract execute error : {owner.hex()} insufficient balance, balance: "
            f"{account.balance_sun if account else 0}, amount: {fee_sun}",
        )
    receipt.system_fee_sun = fee_sun
    numbered = [(0, payload.owner)]
    if payload.HasField("witness"):
        numbered.append((1, payload.witness))
    numbered += enumerate(payload.actives, start=2)
    account = state.account(owner) or Account()
    permissions = tuple(_permission(number, message) for number, message in numbered)
    state.account_put(owner, account._replace(permissions=permissions))


def _permission(number: int, message: Any) -> Permission:
    return Permission(
        id=number,
        name=message.permission_name,
        threshold=message.threshold,
        operations=message.operations,
        keys=tuple((key.address, key.weight) for key in message.keys),
    )


UPDATE = Actuator(_check, _update)
