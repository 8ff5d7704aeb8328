"""Stakes, delegations, votes and rewards, as nodes are asked for them."""

from typing import Any

from tron.address import InvalidAddress, address_parse
from tron.sandbox import parameters as p
from tron.sandbox.actuators.freeze import matured_sun, unfreezing_now
from tron.sandbox.actuators.votes import reward_of
from tron.sandbox.delegations import delegable_max_sun, delegation_of, givers_of, receivers_of
from tron.sandbox.errors import BadRequest
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import hex_parse
from tron.sandbox.json_out import address_json
from tron.sandbox.node import Node, View
from tron.sandbox.records import ENERGY, RESOURCES, Account, Pair, Stake


def present(fields: dict[str, Any]) -> dict[str, Any]:
    """Drop what protobuf would not write: zero, empty text, empty lists."""
    return {name: value for name, value in fields.items() if value}


def _kind(resource: int) -> dict[str, str]:
    """Bandwidth is the first of its enumeration and not written."""
    return {"type": RESOURCES[resource]} if resource else {}


def _gift_json(amount_sun: int) -> dict[str, Any]:
    return present({"frozen_balance": amount_sun})


def stake_json(stake: Stake, gift: Pair, visible: bool) -> dict[str, Any]:
    """Return the part of ``getaccount`` that tells of a stake; frozenV2 has three entries."""
    votes = [
        {"vote_address": address_json(witness, visible), "vote_count": count}
        for witness, count in stake.votes
    ]
    unfreezing = [
        _kind(item.resource)
        | {"unfreeze_amount": item.amount_sun, "unfreeze_expire_time": item.matures_at_ms}
        for item in stake.unfreezing
    ]
    frozen = [_kind(resource) | present({"amount": sun}) for resource, sun in enumerate(stake.own)]
    changing = {
        "frozen": [_gift_json(gift[0])] if gift[0] else [],
        "votes": votes,
        "allowance": stake.reward_sun,
        "latest_withdraw_time": stake.withdrawn_at_ms,
        "unfrozenV2": unfreezing,
        "delegated_frozenV2_balance_for_bandwidth": stake.lent[0],
        "acquired_delegated_frozenV2_balance_for_bandwidth": stake.borrowed[0],
    }
    return {"frozenV2": [*frozen, {"type": "TRON_POWER"}]} | present(changing)


def stake_energy_json(stake: Stake, gift: Pair) -> dict[str, Any]:
    """Return the part of ``account_resource`` that tells of stakes."""
    return present(
        {
            "frozen_balance_for_energy": _gift_json(gift[ENERGY]),
            "delegated_frozenV2_balance_for_energy": stake.lent[ENERGY],
            "acquired_delegated_frozenV2_balance_for_energy": stake.borrowed[ENERGY],
        }
    )


def delegated(node: Node, view: View, request: Request) -> Any:
    """``getdelegatedresourcev2``: one entry for what is free, one for what is locked."""
    giver, receiver = request.address("fromAddress"), request.address("toAddress")
    delegation = delegation_of(view.state, giver, receiver)
    ends = {
        "from": address_json(giver, request.visible),
        "to": address_json(receiver, request.visible),
    }
    entries = [
        ends | _amounts("frozen_balance_for", amounts) | until
        for amounts, until in (
            (delegation.free, {}),
            (delegation.locked, _amounts("expire_time_for", delegation.locked_until_ms)),
        )
        if any(amounts)
    ]
    return {"delegatedResource": entries} if entries else {}


def _amounts(name: str, pair: Pair) -> dict[str, Any]:
    return present({f"{name}_bandwidth": pair[0], f"{name}_energy": pair[ENERGY]})


def delegation_index(node: Node, view: View, request: Request) -> Any:
    """``getdelegatedresourceaccountindexv2``: who has delegated here, and to whom."""
    address, visible = request.address("value"), request.visible
    givers = [address_json(other, visible) for other in givers_of(view.state, address)]
    receivers = [address_json(other, visible) for other in receivers_of(view.state, address)]
    return {"account": address_json(address, visible)} | present(
        {"fromAccounts": givers, "toAccounts": receivers}
    )


def _account(view: View, request: Request) -> tuple[bytes, Account | None]:
    owner = request.address("owner_address")
    return owner, view.state.account(owner)


def delegable(node: Node, view: View, request: Request) -> Any:
    """``getcandelegatedmaxsize``: {} for less than 1 TRX."""
    owner, account = _account(view, request)
    resource = request.number("type")
    if account is None or resource not in range(len(RESOURCES)):
        return {}
    now_ms = view.block.timestamp_ms
    return present({"max_size": delegable_max_sun(view.state, owner, resource, now_ms)})


def unfreezes_left(node: Node, view: View, request: Request) -> Any:
    """``getavailableunfreezecount``: how many more amounts can be on their way out."""
    owner, account = _account(view, request)
    if account is None:
        return {}
    waiting = unfreezing_now(view.state.stake(owner), view.block.timestamp_ms)
    return present({"count": p.UNFREEZE_TIMES_MAX - len(waiting)})


def withdrawable(node: Node, view: View, request: Request) -> Any:
    """``getcanwithdrawunfreezeamount``: what has matured, now or at a time (ms)."""
    owner, _ = _account(view, request)
    at_ms = request.number("timestamp") or view.block.timestamp_ms
    return present({"amount": matured_sun(view.state.stake(owner), at_ms)})


def reward(node: Node, view: View, request: Request) -> Any:
    """``getReward``: in sun, earned and not withdrawn."""
    try:
        stake = view.state.stake(_address_any(request))
    except BadRequest as error:
        return _invalid(error)
    return {"reward": reward_of(view.state, stake, view.block.timestamp_ms)}


def brokerage(node: Node, view: View, request: Request) -> Any:
    """``getBrokerage``: what a witness keeps, in percent; the same for all."""
    try:
        _address_any(request)
    except BadRequest as error:
        return _invalid(error)
    return {"brokerage": p.BROKERAGE_PERCENT}


def _address_any(request: Request) -> bytes:
    """Return an address in hex or base58check; ``visible`` is not asked."""
    text = request.text("address")
    try:
        return address_parse(text) if text.startswith("T") else hex_parse(text)
    except InvalidAddress as error:
        raise BadRequest(f"{text} is no address") from error


def _invalid(error: BadRequest) -> dict[str, Any]:
    return {"Error": f"INVALID address, {error.text}"}
