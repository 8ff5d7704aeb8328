"""``/sandbox/…``: what a test does to the chain and no client of a real node can."""

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from tron.address import InvalidAddress, address_parse
from tron.sandbox import genesis
from tron.sandbox.errors import Refused
from tron.sandbox.faucet import Faucet
from tron.sandbox.http.faults import FaultInvalid, Faults
from tron.sandbox.http.request import Request
from tron.sandbox.network import Network
from tron.sandbox.node import Node
from tron.sandbox.vm import tether

UNITS = 10**6  # sun a TRX, base units a USDT
BLOCKS_MAX = 100_000
AMOUNT_MAX = 50_000_000_000 * UNITS  # all there is


class ControlError(ValueError):
    """A control request that cannot be carried out."""


class Control:
    """The handlers; each takes a request and returns what is answered as JSON."""

    def __init__(self, network: Network, faults: Faults, auto_changed: Callable[[], None]) -> None:
        """``auto_changed`` is called when blocks begin or cease to come by themselves."""
        self._network = network
        self._faucet = Faucet(network)
        self._faults = faults
        self._auto_changed = auto_changed
        self.routes: dict[tuple[str, str], Callable[[Request], Any]] = {
            ("POST", "faucet"): self.faucet,
            ("POST", "mine"): self.mine,
            ("POST", "step"): self.step,
            ("POST", "auto"): self.auto,
            ("POST", "usdt"): self.usdt,
            ("POST", "faults"): self.fault_add,
            ("GET", "faults"): self.fault_list,
            ("POST", "faults/clear"): self.fault_clear,
            ("GET", "state"): self.state,
            ("GET", "transfers"): self.transfers,
        }

    def faucet(self, request: Request) -> dict[str, Any]:
        """Send TRX first, then USDT; amounts in whole coins."""
        address = _address(request.params.get("address"))
        trx, usdt = _units(request, "trx"), _units(request, "usdt")
        if trx == usdt == 0:
            raise ControlError("trx or usdt must be more than 0")
        txids = []
        if trx:
            txids.append(self._faucet.trx_send(address, trx))
        if usdt:
            txids.append(self._faucet.usdt_send(address, usdt))
        return {"txids": txids}

    def mine(self, request: Request) -> dict[str, Any]:
        """Make blocks at once; the first takes what is pending."""
        count = _whole(request, "blocks", default=1, least=1)
        if count > BLOCKS_MAX:
            raise ControlError(f"blocks must be at most {BLOCKS_MAX}")
        interval_ms = None
        if "interval_ms" in request.params:
            interval_ms = _whole(request, "interval_ms", default=0, least=1)
        for _ in range(count):
            self._network.mine(interval_ms)
        return self.state(request)

    def step(self, request: Request) -> dict[str, Any]:
        """Let chain time jump forward; the next block shows it."""
        self._network.chain.clock.step(_whole(request, "seconds", default=0, least=1) * 1000)
        return self.state(request)

    def auto(self, request: Request) -> dict[str, Any]:
        """Change the block interval; 0 means blocks on demand."""
        block_ms = _whole(request, "block_ms", default=-1, least=0)
        chain = self._network.chain
        chain.clock.switch(block_ms, chain.head.timestamp_ms)
        self._auto_changed()
        return self.state(request)

    def usdt(self, request: Request) -> dict[str, Any]:
        """Change the token as its owner could, from the next block on."""
        changes = _token_changes(request.params)
        self._network.chain.intervene(changes)
        self._network.refresh()
        return {"changed": len(changes)}

    def fault_add(self, request: Request) -> dict[str, Any]:
        """Let requests meet a fault from now on."""
        return {"id": self._faults.add(request.params).id}

    def fault_list(self, request: Request) -> dict[str, Any]:
        """List the faults and how often each was met, oldest first."""
        return {"faults": [rule.shown() for rule in self._faults]}

    def fault_clear(self, request: Request) -> dict[str, Any]:
        """Remove one fault, or all where no id is given."""
        number = request.params.get("id")
        if number is not None:
            number = _whole(request, "id", default=0, least=1)
        cleared = self._faults.clear(number)
        if number is not None and not cleared:
            raise ControlError(f"id names no fault: {number}")
        return {"cleared": cleared}

    def state(self, request: Request) -> dict[str, Any]:
        """Tell where the chain stands."""
        chain = self._network.chain
        return {
            "head": {"number": chain.head.number, "id": chain.head.id.hex()},
            "solid": {"number": chain.solid.number, "id": chain.solid.id.hex()},
            "head_time_ms": chain.head.timestamp_ms,
            "chain_time_ms": chain.clock.now_ms(chain.head.timestamp_ms),
            "genesis_id": genesis.GENESIS_ID,
            "usdt_contract": genesis.USDT_CONTRACT,
            "faucet": genesis.faucet_text(),
            "block_ms": chain.clock.block_ms,
            "solid_lag": chain.solid_lag,
            "pool": len(self._network.producer.pool.pending),
            "nodes": {name: _node_json(node) for name, node in self._network.nodes.items()},
        }

    def transfers(self, request: Request) -> dict[str, Any]:
        """List the USDT transfers that were executed for a sender, oldest first."""
        rows = self._network.chain.storage.transfers(_address(request.params.get("from")))
        return {
            "transfers": [
                {"txid": txid.hex(), "to": recipient, "amount": amount, "block": number}
                for txid, recipient, amount, number in rows
            ]
        }


