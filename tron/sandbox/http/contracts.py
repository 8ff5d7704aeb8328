"""The contracts: USDT's interface, calls that change nothing, calls to be signed."""

import hashlib
from dataclasses import dataclass
from typing import Any

from tron.sandbox.build import transaction_build
from tron.sandbox.genesis import FAUCET_ADDRESS, PAIR_ADDRESS, USDT_ADDRESS, WTRX_ADDRESS
from tron.sandbox.http.request import Request
from tron.sandbox.json_in import hex_parse, payload_of
from tron.sandbox.json_out import address_json, bytes_text, transaction_json
from tron.sandbox.node import Node, View
from tron.sandbox.receipts import REVERT_TEXT, Log, energy_penalty
from tron.sandbox.vm import abi, pair, tether
from tron.sandbox.vm.interface import interface

BYTECODE = b"LucidPay sandbox USDT"  # a stand-in: nothing here executes bytecode
READS = frozenset(map(abi.selector, tether.READS)) | pair.PAIR.keys() | pair.WTRX.keys()
RUNS = {
    USDT_ADDRESS: tether.call_run,
    PAIR_ADDRESS: pair.pair_run,
    WTRX_ADDRESS: pair.wtrx_run,
}


class CallRefused(Exception):
    """A call is not even tried; code and message of the answer's ``result``."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Simulation:
    """What a call on a scratch state came to."""

    energy: int
    penalty: int
    output: bytes
    reverted: bool
    logs: list[Log]


def contract_show(node: Node, view: View, request: Request) -> Any:
    """``getcontract``: {} for every address but USDT's."""
    if request.address("value") != USDT_ADDRESS:
        return {}
    return _contract_json(request.visible) | {"bytecode": BYTECODE.hex()}


def _contract_json(visible: bool) -> dict[str, Any]:
    return {
        "origin_address": address_json(FAUCET_ADDRESS, visible),
        "contract_address": address_json(USDT_ADDRESS, visible),
        "abi": {"entrys": interface()},
        "name": "TetherToken",
        "consume_user_resource_percent": 100,
        "origin_energy_limit": 1,
        "code_hash": hashlib.sha256(BYTECODE).hexdigest(),
    }


def contract_info(node: Node, view: View, request: Request) -> Any:
    """``getcontractinfo``: with the dynamic energy factor in 1/10000."""
    if request.address("value") != USDT_ADDRESS:
        return {}
    return {
        "runtimecode": BYTECODE.hex(),
        "smart_contract": _contract_json(request.visible),
        "contract_state": {"energy_factor": tether.energy_factor(view.state)},
    }


def _call_payload(request: Request) -> Any:
    """Return the TriggerSmartContract a request describes; raises ``CallRefused``."""
    for name in ("owner_address", "contract_address"):
        if not request.text(name):
            raise _invalid_parameter(f"{name} isn't set.")
    payload = payload_of("TriggerSmartContract", _call_fields(request), request.visible)
    if payload.contract_address not in RUNS:
        raise CallRefused("CONTRACT_VALIDATE_ERROR", "Smart contract is not exist.")
    return payload


def _call_fields(request: Request) -> dict[str, Any]:
    names = ("owner_address", "contract_address", "call_value", "call_token_value", "token_id")
    fields = {name: request.params[name] for name in names if name in request.params}
    signature = request.text("function_selector")
    if signature:
        arguments = hex_parse(request.text("parameter"))
        return fields | {"data": (abi.selector(signature) + arguments).hex()}
    return fields | {"data": request.text("data")}


def _invalid_parameter(text: str) -> CallRefused:
    java_class = "class java.security.InvalidParameterException"
    return CallRefused("OTHER_ERROR", f"{java_class} : {text}")


def _simulate(view: View, payload: Any) -> Simulation:
    contract = payload.contract_address
    call = tether.Call(view.state.child(), contract[1:], payload.owner_address[1:])
    output, reverted = b"", False
    try:
        if payload.call_value:
            raise tether.Reverted
        output = RUNS[contract](call, payload.data)
    except tether.Reverted:
        reverted, call.logs = True, []
    penalty = energy_penalty(call.energy, tether.energy_factor(view.state))
    return Simulation(call.energy, penalty, output, reverted, call.logs)


def _refusal_json(refusal: CallRefused, visible: bool) -> dict[str, Any]:
    message = bytes_text(refusal.text.encode(), visible)
    return {"result": {"code": refusal.code, "message": message}}


def call_constant(node: Node, view: View, request: Request) -> Any:
    """``triggerconstantcontract``: a revert still answers ``result.result`` true."""
    try:
        payload = _call_payload(request)
    except CallRefused as refusal:
        return _refusal_json(refusal, request.visible)
    return _constant_json(node, _simulate(view, payload), payload, request.visible)


def _constant_json(node: Node, done: Simulation, payload: Any, visible: bool) -> dict[str, Any]:
    message = transaction_build(node, "TriggerSmartContract", payload)
    transaction = {"ret": [{}], "visible": visible} | transaction_json(message, visible)
    answer: dict[str, Any] = {
        "result": {"result": True},
        "energy_used": done.energy,
        "energy_penalty": done.penalty,
        "constant_result": [done.output.hex()],
        "transaction": transaction,
    }
    if done.reverted:
        answer["result"]["message"] = bytes_text(REVERT_TEXT.encode(), visible)
        transaction["ret"] = [{"ret": "FAILED"}]
    if done.logs:
        answer["logs"] = [_log_json(log, visible) for log in done.logs]
    return answer


def _log_json(log: Log, visible: bool) -> dict[str, Any]:
    address = address_json(b"\x41" + log.address, True) if visible else log.address.hex()
    topics = [topic.hex() for topic in log.topics]
    return {"address": address, "topics": topics, "data": log.data.hex()}


def call_estimate(node: Node, view: View, request: Request) -> Any:
    """``estimateenergy``: a call that reverts has no ``energy_required``."""
    try:
        done = _simulate(view, _call_payload(request))
        if done.reverted:
            raise CallRefused("CONTRACT_EXE_ERROR", REVERT_TEXT)
    except CallRefused as refusal:
        return _refusal_json(refusal, request.visible)
    return {"result": {"result": True}, "energy_required": done.energy}


def call_build(node: Node, view: View, request: Request) -> Any:
    """``triggersmartcontract``: an unsigned call; a reading function is executed instead."""
    try:
        payload = _call_payload(request)
    except CallRefused as refusal:
        if refusal.code == "CONTRACT_VALIDATE_ERROR":
            refusal.text = "No contract or not a valid smart contract"
        return _refusal_json(refusal, request.visible)
    if payload.data[:4] in READS:
        return _constant_json(node, _simulate(view, payload), payload, request.visible)
    message = transaction_build(
        node,
        "TriggerSmartContract",
        payload,
        permission_id=request.permission_id,
        fee_limit_sun=request.number("fee_limit"),
    )
    transaction = {"visible": request.visible} | transaction_json(message, request.visible)
    return {"result": {"result": True}, "transaction": transaction}
