"""What an account's active permission lets one key do, as the solid chain has it (TIP-16)."""

from dataclasses import dataclass
from typing import Any

import structlog

from lucidpay.errors import NETWORK, LucidError, ValidationFailed
from tron.address import address_parse, address_text
from tron.blocks import reading
from tron.errors import NodeError
from tron.node import ask, open_node

log = structlog.get_logger(__name__)

FIRST_ACTIVE = 2  # 0 is the owner's, 1 the witness's
TRIGGER_SMART_CONTRACT = 31  # ContractType: the bit of it in ``operations``


class PermissionNotRead(LucidError):
    """TRON network error: no node told the permissions of this address. Try again in a moment."""

    code = NETWORK


@dataclass(frozen=True)
class Permission:
    """An active permission."""

    id: int
    threshold: int
    keys: dict[str, int]  # address → weight
    operations: bytes

    def allows(self, contract_type: int) -> bool:
        """Return whether it may be used for transactions of this kind."""
        index, bit = divmod(contract_type, 8)
        return index < len(self.operations) and bool(self.operations[index] >> bit & 1)


def permission_alone(address: str, permission_id: int, *, signer: str) -> dict[str, Any]:
    """Return a permission, as wallets keep it, that this key meets alone and that lets USDT be
    sent.

    Raises ``ValidationFailed`` with what is missing, or ``PermissionNotRead``.
    """
    permission = _read(address).get(permission_id)
    if permission is None:
        raise _wrong("This address has no active permission of this id.")
    if signer not in permission.keys:
        raise _wrong(f"The key's address {signer} is not in this permission.")
    if permission.keys[signer] < permission.threshold:
        raise _wrong("This key alone does not meet the permission's threshold.")
    if not permission.allows(TRIGGER_SMART_CONTRACT):
        raise _wrong("This permission does not allow TriggerSmartContract, so no USDT is sent.")
    return {"id": permission.id, "threshold": permission.threshold, "keys": permission.keys}


def _wrong(text: str) -> ValidationFailed:
    return ValidationFailed({"permission_id": [text]})


def _read(address: str) -> dict[int, Permission]:
    try:
        return ask(_active(address))
    except NodeError as error:
        log.warning("permission_not_read", address=address, error=str(error))
        raise PermissionNotRead from error


async def _active(address: str) -> dict[int, Permission]:
    """Return an account's active permissions by id; none for an account that does not exist."""
    body = {"address": address_parse(address).hex()}
    async with open_node() as node:
        answer = await node.call("walletsolidity/getaccount", body)
        with reading("permissions"):
            found = map(_permission, answer.get("active_permission", []))
            return {one.id: one for one in found}


def _permission(told: dict[str, Any]) -> Permission:
    # JsonFormat leaves out what is 0.
    keys = {
        address_text(bytes.fromhex(key["address"])): int(key.get("weight", 0))
        for key in told.get("keys", [])
    }
    operations = bytes.fromhex(told.get("operations", ""))
    return Permission(int(told["id"]), int(told.get("threshold", 0)), keys, operations)
