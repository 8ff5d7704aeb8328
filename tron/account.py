"""What an account owns, has staked, votes for and may sign, as one node tells it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from tron.address import address_parse, address_text
from tron.blocks import NUMBER_MAX, TIME_MAX_MS, reading
from tron.errors import OutcomeUnknown
from tron.node import Node

OWNER_PERMISSION_ID = 0
OPERATIONS_BYTES = 32


class Resource(StrEnum):
    """What TRX is staked for, by java-tron's names (Common.proto ``ResourceCode``)."""

    BANDWIDTH = "BANDWIDTH"
    ENERGY = "ENERGY"
    # Votes of old stakes, kept apart while they are withdrawn. Nothing new is staked for it.
    TRON_POWER = "TRON_POWER"


BOTH = (Resource.BANDWIDTH, Resource.ENERGY)
BySource = dict[Resource, int]


class Unfreezing(NamedTuple):
    """TRX on its way out of a stake."""

    resource: Resource
    amount_sun: int
    expires_ms: int  # chain time from which it can be withdrawn


@dataclass(frozen=True)
class Permission:
    """Who may sign together for what: keys by address with their weights."""

    id: int
    name: str
    threshold: int
    keys: dict[str, int]
    # Bit i (byte i // 8, bit i % 8) allows contract type i; empty for the owner, who may all.
    operations: bytes = b""

    def allows(self, contract_type: int) -> bool:
        """Return whether it may sign this type of contract (Tron.proto ``ContractType``)."""
        if self.id == OWNER_PERMISSION_ID:
            return True
        place, bit = divmod(contract_type, 8)
        return bool(self.operations[place] >> bit & 1)


@dataclass(frozen=True)
class AccountState:
    """An account. One that was never activated owns nothing, and its own key may all."""

    address: str
    owner_permission: Permission
    is_activated: bool = False
    is_contract: bool = False
    balance_sun: int = 0
    frozen_sun: BySource = field(default_factory=lambda: dict.fromkeys(BOTH, 0))
    delegated_out_sun: BySource = field(default_factory=lambda: dict.fromkeys(BOTH, 0))
    delegated_in_sun: BySource = field(default_factory=lambda: dict.fromkeys(BOTH, 0))
    unfreezing: tuple[Unfreezing, ...] = ()
    votes: dict[str, int] = field(default_factory=dict)  # TRX by witness
    latest_withdraw_ms: int | None = None  # of rewards; the next is possible a day later
    allowance_sun: int = 0  # rewards that were set aside; ``reward_sun`` tells all
    active_permissions: tuple[Permission, ...] = ()

    @property
    def staked_sun(self) -> int:
        """Return all TRX at stake, also what is delegated to others."""
        return sum(self.frozen_sun.values()) + sum(self.delegated_out_sun.values())

    def permission(self, permission_id: int) -> Permission | None:
        """Return the permission of this id, ``None`` when the account has none."""
        known = (self.owner_permission, *self.active_permissions)
        return next((one for one in known if one.id == permission_id), None)


async def account_of(node: Node, address: str, *, solid: bool = True) -> AccountState:
    """Return an account after the newest solid block; without ``solid``, with what is pending.

    ``frozen_sun`` leaves out what is delegated. Raises ``OutcomeUnknown`` when any part of the
    answer cannot be read, or it is of another account.
    """
    body = {"address": address_parse(address).hex()}
    path = "walletsolidity/getaccount" if solid else "wallet/getaccount"
    answer = await node.call(path, body)
    with reading(f"account {address}"):
        return _account(address, answer)


