"""The USDT contract's ABI as ``getcontract`` shows it.

Names are capitalised as in java-tron's ``SmartContract.ABI.Entry``; tronpy needs
``stateMutability`` on every function.
"""

from typing import Any

from tron.sandbox.vm.tether import READS

_WRITES = {
    "transfer": (("_to", "address"), ("_value", "uint256")),
    "transferFrom": (("_from", "address"), ("_to", "address"), ("_value", "uint256")),
    "approve": (("_spender", "address"), ("_value", "uint256")),
}
_OUTPUTS = {
    "name": "string",
    "symbol": "string",
    "isBlackListed": "bool",
    "getBlackListStatus": "bool",
    "paused": "bool",
    "deprecated": "bool",
    "upgradedAddress": "address",
    "owner": "address",
}
_EVENTS = {
    "Transfer": (("from", "address", True), ("to", "address", True), ("value", "uint256", False)),
    "Approval": (
        ("owner", "address", True),
        ("spender", "address", True),
        ("value", "uint256", False),
    ),
}


def _read_entry(signature: str) -> dict[str, Any]:
    name, _, rest = signature.partition("(")
    kinds = rest.rstrip(")").split(",") if rest != ")" else []
    entry: dict[str, Any] = {
        "constant": True,
        "name": name,
        "type": "Function",
        "stateMutability": "View",
        "outputs": [{"type": _OUTPUTS.get(name, "uint256")}],
    }
    if kinds:
        entry["inputs"] = [{"name": f"_{i}", "type": kind} for i, kind in enumerate(kinds)]
    return entry


def _write_entry(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": "Function",
        "stateMutability": "Nonpayable",
        "inputs": [{"name": label, "type": kind} for label, kind in _WRITES[name]],
        "outputs": [{"type": "bool"}],
    }


def _event_entry(name: str) -> dict[str, Any]:
    inputs = [
        {"indexed": True, "name": label, "type": kind} if indexed else {"name": label, "type": kind}
        for label, kind, indexed in _EVENTS[name]
    ]
    return {"name": name, "type": "Event", "inputs": inputs}


def interface() -> list[dict[str, Any]]:
    """Return the entries of the ABI: writes, reads, events."""
    return [
        *(_write_entry(name) for name in _WRITES),
        *(_read_entry(signature) for signature in READS),
        *(_event_entry(name) for name in _EVENTS),
    ]
