"""The state of the chain: accounts and the storage of the token, in layers.

A layer records changes over a base that it does not touch. Executing a transaction on a layer and
dropping it costs nothing; merging it makes the changes part of the base.
Values are immutable, so that layers can share them.
"""

import json
from collections.abc import Callable
from typing import Any, NamedTuple

ACCOUNT = b"a"


class Permission(NamedTuple):
    """Who may sign: distinct keys whose weights must reach the threshold."""

    id: int  # 0 owner, 1 witness, 2… active
    name: str
    threshold: int
    operations: bytes  # 32 bytes, bit i allows contract type i; empty for the owner
    keys: tuple[tuple[bytes, int], ...]  # (21-byte address, weight)


class Account(NamedTuple):
    """One account. ``…_at_ms`` say when the usage beside them was true; usage fades in a day."""

    balance_sun: int = 0
    created_at_ms: int = 0
    operated_at_ms: int = 0
    is_contract: bool = False
    free_net_used: int = 0
    free_net_at_ms: int = 0
    net_used: int = 0
    net_at_ms: int = 0
    energy_used: int = 0
    energy_at_ms: int = 0
    permissions: tuple[Permission, ...] = ()  # empty: the default, one key


class State:
    """A layer of changes over another state, or over nothing."""

    __slots__ = ("base", "changes")

    def __init__(self, base: "State | None" = None) -> None:
        self.base = base
        self.changes: dict[bytes, Any] = {}

    def get(self, key: bytes, default: Any = None) -> Any:
        """Return the newest value under a key, or the default where no layer knows it."""
        if key in self.changes:
            return self.changes[key]
        return default if self.base is None else self.base.get(key, default)

    def put(self, key: bytes, value: Any) -> None:
        """Set a value in this layer only."""
        self.changes[key] = value

    def child(self) -> "State":
        """Return an empty layer over this one."""
        return State(self)

    def merge(self) -> None:
        """Move the changes of this layer into its base."""
        if self.base is None:
            raise ValueError("the lowest layer has nothing to merge into")
        self.base.changes.update(self.changes)
        self.changes = {}

    def account(self, address: bytes) -> Account | None:
        """Return the account of a 21-byte address, or None where none was ever activated."""
        return self.get(ACCOUNT + address)

    def account_put(self, address: bytes, account: Account) -> None:
        """Set the account of a 21-byte address."""
        self.changes[ACCOUNT + address] = account


class StateAt(State):
    """The state as of a block of the past, read as it is asked for."""

    __slots__ = ("_read",)

    def __init__(self, read: Callable[[bytes, Any], Any]) -> None:
        """``read`` takes a key and a default, and returns the value as of that block."""
        super().__init__()
        self._read = read

    def get(self, key: bytes, default: Any = None) -> Any:
        """Return the value of a key, or the default where there was none."""
        if key not in self.changes:
            value = self._read(key, default)
            if value is default:
                return default
            self.changes[key] = value
        return self.changes[key]


def value_dump(value: Any) -> str:
    """Return a value of the state as text that ``value_load`` reads back."""
    if isinstance(value, Account):
        permissions = [
            [p.id, p.name, p.threshold, p.operations.hex(), [[k.hex(), w] for k, w in p.keys]]
            for p in value.permissions
        ]
        return json.dumps([*value[:-1], permissions])
    return json.dumps(value)


def value_load(key: bytes, text: str) -> Any:
    """Return the value that ``value_dump`` wrote for this key."""
    value = json.loads(text)
    if not key.startswith(ACCOUNT):
        return value
    permissions = tuple(
        Permission(
            id=number,
            name=name,
            threshold=threshold,
            operations=bytes.fromhex(operations),
            keys=tuple((bytes.fromhex(address), weight) for address, weight in keys),
        )
        for number, name, threshold, operations, keys in value[-1]
    )
    return Account._make([*value[:-1], permissions])
