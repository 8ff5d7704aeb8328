"""Two nodes with views of their own, in front of one true node."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import Exchange, LyingNode, lying_node, tells_the_truth

HEADS = ("wallet/getblock", "walletsolidity/getblock")
RANGE = "walletsolidity/getblockbylimitnext"
RECEIPTS = "walletsolidity/gettransactioninfobyblocknum"
GENESIS = "wallet/getblockbynum"


@contextmanager
def two_nodes(truth: SandboxProcess) -> Iterator[tuple[LyingNode, LyingNode]]:
    """Give two nodes that tell the truth until they are told otherwise."""
    with lying_node(truth.url) as a, lying_node(truth.url) as b:
        yield a, b


def honest(node: LyingNode) -> None:
    """Let it tell the truth from now on."""
    for path in (*HEADS, RANGE, RECEIPTS, GENESIS, "wallet/triggerconstantcontract"):
        node.on(path, tells_the_truth)


def stands_still(node: LyingNode, truth: SandboxProcess) -> None:
    """Let its heads and its blocks stay where they are now; it takes transactions as before."""
    solid = truth.state()["solid"]["number"]
    for path in HEADS:
        seen = truth.post(f"/{path}", detail=False)
        node.on(path, lambda exchange, seen=seen: exchange.reply(seen))

    def blocks(exchange: Exchange) -> None:
        told = exchange.forward()
        kept = [one for one in told.get("block", []) if number_of(one) <= solid]
        exchange.reply({"block": kept} if kept else {})

    def receipts(exchange: Exchange) -> None:
        exchange.reply(exchange.forward() if exchange.question["num"] <= solid else [])

    node.on(RANGE, blocks)
    node.on(RECEIPTS, receipts)


def number_of(block: dict[str, Any]) -> int:
    """Return the height of a block as a node tells it."""
    return int(block["block_header"]["raw_data"].get("number", 0))


def keeps_no_history(node: LyingNode) -> None:
    """Let it know blocks and no receipts, as with java-tron's history switched off."""
    node.on(RECEIPTS, lambda exchange: exchange.reply([]))
