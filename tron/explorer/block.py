"""One block, as a node tells it and as its own hash bears out."""

from dataclasses import dataclass
from typing import Any

from lucidpay.errors import NOT_FOUND, LucidError
from tron.address import InvalidAddress, address_text
from tron.blocks import block_of, header_of, reading
from tron.errors import OutcomeUnknown
from tron.explorer.remember import FOR_GOOD_S, MOMENT_S, remembered
from tron.node import Node
from tron.reads import chain_read

LATEST, SOLID = "latest", "solid"


class BlockNotFound(LucidError):
    """No block of this number. The newest ones are `latest` and `solid`."""

    code = NOT_FOUND
    status_code = 404


@dataclass(frozen=True)
class BlockFacts:
    """A block for people. Block 0 has no time, and no witness who has an address."""

    number: int
    block_id: str
    parent_id: str
    time_ms: int | None
    witness_address: str | None
    txids: list[str]
    solid: bool


def block_find(asked: str) -> BlockFacts:
    """Return a block by its number in digits, ``latest`` or ``solid``.

    Raises ``BlockNotFound``, and ``ChainAway`` when no node answers. A block that is not solid
    may yet be replaced by another of the same number.
    """
    return remembered(
        asked, BlockFacts, lambda: _found(asked), lasts_s=lambda block: _lasts_s(asked, block)
    )


def _lasts_s(asked: str, block: BlockFacts) -> int:
    return FOR_GOOD_S if block.solid and asked not in (LATEST, SOLID) else MOMENT_S


def _found(asked: str) -> BlockFacts:
    found = chain_read(lambda node: _read(node, asked))
    if found is None:
        raise BlockNotFound
    return found


async def _read(node: Node, asked: str) -> BlockFacts | None:
    if asked == LATEST:
        answer = await node.call("wallet/getblock", {"detail": True})
        solid_number = (await node.solid()).number
        return _facts(answer, solid=header_of(answer).number <= solid_number)
    if asked == SOLID:
        return _facts(await node.call("walletsolidity/getblock", {"detail": True}), solid=True)
    return await _numbered(node, int(asked))


async def _numbered(node: Node, number: int) -> BlockFacts | None:
    body = {"id_or_num": str(number), "detail": True}
    # The solid side first: what becomes solid in between is then told as not solid, never both.
    answer, solid = await node.call("walletsolidity/getblock", body), True
    if answer == {}:
        answer, solid = await node.call("wallet/getblock", body), False
    if answer == {}:
        return None
    block = _facts(answer, solid=solid)
    if block.number != number:
        raise OutcomeUnknown(f"block {block.number} instead of {number}", node=node.name)
    return block


def _facts(answer: dict[str, Any], *, solid: bool) -> BlockFacts:
    block = block_of(answer)
    with reading("block"):
        witness = str(answer["block_header"]["raw_data"].get("witness_address", ""))
    return BlockFacts(
        number=block.number,
        block_id=block.block_id,
        parent_id=block.parent_id,
        time_ms=block.time_ms or None,
        witness_address=_address_or_none(witness),
        txids=[transaction["txID"] for transaction in block.transactions],
        solid=solid,
    )


def _address_or_none(text: str) -> str | None:
    """Return the address of who made a block; the first one names its maker otherwise."""
    try:
        return address_text(bytes.fromhex(text))
    except (InvalidAddress, ValueError):
        return None
