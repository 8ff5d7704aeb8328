"""What an address holds after one solid block, as a node says."""

from dataclasses import dataclass

from tron.blocks import Block
from tron.networks import network
from tron.node import Node, open_node
from tron.snapshot import NoSnapshot as NoSnapshot
from tron.snapshot import at_one_block
from wallets.models import Asset


@dataclass(frozen=True)
class Balances:
    """Balances in base units that belong to one solid block, and the node that told them."""

    block: Block
    by_asset: dict[Asset, int]
    node: str


async def solid_balances(address: str) -> Balances:
    """Return what an address holds, all after the same solid block.

    Raises ``NoSnapshot`` or ``NodeError``.
    """
    async with open_node() as node:
        block, by_asset = await at_one_block(node, lambda: _read(node, address))
        return Balances(block, by_asset, node.name)


async def _read(node: Node, address: str) -> dict[Asset, int]:
    return {
        Asset.USDT: await node.token_balance(network().usdt_contract, address),
        Asset.TRX: await node.trx_balance_sun(address),
    }
