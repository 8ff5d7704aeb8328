"""What the state holds under its keys: accounts, stakes, delegations; and how they are written.

Values are immutable, so that layers of the state can share them. Pairs are indexed by resource:
``BANDWIDTH`` or ``ENERGY``.
"""

import json
from typing import Any, NamedTuple

ACCOUNT = b"a"
STAKE = b"k"
BANDWIDTH, ENERGY = 0, 1
RESOURCES = ("BANDWIDTH", "ENERGY")
DAY_MS = 86_400_000

Pair = tuple[int, int]
NOTHING: Pair = (0, 0)


def added(pair: Pair, resource: int, amount: int) -> Pair:
    """Return a pair with an amount more of one resource."""
    net, energy = pair
    return (net, energy + amount) if resource == ENERGY else (net + amount, energy)


class Permission(NamedTuple):
    """Who may sign: distinct keys whose weights must reach the threshold."""

    id: int  # 0 owner, 1 witness, 2… active
    name: str
    threshold: int
    operations: bytes  # 32 bytes, bit i allows contract type i; empty for the owner
    keys: tuple[tuple[bytes, int], ...]  # (21-byte address, weight)


class Account(NamedTuple):
    """One account. ``…_at_ms`` say when the usage beside them was true.

    Free bandwidth comes back within a day, staked resources within their window.
    """

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
    net_window_ms: int = DAY_MS
    energy_window_ms: int = DAY_MS
    permissions: tuple[Permission, ...] = ()  # empty: the default, one key


class Unfreezing(NamedTuple):
    """An amount on its way out of a stake, and when it can be withdrawn."""

    resource: int
    amount_sun: int
    matures_at_ms: int


class Stake(NamedTuple):
    """All that an account has staked, lent, borrowed and voted for; amounts in sun."""

    own: Pair = NOTHING  # staked and not delegated
    lent: Pair = NOTHING  # staked and delegated to others
    borrowed: Pair = NOTHING  # delegated by others
    unfreezing: tuple[Unfreezing, ...] = ()
    votes: tuple[tuple[bytes, int], ...] = ()  # (21-byte address of a witness, count)
    vote_index_sun: int = 0  # what a vote had earned, since the beginning, when it was paid last
    reward_sun: int = 0  # earned and not withdrawn
    withdrawn_at_ms: int = 0

    @property
    def power_sun(self) -> int:
        """What votes are counted against: all that is staked, delegated or not."""
        return sum(self.own) + sum(self.lent)

    @property
    def votes_count(self) -> int:
        """All votes cast."""
        return sum(count for _, count in self.votes)


class Delegation(NamedTuple):
    """What one account has delegated to another: freely, and locked until a time (chain ms)."""

    free: Pair = NOTHING
    locked: Pair = NOTHING
    locked_until_ms: Pair = NOTHING


def value_dump(value: Any) -> str:
    """Return a value of the state as text that ``value_load`` reads back."""
    if isinstance(value, Account):
        permissions = [
            [p.id, p.name, p.threshold, p.operations.hex(), [[k.hex(), w] for k, w in p.keys]]
            for p in value.permissions
        ]
        return json.dumps([*value[:-1], permissions])
    if isinstance(value, Stake):
        votes = [[witness.hex(), count] for witness, count in value.votes]
        return json.dumps(value._replace(votes=votes))  # type: ignore[arg-type]
    return json.dumps(value)


def value_load(key: bytes, text: str) -> Any:
    """Return the value that ``value_dump`` wrote for this key; lists come back for tuples."""
    value = json.loads(text)
    if key.startswith(ACCOUNT):
        return _account_load(value)
    return _stake_load(value) if key.startswith(STAKE) else value


def _account_load(value: list[Any]) -> Account:
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


def _stake_load(value: list[Any]) -> Stake:
    own, lent, borrowed, unfreezing, votes, *rest = value
    return Stake(
        tuple(own),
        tuple(lent),
        tuple(borrowed),
        tuple(Unfreezing(*item) for item in unfreezing),
        tuple((bytes.fromhex(witness), count) for witness, count in votes),
        *rest,
    )
