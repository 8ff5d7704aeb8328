"""Reading several things that belong to one solid block.

A node does not say at which block it read a balance. The same solid head before and after, and
the same answer twice in between, do.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tron.blocks import Block
from tron.node import Node

T = TypeVar("T")
TRIES_MAX = 5


class NoSnapshot(RuntimeError):
    """The node's solid head moved while balances were read. It is tried again by itself."""


async def at_one_block(node: Node, read: Callable[[], Awaitable[T]]) -> tuple[Block, T]:
    """Return the solid block and what ``read`` says of it.

    Raises ``NoSnapshot`` when the head moves faster than it can be read, or what ``read`` raises.
    """
    for _ in range(TRIES_MAX):
        before = await node.solid()
        first, again = await read(), await read()
        if first == again and (await node.solid()).block_id == before.block_id:
            return before, first
    raise NoSnapshot
