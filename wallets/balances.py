"""What an address holds after one solid block, as a node says."""

from dataclasses import dataclass

from tron.blocks import Block
from tron.networks import network
from tron.node import Node, open_node
from wallets.models import Asset

TRIES_MAX = 5


class NoSnapshot(RuntimeError):
    """The node's solid head moved while balances were read. It is tried again by itself."""


@dataclass(frozen=True)
class Balances:
    """Balances in base units that belong to one solid block, and the node that told them."""

    block: Block
    by_asset: dict[Asset, int]
    node: str


async def solid_balances(address: str) -> Balances:
    """Return what an address holds, all after the same solid block.

    A node does not say at which block it read a balance; the same solid head before and after,
    and the same answer twice in between, do. Raises ``NoSnapshot`` or ``NodeError``.
    """
    async with open_node() as node:
        for _ in range(TRIES_MAX):
            before = await node.solid()
            first, again = await _read(node, address), await _read(node, address)
            if first == again and (await node.solid()).block_id == before.block_id:
                return Balances(before, first, node.name)
    raise NoSnapshot


async def _read(node: Node, address: str) -> dict[Asset, int]:
    return {
        Asset.USDT: await node.token_balance(network().usdt_contract, address),
        Asset.TRX: await node.trx_balance_sun(address),
    }
