"""``/sandbox/…``: what a test does to the chain and no client of a real node can."""

from collections.abc import Callable
from typing import Any

from tron.sandbox import genesis
from tron.sandbox.chain import ReorganizationTooDeep
from tron.sandbox.errors import Refused
from tron.sandbox.faucet import Faucet
from tron.sandbox.http.control_input import ControlError, address, known_only, units, whole
from tron.sandbox.http.control_look import look_read, node_json
from tron.sandbox.http.control_token import (
    energy_changes,
    network_changes,
    pair_changes,
    resource_changes,
    token_changes,
)
from tron.sandbox.http.faults import FaultInvalid, Faults
from tron.sandbox.http.request import Request
from tron.sandbox.network import Network
from tron.sandbox.node import Node
from tron.sandbox.storage import Changes

BLOCKS_MAX = 100_000
MISSED_MAX = 100_000
BLOCK_MS_MAX = 3_600_000
INTERVAL_MS_MAX = 10**9
STEP_S_MAX = 10**9


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
            ("POST", "pair"): self.pair,
            ("POST", "energy"): self.energy,
            ("POST", "resources"): self.resources,
            ("POST", "network"): self.network,
            ("POST", "reorg"): self.reorg,
            ("POST", "node"): self.node,
            ("POST", "pool"): self.pool,
            ("POST", "faults"): self.fault_add,
            ("GET", "faults"): self.fault_list,
            ("POST", "faults/clear"): self.fault_clear,
            ("GET", "state"): self.state,
            ("GET", "transfers"): self.transfers,
        }

    def faucet(self, request: Request) -> dict[str, Any]:
        """Send TRX first, then USDT; amounts in whole coins."""
        recipient = address(request.params.get("address"))
        trx, usdt = units(request, "trx"), units(request, "usdt")
        if trx == usdt == 0:
            raise ControlError("trx or usdt must be more than 0")
        txids = []
        if trx:
            txids.append(self._faucet.trx_send(recipient, trx))
        if usdt:
            txids.append(self._faucet.usdt_send(recipient, usdt))
        return {"txids": txids}

    def mine(self, request: Request) -> dict[str, Any]:
        """Make blocks at once; the first takes what is pending."""
        params = request.params
        count = whole(params, "blocks", least=1, most=BLOCKS_MAX, default=1)
        missed = whole(params, "missed_slots", least=0, most=MISSED_MAX, default=0)
        interval_ms = None
        if "interval_ms" in params:
            interval_ms = whole(params, "interval_ms", least=1, most=INTERVAL_MS_MAX)
        with self._network.chain.storage.atomic():
            for number in range(count):
                self._network.mine(interval_ms, 0 if number else missed)
        return self.state(request)

    def step(self, request: Request) -> dict[str, Any]:
        """Let chain time jump forward; the next block shows it, and may be made at once."""
        params = request.params
        seconds = whole(params, "seconds", least=1, most=STEP_S_MAX)
        blocks = whole(params, "blocks", least=0, most=BLOCKS_MAX, default=0)
        clock = self._network.chain.clock
        clock.step(seconds * 1000)
        with self._network.chain.storage.atomic():
            for _ in range(blocks):
                self._network.mine(None if clock.automatic else 1)
        return self.state(request)

    def auto(self, request: Request) -> dict[str, Any]:
        """Change the block interval; 0 means blocks on demand."""
        block_ms = whole(request.params, "block_ms", least=0, most=BLOCK_MS_MAX)
        chain = self._network.chain
        chain.clock.switch(block_ms, chain.head.timestamp_ms)
        self._auto_changed()
        return self.state(request)

    def usdt(self, request: Request) -> dict[str, Any]:
        """Change the token as its owner could, from the next block on."""
        return self._changed(token_changes(request.params))

    def pair(self, request: Request) -> dict[str, Any]:
        """Change what the pair of WTRX and USDT holds, from the next block on."""
        return self._changed(pair_changes(request, self._network.chain.state))

    def energy(self, request: Request) -> dict[str, Any]:
        """Change what a transfer costs, from the next block on."""
        return self._changed(energy_changes(request.params, self._network.chain.state))

    def resources(self, request: Request) -> dict[str, Any]:
        """Set what an account's stake yields, from the next block on."""
        return self._changed(resource_changes(request.params, self._network.chain.state))

    def network(self, request: Request) -> dict[str, Any]:
        """Change what the network has staked, and what a vote earns."""
        chain = self._network.chain
        changes = network_changes(request.params, chain.state, chain.head.timestamp_ms)
        return self._changed(changes)

    def _changed(self, changes: Changes) -> dict[str, Any]:
        self._network.intervene(changes)
        return {"changed": len(changes)}

    def reorg(self, request: Request) -> dict[str, Any]:
        """Replace the last blocks; what they held is pending again, or lost."""
        params = request.params
        count = whole(params, "blocks", least=1, default=1)
        fate = params.get("transactions", "back")
        if fate not in ("back", "lost"):
            raise ControlError("transactions must be back or lost")
        try:
            displaced = self._network.reorganize(count, lost=fate == "lost")
        except ReorganizationTooDeep as error:
            raise ControlError(f"blocks: {error}") from error
        return {"displaced": [tx.txid.hex() for tx in displaced]}

    def node(self, request: Request) -> dict[str, Any]:
        """Change what one node makes of the chain."""
        node = self._node_of(request)
        node.show(look_read(request.params, node.look, self._network.chain))
        return node_json(node)

    def pool(self, request: Request) -> dict[str, Any]:
        """Let one node forget what it has pending."""
        node = self._node_of(request)
        known_only(request.params, "node")
        return {"forgotten": [tx.txid.hex() for tx in node.forget()]}

    def _node_of(self, request: Request) -> Node:
        name = request.params.get("node", next(iter(self._network.nodes)))
        if not isinstance(name, str) or name not in self._network.nodes:
            raise ControlError(f"node must be one of {', '.join(self._network.nodes)}")
        return self._network.nodes[name]

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
            number = whole(request.params, "id", least=1)
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
            "pair_contract": genesis.PAIR_CONTRACT,
            "faucet": genesis.faucet_text(),
            "block_ms": chain.clock.block_ms,
            "solid_lag": chain.solid_lag,
            "pool": len(next(iter(self._network.nodes.values())).pool.pending),
            "nodes": {name: node_json(node) for name, node in self._network.nodes.items()},
        }

    def transfers(self, request: Request) -> dict[str, Any]:
        """List the USDT transfers that were executed for a sender, oldest first."""
        rows = self._network.chain.storage.transfers(address(request.params.get("from")))
        return {
            "transfers": [
                {"txid": txid.hex(), "to": recipient, "amount": amount, "block": number}
                for txid, recipient, amount, number in rows
            ]
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
