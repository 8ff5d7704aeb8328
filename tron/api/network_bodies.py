"""Network answers as they are rendered."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from lucidpay.clock import from_ms, iso
from lucidpay.money import tokens_of
from tron.explorer.block import BlockFacts
from tron.explorer.heads import HEALTHY, Heads, Terms, status_of
from tron.explorer.transaction import TransactionFacts
from tron.networks import network

NODE_FIELDS = (
    "url", "status", "latest_block", "solid_block", "lag_seconds", "latency_ms", "last_error",
)  # fmt: skip


def status_body(heads: Heads, nodes: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Return how the chain and its nodes are."""
    lag_s = max(0, int((now - from_ms(heads.latest_ms)).total_seconds()))
    return {
        "network": network().name,
        "status": status_of(heads, nodes, lag_s),
        "latest_block": heads.latest_number,
        "solid_block": heads.solid_number,
        "block_timestamp": iso(from_ms(heads.latest_ms)),
        "lag_seconds": lag_s,
        "nodes_total": len(nodes),
        "nodes_healthy": sum(node["status"] == HEALTHY for node in nodes),
        "last_updated": iso(from_ms(heads.seen_ms)),
    }


def info_body(heads: Heads, terms: Terms) -> dict[str, Any]:
    """Return which network this is and what it takes."""
    here = network()
    return {
        "network": here.name,
        "genesis_id": here.genesis_id,
        "block_time_seconds": heads.block_time_s,
        "energy_price_sun": terms.energy_sun,
        "bandwidth_price_sun": terms.bandwidth_sun,
        "memo_fee_sun": terms.memo_sun,
        "usdt_contract": here.usdt_contract,
        "node_version": terms.node_version,
        "latest_block": heads.latest_number,
        "solid_block": heads.solid_number,
    }


def nodes_body(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is told of each node."""
    return {"nodes": [{name: node[name] for name in NODE_FIELDS} for node in nodes]}


def block_body(block: BlockFacts) -> dict[str, Any]:
    """Return a block."""
    facts = asdict(block)
    time_ms = facts.pop("time_ms")
    return facts | {"timestamp": _time(time_ms), "transaction_count": len(block.txids)}


def transaction_body(found: TransactionFacts, latest_block: int) -> dict[str, Any]:
    """Return a transaction; its confirmations count up to the latest block."""
    facts = asdict(found)
    block_ms, units, fee_sun = (facts.pop(name) for name in ("block_ms", "units", "fee_sun"))
    return facts | {
        "block_timestamp": _time(block_ms),
        # The latest block may have been told a moment before this one was made.
        "confirmations": max(1, latest_block - found.block_number + 1) if found.block_number else 0,
        "amount": _tokens(units),
        "fee_trx": _tokens(fee_sun),
    }


def _time(time_ms: int | None) -> str | None:
    return None if time_ms is None else iso(from_ms(time_ms))


def _tokens(units: int | None) -> Any:
    return None if units is None else tokens_of(units)
