"""Who has delegated what to whom; what of a stake can be delegated."""

from typing import Any

from tron.sandbox import parameters as p
from tron.sandbox.proto import CONTRACT_CLASSES
from tron.sandbox.records import BANDWIDTH, Account, Delegation, added
from tron.sandbox.resources import stake_used_sun, staked_sun, usage_of
from tron.sandbox.state import State

DELEGATION = b"d"  # by giver and receiver
RECEIVERS = b"i"  # of a giver, and
GIVERS = b"j"  # of a receiver: hex addresses, in the order in which it began
_COST_BYTES = 275  # java-tron TransactionUtil.DELEGATE_COST_BASE_SIZE


def delegation_of(state: State, giver: bytes, receiver: bytes) -> Delegation:
    """Return what one account has delegated to another."""
    return Delegation(*map(tuple, state.get(DELEGATION + giver + receiver, ())))


def delegation_put(state: State, giver: bytes, receiver: bytes, delegation: Delegation) -> None:
    """Set it, and keep account of who has delegated to whom."""
    state.put(DELEGATION + giver + receiver, delegation)
    there = any(delegation.free) or any(delegation.locked)
    _index_put(state, RECEIVERS + giver, receiver, there)
    _index_put(state, GIVERS + receiver, giver, there)


def _index_put(state: State, key: bytes, address: bytes, there: bool) -> None:
    listed, name = state.get(key, []), address.hex()
    if there and name not in listed:
        state.put(key, [*listed, name])
    elif not there:
        state.put(key, [other for other in listed if other != name])


def receivers_of(state: State, giver: bytes) -> list[bytes]:
    """Return to whom an account has delegated, the oldest first."""
    return [bytes.fromhex(name) for name in state.get(RECEIVERS + giver, [])]


def givers_of(state: State, receiver: bytes) -> list[bytes]:
    """Return who has delegated to an account, the oldest first."""
    return [bytes.fromhex(name) for name in state.get(GIVERS + receiver, [])]


def unlocked(delegation: Delegation, now_ms: int) -> Delegation:
    """Return the delegation with the locks undone whose time is over."""
    free, locked, until = delegation
    for resource, until_ms in enumerate(until):
        if until_ms < now_ms:
            free = added(free, resource, locked[resource])
            locked = added(locked, resource, -locked[resource])
            until = added(until, resource, -until_ms)
    return Delegation(free, locked, until)


def delegable_sun(state: State, owner: bytes, resource: int, now_ms: int, to_come: int = 0) -> int:
    """Return what of a stake can be delegated: what is used up stays until it has come back.

    What others delegated counts as used first. ``to_come`` is use that is expected, in bytes.
    """
    own_sun = state.stake(owner).own[resource]
    used = usage_of(state.account(owner) or Account(), resource).left(now_ms) + to_come
    others_sun = staked_sun(state, owner, resource) - own_sun
    used_sun = max(0, stake_used_sun(state, resource, used) - others_sun)
    return max(0, own_sun - used_sun)


def delegable_max_sun(state: State, owner: bytes, resource: int, now_ms: int) -> int:
    """Return what ``getcandelegatedmaxsize`` answers: with the delegation's own bytes used up."""
    own_sun = state.stake(owner).own[resource]
    to_come = cost_bytes(own_sun) if resource == BANDWIDTH else 0
    most_sun = delegable_sun(state, owner, resource, now_ms, to_come)
    return most_sun if most_sun >= p.STAKE_MIN_SUN else 0


def cost_bytes(own_sun: int) -> int:
    """Return how many bytes a delegation is thought to take.

    Source: java-tron ``TransactionUtil.estimateConsumeBandWidthSize``.
    """
    message: Any = CONTRACT_CLASSES["DelegateResourceContract"]
    largest = message(lock=True, lock_period=p.DELEGATE_LOCK_BLOCKS_MAX, balance=own_sun)
    smallest = message(balance=p.STAKE_MIN_SUN)
    return _COST_BYTES + max(0, largest.ByteSize() - smallest.ByteSize())
