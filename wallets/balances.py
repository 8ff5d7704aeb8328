"""What an address holds after one solid block, as a node says."""

import asyncio
from collections.abc import Sequence
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
    return (await solid_balances_of([address]))[address]


async def solid_balances_of(addresses: Sequence[str]) -> dict[str, Balances]:
    """Return what each of a few addresses holds, all of one after the same solid block.

    Of two, the blocks may differ. Asked all at once, so give a dozen or so. Raises as
    ``solid_balances``.
    """
    async with open_node() as node:

        async def one(address: str) -> Balances:
            block, by_asset = await at_one_block(node, lambda: _read(node, address))
            return Balances(block, by_asset, node.name)

        told = await asyncio.gather(*map(one, addresses))
        return dict(zip(addresses, told, strict=True))


async def _read(node: Node, address: str) -> dict[Asset, int]:
    return {
        Asset.USDT: await node.token_balance(network().usdt_contract, address),
        Asset.TRX: await node.trx_balance_sun(address),
    }
