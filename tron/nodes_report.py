"""How the nodes are, for health, metrics and people; told from what is known, no node is asked."""

from collections import Counter
from datetime import datetime
from typing import Any

from lucidpay.clock import from_ms, iso, utc_now
from tron.models import NodeAnswer, NodeState
from tron.networks import network
from tron.node_health import illness, is_foreign, pause_left_s
from tron.route import name_of, public_url

ANSWERS = 1000  # so many are looked at


def nodes_report() -> list[dict[str, Any]]:
    """Return what is known of each configured node, in that order; no node is asked.

    ``status`` is ``healthy``, ``lagging`` (its blocks are old), ``alone`` (without peers),
    ``throttled``, ``down``, ``wrong_network`` or ``unknown`` (never looked at).
    """
    now = utc_now()
    urls = network().nodes
    found = NodeState.objects.in_bulk([name_of(url) for url in urls])
    return [_report(url, found.get(name_of(url)), now) for url in urls]


def answers_by_code() -> dict[str, int]:
    """Return how often each code stands in the last ``ANSWERS`` answers to sent transactions."""
    newest = NodeAnswer.objects.order_by("-pk").values_list("code", flat=True)[:ANSWERS]
    return dict(sorted(Counter(newest).items()))


def _report(url: str, state: NodeState | None, now: datetime) -> dict[str, Any]:
    state = state or NodeState(name=name_of(url))
    return {
        "name": state.name,
        "url": public_url(url),
        "status": node_status(state, now),
        "latest_block": state.head_number,
        "solid_block": state.solid_number,
        "lag_seconds": _age_s(state.head_time_ms, now),
        "peers": state.peers,
        "latency_ms": state.latency_ms,
        "failures": state.failures,
        "last_error": state.last_error or None,
        "throttled_until": _time(state.throttled_until)
        if pause_left_s(state.throttled_until)
        else None,
        "answered_at": _time(state.answered_at),
    }


def _time(at: datetime | None) -> str | None:
    return iso(at) if at else None


def _age_s(time_ms: int | None, now: datetime) -> int | None:
    return None if time_ms is None else max(0, int((now - from_ms(time_ms)).total_seconds()))


def node_status(state: NodeState, now: datetime) -> str:
    """Return how a node is, in one word of ``nodes_report``."""
    if is_foreign(state):
        return "wrong_network"
    if pause_left_s(state.throttled_until):
        return "throttled"
    if state.answered_at is None and not state.failures:
        return "unknown"
    return illness(state, now) or "healthy"
