"""What one node makes of the chain: reading it from a control request, and telling it."""

from dataclasses import replace
from typing import Any

from tron.sandbox.chain import Chain
from tron.sandbox.http.control_input import ControlError, flag, known_only, whole
from tron.sandbox.look import OUTCOMES, Lies, Look
from tron.sandbox.node import Node

PEERS_MAX = 1_000
CLOCK_MS_MAX = 10**12
NAMES = ("lag", "frozen", "history", "lite", "peers", "clock_ms", "fork", "lies")


def look_read(params: dict[str, Any], look: Look, chain: Chain) -> Look:
    """Return a look changed as a request says; raises ``ControlError`` naming the field."""
    known_only(params, "node", *NAMES)
    return replace(
        look,
        lag=whole(params, "lag", least=0, default=look.lag),
        frozen=flag(params, "frozen", look.frozen),
        history=flag(params, "history", look.history),
        lite=flag(params, "lite", look.lite),
        peers=whole(params, "peers", least=0, most=PEERS_MAX, default=look.peers),
        clock_ms=whole(
            params, "clock_ms", least=-CLOCK_MS_MAX, most=CLOCK_MS_MAX, default=look.clock_ms
        ),
        fork=_fork(params, look, chain),
        lies=_lies(params, look, chain),
    )


def _fork(params: dict[str, Any], look: Look, chain: Chain) -> int:
    """Read ``true`` (the last block), ``false``, or a number of blocks."""
    value = params.get("fork", look.fork)
    if isinstance(value, bool):
        value = int(value)
    loose = chain.head.number - chain.solid.number
    if value == look.fork:
        return look.fork
    return whole({"fork": value}, "fork", least=0, most=loose)


def _lies(params: dict[str, Any], look: Look, chain: Chain) -> Lies:
    value = params.get("lies", look.lies)
    if isinstance(value, Lies):
        return value
    if not value and value in ({}, None, False):
        return Lies()
    if not isinstance(value, dict):
        raise ControlError("lies must be an object, {} for none")
    known_only(value, "solid_fork", "receipts")
    depth = look.lies.solid_fork
    if value.get("solid_fork") != depth:
        depth = whole(value, "solid_fork", least=0, most=chain.solid.number - 1, default=0)
    return Lies(depth, _receipts(value))


def _receipts(value: dict[str, Any]) -> dict[str, str]:
    receipts = value.get("receipts", {})
    if not isinstance(receipts, dict):
        raise ControlError('receipts must be an object of txids, or "*"')
    for outcome in receipts.values():
        if not isinstance(outcome, str) or outcome not in OUTCOMES:
            raise ControlError(f"receipts must be {' or '.join(OUTCOMES)}")
    return dict(receipts)


def node_json(node: Node) -> dict[str, Any]:
    """Tell what a node shows, and why."""
    line, look = node.line, node.look
    return {
        "head": {"number": line.head.number, "id": line.head.id.hex()},
        "solid": {"number": line.solid.number, "id": line.solid.id.hex()},
        "pool": len(node.pool.pending),
        "lag": look.lag,
        "frozen": look.frozen,
        "history": look.history,
        "lite": look.lite,
        "peers": look.peers,
        "clock_ms": look.clock_ms,
        "fork": look.fork,
        "lies": {"solid_fork": look.lies.solid_fork, "receipts": look.lies.receipts},
    }
