"""How far the chain is, what it costs, and how its nodes are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q

from lucidpay.clock import utc_now
from tron.explorer.remember import MOMENT_S, PRICES_S, remembered
from tron.look import look_at_nodes
from tron.models import NodeState
from tron.networks import network
from tron.node import Node
from tron.node_health import LAG_BLOCKS_MAX
from tron.nodes_report import nodes_report
from tron.reads import chain_read
from tron.resources import prices_of
from tron.route import name_of

HEALTHY, DEGRADED = "healthy", "degraded"
# Longer than the pause between two looks of the workers: only where none runs, a caller looks.
LOOK_FRESH = timedelta(seconds=15)


@dataclass(frozen=True)
class Heads:
    """The newest block and the newest solid one, and when a node told them."""

    latest_number: int
    latest_ms: int
    solid_number: int
    solid_ms: int
    seen_ms: int

    @property
    def block_time_s(self) -> Decimal | None:
        """Return the seconds from block to block since the solid one, ``None`` of no blocks.

        Three on the public networks, and a little more where producers missed their turn.
        """
        blocks = self.latest_number - self.solid_number
        if blocks <= 0:
            return None
        return Decimal(round((self.latest_ms - self.solid_ms) / blocks)).scaleb(-3)


@dataclass(frozen=True)
class Terms:
    """What the network takes, and which software said so."""

    energy_sun: int
    bandwidth_sun: int  # a byte
    memo_sun: int
    node_version: str | None


def heads_now() -> Heads:
    """Return how far the chain is, as of a moment ago. Raises ``ChainAway``."""
    return remembered("", Heads, lambda: chain_read(_heads), lasts_s=lambda _: MOMENT_S)


async def _heads(node: Node) -> Heads:
    solid, latest = await node.solid(), await node.head()
    return Heads(
        latest_number=latest.number,
        latest_ms=latest.time_ms,
        solid_number=solid.number,
        solid_ms=solid.time_ms,
        seen_ms=int(utc_now().timestamp() * 1000),
    )


def terms_now() -> Terms:
    """Return what the network takes, as of a minute ago. Raises ``ChainAway``."""
    return remembered("", Terms, lambda: chain_read(_terms), lasts_s=lambda _: PRICES_S)


async def _terms(node: Node) -> Terms:
    prices = await prices_of(node)
    return Terms(prices.energy_sun, prices.bandwidth_sun, prices.memo_fee_sun, await node.version())


def nodes_now(now: datetime) -> list[dict[str, Any]]:
    """Return ``nodes_report``, after a look at all nodes when nobody has looked for a while."""
    names, since = [name_of(url) for url in network().nodes], now - LOOK_FRESH
    seen = Q(looked_at__gt=since) | Q(failures__gt=0, checked_at__gt=since)
    if NodeState.objects.filter(seen, name__in=names).count() < len(names):
        look_at_nodes()
    return nodes_report()


def status_of(heads: Heads, nodes: list[dict[str, Any]], lag_s: int) -> str:
    """Return ``healthy`` when blocks come, become solid, and no node is in trouble."""
    well = (
        all(node["status"] == HEALTHY for node in nodes),
        lag_s <= settings.TRON_HEAD_AGE_MAX_S,
        heads.latest_number - heads.solid_number <= LAG_BLOCKS_MAX,
    )
    return HEALTHY if all(well) else DEGRADED
