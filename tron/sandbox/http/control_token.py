"""Changing the token, the pair and the network by hand."""

from typing import Any

from tron.address import address_parse
from tron.sandbox.actuators.votes import rate_change
from tron.sandbox.genesis import key_of
from tron.sandbox.http.control_input import (
    UNITS,
    ControlError,
    address,
    flag,
    known_only,
    units,
    whole,
)
from tron.sandbox.http.request import Request
from tron.sandbox.resources import GIFT, WEIGHTS, gift_for, weights
from tron.sandbox.signatures import address_of_key
from tron.sandbox.state import State
from tron.sandbox.vm import pair, tether

RESOURCE_MAX = 10**12
ENERGY_MAX = 10**9
WEIGHT_MAX = 10**12
REWARD_MAX = 10**9
# Nothing is deployed there, so every call that is forwarded reverts.
SUCCESSOR = address_of_key(key_of("successor of the token").public_key)[1:].hex()


def token_changes(params: dict[str, Any]) -> dict[bytes, Any]:
    """Return what ``POST usdt`` changes; raises ``ControlError``."""
    known_only(
        params,
        "paused",
        "deprecated",
        "blacklist",
        "unblacklist",
        "basis_points_rate",
        "maximum_fee",
    )
    changes: dict[bytes, Any] = {}
    for name, value in (("blacklist", True), ("unblacklist", False)):
        for text in _list(params, name):
            changes[tether.BLACK + address_parse(address(text))[1:]] = value
    if "paused" in params:
        changes[tether.PAUSED] = flag(params, "paused")
    if "deprecated" in params:
        changes[tether.DEPRECATED] = SUCCESSOR if flag(params, "deprecated") else ""
    changes |= _fee_changes(params)
    return changes


def _list(params: dict[str, Any], name: str) -> list[Any]:
    value = params.get(name, [])
    if not isinstance(value, list):
        raise ControlError(f"{name} must be a list of addresses")
    return value


def _fee_changes(params: dict[str, Any]) -> dict[bytes, Any]:
    """Limits: TetherToken.setParams, a rate under 20 and a fee under 50 tokens."""
    changes: dict[bytes, Any] = {}
    for name, key, limit in (
        ("basis_points_rate", tether.RATE, 20),
        ("maximum_fee", tether.FEE_MAX, 50 * UNITS),
    ):
        if name not in params:
            continue
        changes[key] = whole(params, name, least=0, most=limit - 1)
    return changes


def pair_changes(request: Request, state: State) -> dict[bytes, Any]:
    """Return what ``POST pair`` changes; raises ``ControlError``."""
    params = request.params
    known_only(params, "trx", "usdt", "usdt_first")
    sun, micro, usdt_first = pair.reserves(state)
    sun = units(request, "trx") if "trx" in params else sun
    micro = units(request, "usdt") if "usdt" in params else micro
    return {pair.RESERVES: (sun, micro, flag(params, "usdt_first", usdt_first))}


def energy_changes(params: dict[str, Any], state: State) -> dict[bytes, Any]:
    """Return what ``POST energy`` changes; raises ``ControlError``."""
    known_only(params, "holder", "new_holder")
    holder = whole(
        params, "holder", least=1, most=ENERGY_MAX, default=tether.energy_to_holder(state)
    )
    new_holder = holder + tether.energy_of_slot(state)
    new_holder = whole(params, "new_holder", least=holder, most=ENERGY_MAX, default=new_holder)
    return {tether.TO_HOLDER: holder, tether.TO_NEW_HOLDER: new_holder}


def resource_changes(params: dict[str, Any], state: State) -> dict[bytes, Any]:
    """Return what ``POST resources`` changes; raises ``ControlError``."""
    owner = address(params.get("address"))
    known_only(params, "address", "energy", "bandwidth")
    energy = whole(params, "energy", least=0, most=RESOURCE_MAX, default=0)
    net = whole(params, "bandwidth", least=0, most=RESOURCE_MAX, default=0)
    return {GIFT + address_parse(owner): gift_for(state, net, energy)}


def network_changes(params: dict[str, Any], state: State, now_ms: int) -> dict[bytes, Any]:
    """Return what ``POST network`` changes; raises ``ControlError``."""
    known_only(params, "net_weight_trx", "energy_weight_trx", "reward_sun")
    net, energy = weights(state)
    changes: dict[bytes, Any] = {}
    if params.keys() & {"net_weight_trx", "energy_weight_trx"}:
        changes[WEIGHTS] = [
            whole(params, "net_weight_trx", least=1, most=WEIGHT_MAX, default=net),
            whole(params, "energy_weight_trx", least=1, most=WEIGHT_MAX, default=energy),
        ]
    if "reward_sun" in params:
        rate_sun = whole(params, "reward_sun", least=0, most=REWARD_MAX)
        changes |= rate_change(state, now_ms, rate_sun)
    return changes
