"""The state of the chain: accounts and the storage of the token, in layers.

A layer records changes over a base that it does not touch. Executing a transaction on a layer and
dropping it costs nothing; merging it makes the changes part of the base.
"""

from collections.abc import Callable
from typing import Any

from tron.sandbox.records import ACCOUNT, STAKE, Account, Stake

_NOTHING_STAKED = Stake()


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

    def stake(self, address: bytes) -> Stake:
        """Return what the account of a 21-byte address has staked, lent and borrowed."""
        return self.get(STAKE + address, _NOTHING_STAKED)

    def stake_put(self, address: bytes, stake: Stake) -> None:
        """Set what the account of a 21-byte address has staked."""
        self.changes[STAKE + address] = stake


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
