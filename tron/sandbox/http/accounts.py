"""Accounts and their resources."""

from typing import Any

from tron.address import InvalidAddress, address_parse, address_text
from tron.sandbox import parameters as p
from tron.sandbox.errors import BadRequest
from tron.sandbox.http.request import Request
from tron.sandbox.http.weights import permission_json
from tron.sandbox.json_in import hex_parse
from tron.sandbox.json_out import address_json
from tron.sandbox.node import Node, View
from tron.sandbox.resources import energy_limit, net_limit, stake_of, usage_left
from tron.sandbox.signatures import permissions_of
from tron.sandbox.state import Account

WINDOW_MS = 28_800_000  # java-tron's window of 28,800 slots, as getaccount shows it


def _present(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def account_show(node: Node, view: View, request: Request) -> Any:
    """``getaccount``: {} for an address that was never activated."""
    address = request.address("address")
    account = view.state.account(address)
    if account is None:
        return {}
    visible = request.visible
    owner, *actives = permissions_of(address, account)
    stake = stake_of(view.state, address)
    return {
        "address": address_json(address, visible),
        **_present(_money(account)),
        "net_window_size": WINDOW_MS,
        "net_window_optimized": True,
        "account_resource": _energy_json(account),
        "owner_permission": permission_json(owner, visible),
        "active_permission": [permission_json(active, visible) for active in actives],
        "frozenV2": [
            _present({"amount": stake.net_sun}),
            {"type": "ENERGY"} | _present({"amount": stake.energy_sun}),
            {"type": "TRON_POWER"},
        ],
    }


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


def _energy_json(account: Account) -> dict[str, Any]:
    usage = {
        "energy_usage": account.energy_used,
        "latest_consume_time_for_energy": account.energy_at_ms,
    }
    return _present(usage) | {"energy_window_size": WINDOW_MS, "energy_window_optimized": True}


def account_net(node: Node, view: View, request: Request) -> Any:
    """``getaccountnet``: bandwidth used and allowed now."""
    address = request.address("address")
    account = view.state.account(address)
    return {} if account is None else _present(_net_json(view, address, account))


def _net_json(view: View, address: bytes, account: Account) -> dict[str, Any]:
    now_ms = view.block.timestamp_ms
    return {
        "freeNetUsed": usage_left(account.free_net_used, account.free_net_at_ms, now_ms),
        "freeNetLimit": p.FREE_NET_LIMIT,
        "NetUsed": usage_left(account.net_used, account.net_at_ms, now_ms),
        "NetLimit": net_limit(view.state, address),
        "TotalNetLimit": p.TOTAL_NET_LIMIT,
        "TotalNetWeight": p.TOTAL_NET_WEIGHT_TRX,
    }


def account_resource(node: Node, view: View, request: Request) -> Any:
    """``getaccountresource``: bandwidth and energy used and allowed now."""
    address = request.address("address")
    account = view.state.account(address)
    if account is None:
        return {}
    now_ms = view.block.timestamp_ms
    energy = {
        "EnergyUsed": usage_left(account.energy_used, account.energy_at_ms, now_ms),
        "EnergyLimit": energy_limit(view.state, address),
        "TotalEnergyLimit": p.TOTAL_ENERGY_LIMIT,
        "TotalEnergyWeight": p.TOTAL_ENERGY_WEIGHT_TRX,
    }
    return _present(_net_json(view, address, account) | energy)


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