def _node_json(node: Node) -> dict[str, Any]:
    """Tell what a node shows."""
    return {
        "head": {"number": node.chain.head.number, "id": node.chain.head.id.hex()},
        "solid": {"number": node.chain.solid.number, "id": node.chain.solid.id.hex()},
        "pool": len(node.pool.pending),
    }


def control_answer(control: Control, request: Request) -> tuple[int, dict[str, Any]]:
    """Return (HTTP status, answer) of a control request."""
    run = control.routes.get((request.method, request.path.removeprefix("/sandbox/")))
    if run is None:
        return 404, {"error": f"no such control: {request.method} {request.path}"}
    try:
        return 200, run(request)
    except (ControlError, FaultInvalid) as error:
        return 400, {"error": str(error)}
    except Refused as refusal:
        return 400, {"error": f"{refusal.code}: {refusal.text}"}


def _address(text: Any) -> str:
    try:
        address_parse(text)
    except InvalidAddress as error:
        raise ControlError(f"not an address: {text}") from error
    return str(text)


def _units(request: Request, name: str) -> int:
    """Return an amount in base units from whole coins, a number or a decimal text."""
    try:
        amount = Decimal(request.text(name, "0")) * UNITS
    except InvalidOperation as error:
        raise ControlError(f"{name} is not a number") from error
    if not amount.is_finite() or amount < 0 or amount != int(amount):
        raise ControlError(f"{name} must be 0 or more, with at most 6 decimals")
    if amount > AMOUNT_MAX:
        raise ControlError(f"{name} must be at most {AMOUNT_MAX // UNITS}")
    return int(amount)


def _whole(request: Request, name: str, *, default: int, least: int) -> int:
    value = request.params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ControlError(f"{name} must be a whole number of at least {least}")
    return value


def _token_changes(params: dict[str, Any]) -> dict[bytes, Any]:
    known = {"paused", "blacklist", "unblacklist", "basis_points_rate", "maximum_fee"}
    if not params or set(params) - known:
        raise ControlError(f"give one or more of {', '.join(sorted(known))}")
    changes: dict[bytes, Any] = {}
    for name, value in (("blacklist", True), ("unblacklist", False)):
        for text in _list(params, name):
            changes[tether.BLACK + address_parse(_address(text))[1:]] = value
    if "paused" in params:
        changes[tether.PAUSED] = bool(params["paused"])
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
        value = params[name]
        if not isinstance(value, int) or not 0 <= value < limit:
            raise ControlError(f"{name} must be a whole number from 0 to {limit - 1}")
        changes[key] = value
    return changes