def _account(address: str, answer: dict[str, Any]) -> AccountState:
    if not answer.items():
        return AccountState(address, _own_key(address))
    if address_of_hex(answer["address"]) != address:
        raise OutcomeUnknown(f"another account instead of {address}")
    energy = answer.get("account_resource", {})
    delegated, acquired = (
        "delegated_frozenV2_balance_for_",
        "acquired_delegated_frozenV2_balance_for_",
    )
    return AccountState(
        address=address,
        is_activated=True,
        is_contract=answer.get("type") == "Contract",
        balance_sun=sun_of(answer, "balance"),
        frozen_sun=_frozen(answer.get("frozenV2", [])),
        delegated_out_sun=_both(answer, energy, delegated),
        delegated_in_sun=_both(answer, energy, acquired),
        unfreezing=tuple(map(_unfreezing, answer.get("unfrozenV2", []))),
        votes=_weights(answer.get("votes", []), "vote_address", "vote_count"),
        latest_withdraw_ms=time_of(answer, "latest_withdraw_time"),
        allowance_sun=sun_of(answer, "allowance"),
        owner_permission=_owner(address, answer.get("owner_permission")),
        active_permissions=tuple(map(_permission, answer.get("active_permission", []))),
    )


def _frozen(parts: list[dict[str, Any]]) -> BySource:
    found = dict.fromkeys(BOTH, 0)
    for part in parts:
        resource = resource_of(part)
        if resource in found:
            found[resource] += sun_of(part, "amount")
    return found


def _both(answer: dict[str, Any], energy: dict[str, Any], prefix: str) -> BySource:
    """Return what stands for bandwidth in the account, and for energy in a part of it."""
    return {
        Resource.BANDWIDTH: sun_of(answer, f"{prefix}bandwidth"),
        Resource.ENERGY: sun_of(energy, f"{prefix}energy"),
    }


def _unfreezing(part: dict[str, Any]) -> Unfreezing:
    expires_ms = time_of(part, "unfreeze_expire_time")
    if expires_ms is None:
        raise ValueError(part)
    return Unfreezing(resource_of(part), sun_of(part, "unfreeze_amount"), expires_ms)


def _own_key(address: str) -> Permission:
    """Return what java-tron takes an account for that has set no permissions."""
    return Permission(OWNER_PERMISSION_ID, "owner", 1, {address: 1})


def _owner(address: str, part: dict[str, Any] | None) -> Permission:
    return _permission(part) if part else _own_key(address)


def _permission(part: dict[str, Any]) -> Permission:
    permission_id, operations = part.get("id", 0), bytes.fromhex(part.get("operations", ""))
    if permission_id != OWNER_PERMISSION_ID and len(operations) != OPERATIONS_BYTES:
        raise ValueError(part)
    return Permission(
        id=count_of(permission_id),
        name=str(part.get("permission_name", "")),
        threshold=count_of(part["threshold"], low=1),
        keys=_weights(part["keys"], "address", "weight"),
        operations=operations,
    )


def _weights(parts: list[dict[str, Any]], address: str, weight: str) -> dict[str, int]:
    found = {address_of_hex(part[address]): count_of(part[weight], low=1) for part in parts}
    if len(found) < len(parts):
        raise ValueError(parts)
    return found


# --- Fields as java-tron's JsonFormat writes them; what is 0 is absent ------------------------


def resource_of(part: dict[str, Any]) -> Resource:
    """Return the ``type`` of a stake; bandwidth is the default."""
    return Resource(part.get("type", Resource.BANDWIDTH))


def sun_of(part: dict[str, Any], name: str) -> int:
    """Return an amount in sun, or raise ``ValueError``."""
    return count_of(part.get(name, 0))


def time_of(part: dict[str, Any], name: str) -> int | None:
    """Return a time in milliseconds, ``None`` when it is absent, or raise ``ValueError``."""
    return count_of(part.get(name, 0), high=TIME_MAX_MS) or None


def count_of(value: Any, *, low: int = 0, high: int = NUMBER_MAX - 1) -> int:
    """Return a whole number within bounds, or raise ``ValueError``."""
    if type(value) is not int or not low <= value <= high:
        raise ValueError(value)
    return value


def address_of_hex(text: str) -> str:
    """Return the base58check form of an address in hex (41…), or raise ``ValueError``."""
    return address_text(bytes.fromhex(text))
