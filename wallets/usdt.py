"""What addresses hold and allow in USDT, at the newest solid block."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tron.blocks import Block
from tron.explorer.remember import MOMENT_S, remembered
from tron.networks import network
from tron.node import Node
from tron.reads import ChainAway, chain_read
from tron.snapshot import NoSnapshot
from tron.tokens import allowance_at, token_balance_at


@dataclass(frozen=True)
class SolidUnits:
    """Base units of USDT, and the solid block after which it was so many."""

    units: int
    block_number: int


def usdt_balance(address: str) -> SolidUnits:
    """Return what any address holds, as of two seconds ago. Raises ``ChainAway``."""
    contract = network().usdt_contract
    return _read(
        f"{contract}:{address}",
        lambda node: token_balance_at(node, contract=contract, owner=address),
    )


def usdt_allowance(owner: str, spender: str) -> SolidUnits:
    """Return what ``spender`` may take from ``owner``, as of two seconds ago.

    Raises ``ChainAway``.
    """
    contract = network().usdt_contract
    return _read(
        f"{contract}:{owner}:{spender}",
        lambda node: allowance_at(node, contract=contract, owner=owner, spender=spender),
    )


def _read(key: str, question: Callable[[Node], Awaitable[tuple[Block, int]]]) -> SolidUnits:
    return remembered(key, SolidUnits, lambda: _asked(question), lasts_s=lambda _: MOMENT_S)


def _asked(question: Callable[[Node], Awaitable[tuple[Block, int]]]) -> SolidUnits:
    try:
        block, units = chain_read(question)
    except NoSnapshot as error:
        raise ChainAway from error
    return SolidUnits(units, block.number)
