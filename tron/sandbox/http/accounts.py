"""Accounts and their resources."""

from typing import Any

from tron.address import InvalidAddress, address_parse, address_text
from tron.sandbox import parameters as p
from tron.sandbox.errors import BadRequest
from tron.sandbox.genesis import WITNESSES
from tron.sandbox.http.request import Request
from tron.sandbox.http.staking import present, stake_energy_json, stake_json
from tron.sandbox.http.weights import permission_json
from tron.sandbox.json_in import hex_parse
from tron.sandbox.json_out import address_json
from tron.sandbox.node import Node, View
from tron.sandbox.records import BANDWIDTH, ENERGY, Account, Pair, Stake
from tron.sandbox.resources import LIMITS, gift_of, limit, usage_left, usage_of, weights
from tron.sandbox.signatures import permissions_of

WINDOW_UNIT_MS = 3  # java-tron writes windows in thousandths of a slot


def account_show(node: Node, view: View, request: Request) -> Any:
    """``getaccount``: {} for an address that was never activated."""
    return account_json(view, request.address("address"), request.visible)


def account_json(view: View, address: bytes, visible: bool) -> dict[str, Any]:
    """Return an account, {} where there is none."""
    account = view.state.account(address)
    if account is None:
        return {}
    stake, gift = view.state.stake(address), gift_of(view.state, address)
    return {
        "address": address_json(address, visible),
        **present(_money(account)),
        "net_window_size": account.net_window_ms // WINDOW_UNIT_MS,
        "net_window_optimized": True,
        "account_resource": _energy_json(account, stake, gift),
        **_permissions_json(address, account, visible),
        **stake_json(stake, gift, visible),
    }


def _permissions_json(address: bytes, account: Account, visible: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"is_witness": True} if address in WITNESSES else {}
    for permission in permissions_of(address, account):
        written = permission_json(permission, visible)
        if permission.id > 1:
            shown.setdefault("active_permission", []).append(written)
        else:
            shown["witness_permission" if permission.id else "owner_permission"] = written
    return shown


def _money(account: Account) -> dict[str, Any]:
    return {
        "balance": account.balance_sun,
        "create_time": account.created_at_ms,
        "latest_opration_time": account.operated_at_ms,
        "type": "Contract" if account.is_contract else "",
        "net_usage": account.net_used,
        "latest_consume_time": account.net_at_ms,
        "free_net_usage": account.free_net_used,
        "latest_consume_free_time": account.free_net_at_ms,
    }


def _energy_json(account: Account, stake: Stake, gift: Pair) -> dict[str, Any]:
    usage = {
        "energy_usage": account.energy_used,
        "latest_consume_time_for_energy": account.energy_at_ms,
    }
    window = {
        "energy_window_size": account.energy_window_ms // WINDOW_UNIT_MS,
        "energy_window_optimized": True,
    }
    return present(usage) | window | stake_energy_json(stake, gift)


def account_net(node: Node, view: View, request: Request) -> Any:
    """``getaccountnet``: bandwidth used and allowed now."""
    address = request.address("address")
    account = view.state.account(address)
    return {} if account is None else present(_net_json(view, address, account))


def _net_json(view: View, address: bytes, account: Account) -> dict[str, Any]:
    now_ms = view.block.timestamp_ms
    return {
        "freeNetUsed": usage_left(account.free_net_used, account.free_net_at_ms, now_ms),
        "freeNetLimit": p.FREE_NET_LIMIT,
        "NetUsed": usage_of(account, BANDWIDTH).left(now_ms),
        "NetLimit": limit(view.state, address, BANDWIDTH),
        "TotalNetLimit": LIMITS[BANDWIDTH],
        "TotalNetWeight": weights(view.state)[BANDWIDTH],
    }


def account_resource(node: Node, view: View, request: Request) -> Any:
    """``getaccountresource``: bandwidth and energy used and allowed now."""
    address = request.address("address")
    account = view.state.account(address)
    if account is None:
        return {}
    stake = view.state.stake(address)
    staked = {
        "tronPowerUsed": stake.votes_count,
        "tronPowerLimit": stake.power_sun // 10**6,
        "EnergyUsed": usage_of(account, ENERGY).left(view.block.timestamp_ms),
        "EnergyLimit": limit(view.state, address, ENERGY),
        "TotalEnergyLimit": LIMITS[ENERGY],
        "TotalEnergyWeight": weights(view.state)[ENERGY],
    }
    return present(_net_json(view, address, account) | staked)


def address_validate(node: Node, view: View, request: Request) -> Any:
    """``validateaddress``: java-tron ``ValidateAddressServlet``."""
    text = request.text("address")
    try:
        if len(text) == 42:
            address_text(hex_parse(text))
            return {"result": True, "message": "Hex string format"}
        if len(text) == 34:
            address_parse(text)
            return {"result": True, "message": "Base58check format"}
    except (InvalidAddress, BadRequest):
        return {"result": False, "message": "Invalid address"}
    return {"result": False, "message": "Length error"}
