"""Staking TRX and taking it out again, which takes two weeks of chain time.

Texts and order: java-tron ``FreezeBalanceV2Actuator``, ``UnfreezeBalanceV2Actuator``,
``WithdrawExpireUnfreezeActuator``, ``CancelAllUnfreezeV2Actuator``.
"""

from typing import Any

from tron.sandbox import parameters as p
from tron.sandbox.actuators.checks import Actuator, owner_required, require, resource_check
from tron.sandbox.actuators.votes import settled, votes_fit, votes_put
from tron.sandbox.receipts import Receipt
from tron.sandbox.records import ENERGY, NOTHING, Stake, Unfreezing, added
from tron.sandbox.resources import balance_add
from tron.sandbox.state import State


def matured_sun(stake: Stake, now_ms: int) -> int:
    """Return what can be withdrawn at a time."""
    return sum(item.amount_sun for item in stake.unfreezing if item.matures_at_ms <= now_ms)


def unfreezing_now(stake: Stake, now_ms: int) -> tuple[Unfreezing, ...]:
    """Return what is still on its way out."""
    return tuple(item for item in stake.unfreezing if item.matures_at_ms > now_ms)


def _freeze_check(state: State, payload: Any, now_ms: int) -> None:
    account = owner_required(state, payload)
    amount = payload.frozen_balance
    require(amount > 0, "frozenBalance must be positive")
    require(amount >= p.STAKE_MIN_SUN, "frozenBalance must be greater than or equal to 1 TRX")
    require(
        amount <= account.balance_sun,
        "frozenBalance must be less than or equal to accountBalance",
    )
    resource_check(payload.resource)


def _freeze(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner, amount = payload.owner_address, payload.frozen_balance
    stake = state.stake(owner)
    balance_add(state, owner, -amount)
    state.stake_put(owner, stake._replace(own=added(stake.own, payload.resource, amount)))


def _unfreeze_check(state: State, payload: Any, now_ms: int) -> None:
    owner_required(state, payload)
    resource_check(payload.resource)
    stake = state.stake(payload.owner_address)
    frozen_sun, amount = stake.own[payload.resource], payload.unfreeze_balance
    name = "Energy" if payload.resource == ENERGY else "BANDWIDTH"
    require(frozen_sun > 0, f"no frozenBalance({name})")
    require(0 < amount <= frozen_sun, f"Invalid unfreeze_balance, [{amount}] is error")
    require(
        len(unfreezing_now(stake, now_ms)) < p.UNFREEZE_TIMES_MAX,
        "Invalid unfreeze operation, unfreezing times is over limit",
    )


def _matured_pay(state: State, owner: bytes, receipt: Receipt, now_ms: int) -> Stake:
    """Pay out what has matured and return the stake without it."""
    stake = state.stake(owner)
    receipt.matured_sun = matured_sun(stake, now_ms)
    if receipt.matured_sun:
        balance_add(state, owner, receipt.matured_sun)
    return stake._replace(unfreezing=unfreezing_now(stake, now_ms))


def _unfreeze(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner, resource, amount = payload.owner_address, payload.resource, payload.unfreeze_balance
    stake = settled(state, _matured_pay(state, owner, receipt, now_ms), now_ms)
    leaving = Unfreezing(resource, amount, now_ms + p.UNFREEZE_DELAY_MS)
    stake = stake._replace(
        own=added(stake.own, resource, -amount), unfreezing=(*stake.unfreezing, leaving)
    )
    votes_put(state, owner, stake, votes_fit(stake))


def _withdraw_check(state: State, payload: Any, now_ms: int) -> None:
    owner_required(state, payload)
    stake = state.stake(payload.owner_address)
    require(matured_sun(stake, now_ms) > 0, "no unFreeze balance to withdraw ")


def _withdraw(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner = payload.owner_address
    state.stake_put(owner, _matured_pay(state, owner, receipt, now_ms))


def _cancel_check(state: State, payload: Any, now_ms: int) -> None:
    owner_required(state, payload)
    stake = state.stake(payload.owner_address)
    require(bool(stake.unfreezing), "No unfreezeV2 list to cancel")


def _cancel(state: State, payload: Any, receipt: Receipt, now_ms: int) -> None:
    owner = payload.owner_address
    stake = _matured_pay(state, owner, receipt, now_ms)
    own, again = stake.own, NOTHING
    for item in stake.unfreezing:
        own = added(own, item.resource, item.amount_sun)
        again = added(again, item.resource, item.amount_sun)
    receipt.staked_again_sun = again
    state.stake_put(owner, stake._replace(own=own, unfreezing=()))


FREEZE = Actuator(_freeze_check, _freeze)
UNFREEZE = Actuator(_unfreeze_check, _unfreeze)
WITHDRAW = Actuator(_withdraw_check, _withdraw)
CANCEL = Actuator(_cancel_check, _cancel)
