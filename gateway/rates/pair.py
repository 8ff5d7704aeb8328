"""Reading a pair of WTRX and USDT as Uniswap V2 has it: what it holds in the newest solid block."""

import time
from dataclasses import dataclass

from lucidpay.money import PLACES
from tron.address import address_from_body
from tron.blocks import Block, reading
from tron.errors import OutcomeUnknown, Refused
from tron.networks import network
from tron.node import Node

# Selectors: keccak256 of the signature.
GET_RESERVES = "0902f1ac"  # getReserves()
TOKEN0 = "0dfe1681"  # token0()
TOKEN1 = "d21220a7"  # token1()
DECIMALS = "313ce567"  # decimals()
SYMBOL = "95d89b41"  # symbol()
WORD = 32
NOBODY = address_from_body(bytes(20))  # who asks what is the same for everybody
# The string "WTRX" in the ABI: where it begins, how long it is, its bytes.
WTRX = WORD.to_bytes(WORD) + (4).to_bytes(WORD) + b"WTRX".ljust(WORD, b"\0")
NO_CONTRACT = "CONTRACT_VALIDATE_ERROR"
PROVEN_FRESH_S = 3600
MS = 1000

# By node and pair: whether USDT is its first token, and when that was seen (monotonic).
_proven: dict[tuple[str, str], tuple[bool, float]] = {}


class UnfitPair(Exception):
    """The contract is no pair of WTRX and USDT, both with six decimals."""


@dataclass(frozen=True)
class Pool:
    """What a pair holds, and in a block how old at least."""

    sun: int
    usdt_micro: int
    block: Block


async def pool_of(node: Node, pair: str, *, now_ms: int, age_max_s: int) -> Pool:
    """Return what the pair holds, solid.

    Raises ``UnfitPair``; ``NodeError``, also for a node whose solid block is older than
    ``age_max_s``: its rate would be one of then.
    """
    usdt_first = await _usdt_first(node, pair)
    block = await node.solid()
    if now_ms - block.time_ms > age_max_s * MS:
        raise OutcomeUnknown(f"solid block {block.number} is too old for a rate", node=node.name)
    first, second = _numbers(await _read(node, pair, GET_RESERVES), 2)
    sun, micro = (second, first) if usdt_first else (first, second)
    return Pool(sun, micro, block)


async def _usdt_first(node: Node, pair: str) -> bool:
    """Return whether USDT is the pair's first token; asked once an hour of each node."""
    key = node.name, pair
    usdt_first, seen_at = _proven.get(key, (False, -PROVEN_FRESH_S))
    if time.monotonic() - seen_at < PROVEN_FRESH_S:
        return usdt_first
    tokens = [_address(await _read(node, pair, name)) for name in (TOKEN0, TOKEN1)]
    usdt = network().usdt_contract
    if tokens.count(usdt) != 1:
        raise UnfitPair(f"{pair} deals in {' and '.join(tokens)}, not in {usdt}")
    usdt_first = tokens[0] == usdt
    await _prove_wtrx(node, tokens[usdt_first])
    _proven[key] = usdt_first, time.monotonic()
    return usdt_first


async def _prove_wtrx(node: Node, contract: str) -> None:
    if await _read(node, contract, SYMBOL) != WTRX:
        raise UnfitPair(f"{contract} does not call itself WTRX")
    (decimals,) = _numbers(await _read(node, contract, DECIMALS), 1)
    if decimals != PLACES:
        raise UnfitPair(f"{contract} has {decimals} decimals, not {PLACES}")


async def _read(node: Node, contract: str, function: str) -> bytes:
    """Return what a read gives, nothing from a contract that has no such function."""
    try:
        answer = await node.constant_call("walletsolidity", NOBODY, contract, function)
    except Refused as error:
        if error.code == NO_CONTRACT:
            raise UnfitPair(f"there is no contract at {contract}") from error
        raise
    with reading("a read of the pair"):
        return bytes.fromhex(answer["constant_result"][0])


def _numbers(result: bytes, count: int) -> list[int]:
    if len(result) < count * WORD:
        raise UnfitPair(f"{len(result)} bytes where {count} numbers should be")
    return [int.from_bytes(result[at * WORD :][:WORD]) for at in range(count)]


def _address(result: bytes) -> str:
    if len(result) != WORD or any(result[:12]):
        raise UnfitPair("no address where a token's should be")
    return address_from_body(result[12:])


def forget_pairs() -> None:
    """Forget what nodes have said of pairs. For tests."""
    _proven.clear()
