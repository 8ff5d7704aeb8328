"""A look at blocks that are not solid yet, for people who wait for their payment to be seen.

Such blocks can vanish, and one node's word is taken for them. So it is a hint and nothing else:
nothing is ever booked, confirmed or paid by it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from tron.address import address_from_body
from tron.blocks import Block
from tron.errors import OutcomeUnknown
from tron.flows import TRX, TRX_LOG_INDEX, USDT, Met, Read, met_in
from tron.node import BLOCKS_A_CALL_MAX, Node, ask
from tron.nodes import open_nodes

BLOCKS_A_GLANCE_MAX = 30
HEAD_SIDE = "wallet"


@dataclass(frozen=True)
class Seen:
    """A transfer that was seen, amount in base units."""

    txid: str
    log_index: int
    asset: str
    sender: str
    recipient: str
    units: int
    block_number: int


@dataclass(frozen=True)
class Glance:
    """What one look showed. ``blocks`` are those that were read, in order, without transactions.

    Whoever looks again names the last of them, and asks ``has_left`` whether it still stands.
    """

    head: Block
    solid_number: int
    blocks: list[Block]
    seen: list[Seen]

    def has_left(self, number: int, block_id: str) -> bool:
        """Return whether a block that was looked at before is known not to stand any more.

        Then what was seen since the solid block may be gone, and is to be looked for again
        (``after_block=0``). When in doubt it stands: the next block will tell.
        """
        if self.blocks and self.blocks[0].number == number + 1:
            return self.blocks[0].parent_id != block_id
        return self.head.number == number and self.head.block_id != block_id


def glance(
    addresses: Collection[str], pairs: Collection[tuple[str, str]], after_block: int = 0
) -> Glance:
    """Return what came to these addresses, or went from one of a pair to the other, lately.

    Read are the blocks after ``after_block`` that are not solid, each once, and of many the
    first: name the last of ``blocks`` next time. USDT by logs of transactions that succeeded, TRX
    by plain transfers, which is what the payers of an address are. Raises ``NodeError``.
    """
    head, solid, run = ask(_look(after_block))
    return Glance(
        head, solid.number, [_bare(block) for block, _ in run], _seen(run, addresses, pairs)
    )


async def _look(after_block: int) -> tuple[Block, Block, list[Read]]:
    async def through(node: Node) -> tuple[Block, Block, list[Read]]:
        solid, head = await node.solid(), await node.head()
        first = max(solid.number, after_block) + 1
        last = min(head.number, first + BLOCKS_A_GLANCE_MAX - 1)
        return head, solid, await _read(node, first, last)

    async with open_nodes() as nodes:
        return await nodes.read(through)


async def _read(node: Node, first: int, last: int) -> list[Read]:
    """Return blocks with their receipts; raises ``OutcomeUnknown`` when they change meanwhile."""
    run: list[Read] = []
    for start in range(first, last + 1, BLOCKS_A_CALL_MAX):
        end = min(last, start + BLOCKS_A_CALL_MAX - 1)
        for block in await node.blocks(start, end, side=HEAD_SIDE):
            if run and block.parent_id != run[-1][0].block_id:
                raise OutcomeUnknown(f"block {block.number} does not follow", node=node.name)
            run.append((block, await node.receipts(block, side=HEAD_SIDE)))
    return run


def _bare(block: Block) -> Block:
    return Block(block.number, block.block_id, block.parent_id, block.time_ms)


def _seen(
    run: list[Read], addresses: Collection[str], pairs: Collection[tuple[str, str]]
) -> list[Seen]:
    """Compared as people write addresses: blocks hold fewer of them than may be waited for."""
    wanted, paying = frozenset(addresses), frozenset(pairs)
    paid = {recipient for _, recipient in paying}
    succeeded = {
        receipt["id"]
        for _, receipts in run
        for receipt in receipts
        if receipt.get("receipt", {}).get("result") == "SUCCESS"
    }
    seen = []
    for met in met_in(run):
        if not _is_transfer(met, succeeded):
            continue
        recipient = address_from_body(met.recipient)
        if recipient not in wanted and recipient not in paid:
            continue
        sender = address_from_body(met.sender)
        if recipient in wanted or met.asset == USDT and (sender, recipient) in paying:
            seen.append(
                Seen(
                    met.txid, met.move.log_index, met.asset, sender, recipient, met.move.units,
                    met.block.number,
                )
            )  # fmt: skip
    return seen


def _is_transfer(met: Met, succeeded: set[str]) -> bool:
    if not met.sender or not met.recipient:
        return False
    if met.asset == TRX:
        return met.move.log_index == TRX_LOG_INDEX
    return met.txid in succeeded
