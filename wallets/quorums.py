"""Which keys may sign for a wallet, as the chain says now."""

from lucidpay.errors import LucidError, ValidationFailed
from tron.account import AccountState, account_of
from tron.contracts import wire_of
from tron.kinds import TxKind
from tron.node import Node
from tron.quorum import OWNER_PERMISSION, Quorum


class NoSuchPermission(LucidError):
    """The account has no permission of this id. Its permissions are named in details."""

    code = ValidationFailed.code
    status_code = 400


class NotPermitted(LucidError):
    """This permission of the account does not allow this kind of transaction."""

    code = ValidationFailed.code
    status_code = 400


async def quorum_asked(
    node: Node, address: str, kind: TxKind, permission_id: int = OWNER_PERMISSION
) -> Quorum:
    """Return who signs for an account with this permission, by default the owner's.

    Raises ``NoSuchPermission``, ``NotPermitted`` or ``NodeError``. Of the solid state: what a
    change that is not solid yet would allow may never come.
    """
    return quorum_within(await account_of(node, address), kind, permission_id)


def quorum_within(account: AccountState, kind: TxKind, permission_id: int) -> Quorum:
    """Return who signs for this account with this permission; raises as ``quorum_asked``."""
    permission = account.permission(permission_id)
    if permission is None:
        known = [0, *(one.id for one in account.active_permissions)]
        raise NoSuchPermission({"permission_id": [f"It has {known}."]})
    if not permission.allows(wire_of(kind).number):
        raise NotPermitted({"permission_id": [f"{permission.name} does not allow {kind}."]})
    return Quorum(permission.id, permission.threshold, dict(permission.keys))
