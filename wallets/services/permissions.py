"""Setting who may sign for an account: shown first, done only as shown.

A wrong set of permissions loses an account for good. So what is asked for is compared with what
the chain has, told in words, and done only when the asker repeats the code of exactly that.

A right to sign is as good as a payment of all there is, and nobody reviews it. A key that is here
signs by itself, so it gives rights to none but the keys that whoever runs the platform has named
(``PERMISSION_KEYS``). Where people sign, they see what they sign.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from lucidpay.errors import FORBIDDEN, Conflict, LucidError, ValidationFailed
from tron.account import AccountState, Permission, account_of
from tron.contracts import Order, wire_of
from tron.kinds import TxKind
from tron.node import Node
from tron.reads import chain_read
from wallets.models import Wallet
from wallets.queries import address_of
from wallets.services.operate_prepare import Prepared, operation_prepare

KEYS_MAX = 5  # java-tron ChainParameters: TOTAL_SIGN_NUM
ACTIVES_MAX = 8  # java-tron AccountPermissionUpdateActuator
NAME_MAX = 32
OPERATIONS_BYTES = 32
# What an active permission may be given, by the contract's number (Tron.proto ContractType).
GRANTS = {
    "TransferContract": 1,
    "VoteWitnessContract": 4,
    "WithdrawBalanceContract": 13,
    "TriggerSmartContract": 31,
    "FreezeBalanceV2Contract": 54,
    "UnfreezeBalanceV2Contract": 55,
    "WithdrawExpireUnfreezeContract": 56,
    "DelegateResourceContract": 57,
    "UnDelegateResourceContract": 58,
    "CancelAllUnfreezeV2Contract": 59,
}
PAYOUT_GRANTS = ("TriggerSmartContract",)


class PermissionsRefused(LucidError):
    """These permissions cannot be set; details say what is wrong with them."""

    code = ValidationFailed.code
    status_code = 400


class KeyNotNamed(LucidError):
    """These keys are not among PERMISSION_KEYS. Whoever runs the platform can add them there."""

    code = FORBIDDEN
    status_code = 403


class NotAsShown(Conflict):
    """These are not the permissions that were shown. Ask for a preview and repeat its code."""


@dataclass(frozen=True)
class Wanted:
    """One permission as it is asked for."""

    name: str
    threshold: int
    keys: Mapping[str, int]
    grants: Sequence[str] = ()


@dataclass(frozen=True)
class Preview:
    """What would change, and the code with which exactly that can be done."""

    before: AccountState
    owner: Wanted
    actives: tuple[Wanted, ...]
    warnings: tuple[str, ...]
    confirm: str


def operations_of(grants: Sequence[str]) -> bytes:
    """Return the bitmap: bit i (byte i // 8, bit i % 8) allows contract type i."""
    bits = sum(1 << GRANTS[name] for name in set(grants))
    return bits.to_bytes(OPERATIONS_BYTES, "little")


def grants_of(operations: bytes) -> list[str]:
    """Return the names of what a bitmap allows, as far as they can be given here."""
    bits = int.from_bytes(operations, "little")
    return [name for name, number in GRANTS.items() if bits >> number & 1]


def permissions_preview(
    *, wallet: Wallet, owner: Wanted | None, actives: Sequence[Wanted]
) -> Preview:
    """Return what setting these permissions would change; without ``owner`` that stays as it is.

    Raises ``PermissionsRefused``, ``KeyNotNamed``, ``WalletNotReady`` or ``ChainAway``.
    """
    _refuse_wrong(owner, actives)
    _refuse_strangers(wallet, owner, actives)
    address = address_of(wallet)
    before = chain_read(lambda node: account_of(node, address))
    stays = before.owner_permission
    owner = owner or Wanted("owner", stays.threshold, stays.keys)
    warnings = _warnings(wallet, before, owner, actives)
    code = _code(address, before, owner, actives)
    return Preview(before, owner, tuple(actives), warnings, code)


def permissions_update(
    *, wallet: Wallet, owner: Wanted | None, actives: Sequence[Wanted], confirm: str
) -> Prepared:
    """Return the update as it can be asked for, when ``confirm`` is the code of its preview.

    One is open at a time: each replaces the whole set, and of two the network decides which comes
    last. Raises ``NotAsShown``, what ``permissions_preview`` and what ``operation_prepare`` raises.
    """
    preview = permissions_preview(wallet=wallet, owner=owner, actives=actives)
    if confirm != preview.confirm:
        raise NotAsShown
    order = _order(str(wallet.address), preview.owner, preview.actives)

    async def unchanged(node: Node) -> None:
        now = await account_of(node, str(wallet.address))
        if _code(str(wallet.address), now, preview.owner, preview.actives) != confirm:
            raise NotAsShown

    once_key = f"{TxKind.UPDATE_PERMISSIONS}/{wallet.pk.hex}"
    return operation_prepare(wallet, order, unchanged, once_key=once_key)


def _order(address: str, owner: Wanted, actives: Sequence[Wanted]) -> Order:
    terms = {
        "owner": {"name": owner.name, "threshold": owner.threshold, "keys": dict(owner.keys)},
        "actives": [
            {
                "name": one.name,
                "threshold": one.threshold,
                "keys": dict(one.keys),
                "operations": operations_of(one.grants).hex(),
            }
            for one in actives
        ],
    }
    return Order(TxKind.UPDATE_PERMISSIONS, address, terms=terms)


def _code(address: str, before: AccountState, owner: Wanted, actives: Sequence[Wanted]) -> str:
    """Return a digest of what is there and what is to come."""
    known = (before.owner_permission, *before.active_permissions)
    facts: dict[str, Any] = {
        "before": [[one.id, one.threshold, one.keys, one.operations.hex()] for one in known],
        "after": dict(_order(address, owner, actives).terms),
        "of": address,
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:32]


def _refuse_wrong(owner: Wanted | None, actives: Sequence[Wanted]) -> None:
    wrong: dict[str, list[str]] = {}
    if not 1 <= len(actives) <= ACTIVES_MAX:
        wrong["actives"] = [f"From 1 to {ACTIVES_MAX} are required."]
    for place, one in _by_place(owner, actives).items():
        said = _wrong_with(one, is_active=place != "owner")
        if said:
            wrong[place] = said
    if wrong:
        raise PermissionsRefused(wrong)


def _refuse_strangers(wallet: Wallet, owner: Wanted | None, actives: Sequence[Wanted]) -> None:
    if not wallet.sealed_key:
        return
    named = {wallet.signing_address, *settings.PERMISSION_KEYS}
    strange = {
        f"{place}.keys": [f"{key} is not among PERMISSION_KEYS." for key in sorted(others)]
        for place, one in _by_place(owner, actives).items()
        if (others := set(one.keys) - named)
    }
    if strange:
        raise KeyNotNamed(strange)


def _by_place(owner: Wanted | None, actives: Sequence[Wanted]) -> dict[str, Wanted]:
    found = {"owner": owner} if owner else {}
    return found | {f"actives[{index}]": one for index, one in enumerate(actives)}


def _wrong_with(one: Wanted, *, is_active: bool) -> list[str]:
    said = []
    if not 1 <= len(one.keys) <= KEYS_MAX:
        said.append(f"From 1 to {KEYS_MAX} keys are required.")
    if any(weight < 1 for weight in one.keys.values()):
        said.append("Each key weighs 1 or more.")
    if not 1 <= one.threshold <= sum(one.keys.values()):
        said.append("The threshold must be within what all keys weigh together.")
    if not 1 <= len(one.name.encode()) <= NAME_MAX:
        said.append(f"The name must have 1 to {NAME_MAX} bytes.")
    if is_active and not one.grants:
        said.append("It must allow something.")
    return said


def _warnings(
    wallet: Wallet, before: AccountState, owner: Wanted, actives: Sequence[Wanted]
) -> tuple[str, ...]:
    """Return what somebody must know before they agree to it."""
    said = []
    if before.owner_permission.keys != dict(owner.keys):
        said.append("The owner's keys change: whoever holds the new ones owns the account.")
    alone = [key for key, weight in owner.keys.items() if weight >= owner.threshold]
    if wallet.sealed_key and wallet.signing_address in alone:
        said.append("The key that is here owns the account. Keep the owner's key offline instead.")
    here = wallet.signing_address
    can_pay = [one for one in actives if here in one.keys and _pays(one)]
    if wallet.sealed_key and not can_pay and here not in owner.keys:
        said.append("The key that is here can no longer pay from this wallet.")
    if not before.is_activated:
        said.append("The account is not activated yet: send TRX to it first.")
    return tuple(said)


def _pays(one: Wanted) -> bool:
    number = wire_of(TxKind.TRANSFER).number
    return any(GRANTS[name] == number for name in one.grants)


def as_wanted(permission: Permission) -> Wanted:
    """Return a permission that the chain has in the words in which one is asked for."""
    grants = grants_of(permission.operations)
    return Wanted(permission.name, permission.threshold, permission.keys, grants)
