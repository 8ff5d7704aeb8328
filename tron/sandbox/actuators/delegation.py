"""Lending staked resources to other accounts, and taking them back.

Texts and order: java-tron ``DelegateResourceActuator``, ``UnDelegateResourceActuator``.
"""

from typing import Any

from tron.sandbox import parameters as p
from tron.sandbox.actuators.checks import (
    Actuator,
    account_required,
    address_valid,
    owner_required,
    require,
    resource_check,
)
from tron.sandbox.delegations import (
    delegable_sun,
    delegation_of,
    delegation_put,
    unlocked,
)
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import ENERGY, RESOURCES, Account, Delegation, added
from tron.sandbox.resources import LIMITS, staked_sun, usage_of, usage_put, weights
from tron.sandbox.state import State


def _receiver_check(payload: Any) -> None:
    owner, receiver = payload.owner_address, payload.receiver_address
    require(address_valid(receiver), "Invalid receiverAddress")
    require(receiver != owner, "receiverAddress must not be the same as ownerAddress")


def _delegate_check(state: State, payload: Any, now_ms: int) -> None:
    owner_required(state, payload)
    owner, resource = payload.owner_address, payload.resource
    require(
        payload.balance >= p.STAKE_MIN_SUN,
        "delegateBalance must be greater than or equal to 1 TRX",
    )
    resource_check(resource)
    name = "FreezeEnergyV2" if resource == ENERGY else "FreezeBandwidthV2"
    require(
        payload.balance <= delegable_sun(state, owner, resource, now_ms),
        f"delegateBalance must be less than or equal to available {name} balance",
    )
    _receiver_check(payload)
    receiver = account_required(state, payload.receiver_address)
    if payload.lock:
        _lock_check(delegation_of(state, owner, payload.receiver_address), payload, now_ms)
    require(not receiver.is_contract, "Do not allow delegate resources to contract addresses")


def _lock_check(delegation: Delegation, payload: Any, now_ms: int) -> None:
    require(
        0 <= payload.lock_period <= p.DELEGATE_LOCK_BLOCKS_MAX,
        "The lock period of delegate resource cannot be less than 0 and cannot exceed "
        f"{p.DELEGATE_LOCK_BLOCKS_MAX}!",
    )
    name = RESOURCES[payload.resource]
    remaining_ms = delegation.locked_until_ms[payload.resource] - now_ms
    require(
        _lock_ms(payload) >= remaining_ms,
        f"The lock period for {name} this time cannot be less than the remaining "
        f"time[{remaining_ms}ms] of the last lock period for {name}!",
    )


def _lock_ms(payload: Any) -> int:
    """A lock is told in blocks; 0 stands for three days."""
    return (payload.lock_period or p.DELEGATE_LOCK_BLOCKS) * p.SLOT_MS


def _delegate(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner, receiver, resource = payload.owner_address, payload.receiver_address, payload.resource
    delegation = unlocked(delegation_of(state, owner, receiver), now_ms)
    if payload.lock:
        until = list(delegation.locked_until_ms)
        until[resource] = now_ms + _lock_ms(payload)
        delegation = delegation._replace(
            locked=added(delegation.locked, resource, payload.balance),
            locked_until_ms=(until[0], until[1]),
        )
    else:
        delegation = delegation._replace(free=added(delegation.free, resource, payload.balance))
    delegation_put(state, owner, receiver, delegation)
    _lend(state, owner, receiver, resource, payload.balance)


def _lend(state: State, owner: bytes, receiver: bytes, resource: int, amount_sun: int) -> None:
    """Move a stake to a receiver, or back where the amount is negative."""
    giving = state.stake(owner)
    giving = giving._replace(
        own=added(giving.own, resource, -amount_sun), lent=added(giving.lent, resource, amount_sun)
    )
    state.stake_put(owner, giving)
    taking = state.stake(receiver)
    borrowed = added(taking.borrowed, resource, amount_sun)
    state.stake_put(receiver, taking._replace(borrowed=borrowed))


def _undelegate_check(state: State, payload: Any, now_ms: int) -> None:
    owner_required(state, payload)
    _receiver_check(payload)
    delegation = delegation_of(state, payload.owner_address, payload.receiver_address)
    there = any(delegation.free) or any(delegation.locked)
    require(there, "delegated Resource does not exist")
    require(payload.balance > 0, "unDelegateBalance must be more than 0 TRX")
    resource_check(payload.resource)
    free_sun = unlocked(delegation, now_ms).free[payload.resource]
    energy = payload.resource == ENERGY
    name = "delegateFrozenBalance(Energy)" if energy else "delegatedFrozenBalance(BANDWIDTH)"
    require(
        free_sun >= payload.balance,
        f"insufficient {name}, request={payload.balance}, unlock_balance={free_sun}",
    )


def _undelegate(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner, receiver, resource = payload.owner_address, payload.receiver_address, payload.resource
    _usage_return(state, payload, now_ms)
    delegation = unlocked(delegation_of(state, owner, receiver), now_ms)
    delegation = delegation._replace(free=added(delegation.free, resource, -payload.balance))
    delegation_put(state, owner, receiver, delegation)
    _lend(state, owner, receiver, resource, -payload.balance)


def _usage_return(state: State, payload: Any, now_ms: int) -> None:
    """Move the part of the receiver's usage back that the stake taken back stands for."""
    owner, receiver, resource = payload.owner_address, payload.receiver_address, payload.resource
    borrower, lender = state.account(receiver) or Account(), state.account(owner) or Account()
    all_sun = staked_sun(state, receiver, resource)
    usage = usage_of(borrower, resource).more(0, now_ms)
    most = payload.balance * LIMITS[resource] // (weights(state)[resource] * 10**6)
    moved = min(most, usage.used * payload.balance // all_sun)
    remaining = usage._replace(used=usage.used - moved)
    state.account_put(receiver, usage_put(borrower, resource, remaining))
    if moved:
        returned = usage_of(lender, resource).more(moved, now_ms, usage.window_ms)
        state.account_put(owner, usage_put(lender, resource, returned))


DELEGATE = Actuator(_delegate_check, _delegate)
UNDELEGATE = Actuator(_undelegate_check, _undelegate)
