"""The tokens that are dealt in here, whether the chain bears them out, and what they say.

A token is known by its contract; its symbol anybody can copy.
"""

import time
from dataclasses import dataclass

import structlog

from lucidpay.money import PLACES
from tron import node_health as health
from tron.address import address_from_body
from tron.blocks import Block, reading
from tron.errors import Refused, WrongChain
from tron.networks import network
from tron.node import Node
from tron.snapshot import at_one_block
from tron.trc20 import word_of_address

log = structlog.get_logger(__name__)

# Selectors: keccak256 of the signature.
ALLOWANCE = bytes.fromhex("dd62ed3e")  # allowance(address,address)
DECIMALS = bytes.fromhex("313ce567")  # decimals()
SYMBOL = bytes.fromhex("95d89b41")  # symbol()
NOBODY = address_from_body(bytes(20))  # who asks what is the same for everybody
PROVEN_FRESH_S = 3600
SYMBOL_BYTES_MAX = 64

_proven: dict[tuple[str, str], float] = {}  # by node and contract: when (monotonic)


@dataclass(frozen=True)
class ListedToken:
    """A token of the allow-list. Without a symbol, the contract may call itself anything."""

    network: str
    contract: str
    symbol: str
    decimals: int


def listed_tokens() -> tuple[ListedToken, ...]:
    """Return the allow-list of the configured network: its USDT.

    The symbol is known of the contracts that stand in ``tron/networks.py``, not of one that
    ``USDT_CONTRACT`` names.
    """
    here = network()
    return (ListedToken(here.name, here.usdt_contract, here.usdt_symbol, PLACES),)


async def prove_tokens(node: Node) -> None:
    """Raise ``WrongChain`` unless the listed tokens are on the node's chain what the list says.

    All amounts here have six decimals: a token of eighteen would be paid a millionth of a
    millionth. Asked once an hour, in each process. A node that runs no constant calls proves
    nothing, and refutes nothing.
    """
    for token in listed_tokens():
        key = node.name, token.contract
        if time.monotonic() - _proven.get(key, -PROVEN_FRESH_S) < PROVEN_FRESH_S:
            continue
        try:
            difference = await _difference(node, token)
        except Refused as error:
            log.warning("token_not_proven", node=node.name, error=str(error))
            continue
        if difference:
            health.accuse(node.name, difference)
            raise WrongChain(difference, node=node.name)
        _proven[key] = time.monotonic()


async def _difference(node: Node, token: ListedToken) -> str:
    """Return how the contract differs from the list, empty when it does not."""
    decimals = int.from_bytes(await _constant(node, token.contract, DECIMALS), "big")
    if decimals != token.decimals:
        return f"{token.contract} has {decimals} decimals, not {token.decimals}"
    symbol = _text(await _constant(node, token.contract, SYMBOL)) if token.symbol else ""
    if symbol != token.symbol:
        return f"{token.contract} calls itself {symbol!r}, not {token.symbol}"
    return ""


async def _constant(node: Node, contract: str, data: bytes) -> bytes:
    """Return what a read gives, nothing from a contract that has no such function."""
    answer = await node.constant_call("wallet", NOBODY, contract, data.hex())
    with reading("a read of the token"):
        return bytes.fromhex(answer["constant_result"][0])


def _text(result: bytes) -> str:
    """Return an ABI string: where it begins, how long it is, its bytes. Odd ones are empty."""
    start = int.from_bytes(result[:32], "big")
    length = int.from_bytes(result[start : start + 32], "big")
    if start % 32 or length > SYMBOL_BYTES_MAX:
        return ""
    return result[start + 32 : start + 32 + length].decode(errors="replace")


def allowance_data(owner: str, spender: str) -> bytes:
    """Return the call data of ``allowance(owner, spender)``."""
    return ALLOWANCE + word_of_address(owner) + word_of_address(spender)


async def allowance(
    node: Node, *, contract: str, owner: str, spender: str, side: str = "walletsolidity"
) -> int:
    """Return what ``spender`` may take from ``owner``, in base units (0 … 2²⁵⁶−1).

    Solid unless ``side`` is ``wallet``. Raises ``NodeError``.
    """
    answer = await node.constant_call(side, owner, contract, allowance_data(owner, spender).hex())
    with reading("allowance"):
        return int(answer["constant_result"][0], 16)


async def token_balance_at(node: Node, *, contract: str, owner: str) -> tuple[Block, int]:
    """Return the newest solid block and the balance after it, in base units.

    Raises ``NoSnapshot`` when blocks come faster than it can be read, and ``NodeError``.
    """
    return await at_one_block(node, lambda: node.token_balance(contract, owner))


async def allowance_at(node: Node, *, contract: str, owner: str, spender: str) -> tuple[Block, int]:
    """Return the newest solid block and the allowance after it; raises as ``token_balance_at``."""
    return await at_one_block(
        node, lambda: allowance(node, contract=contract, owner=owner, spender=spender)
    )


def forget_tokens() -> None:
    """Forget which nodes have borne the list out."""
    _proven.clear()
