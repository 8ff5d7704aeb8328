"""Two nodes of one chain, each of which lies when told to, and transactions in danger."""

from collections.abc import Callable
from typing import Any

from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import (
    SOLID_LAG,
    cursor,
    scan_all,
    send,
    stored,
)
from tests.tron.lying_node import Behaviour, LyingNode, changes, drops, tells_the_truth
from tron.address import address_parse
from tron.blocks import block_id_of
from tron.models import ChainTransaction
from tron.trc20 import TRANSFER_TOPIC

BLOCKS = "walletsolidity/getblockbylimitnext"
RECEIPTS = "walletsolidity/gettransactioninfobyblocknum"
HEAD, SOLID = "wallet/getblock", "walletsolidity/getblock"


Two = tuple[LyingNode, LyingNode]


def name(node: LyingNode) -> str:
    """Return how a node is called in the evidence."""
    return node.url.removeprefix("http://")


def away(node: LyingNode) -> None:
    """Let a node answer nothing any more."""
    for path in (BLOCKS, RECEIPTS, HEAD, SOLID):
        node.on(path, drops)


def back(node: LyingNode) -> None:
    """Let a node answer again."""
    for path in (BLOCKS, RECEIPTS, HEAD, SOLID):
        node.on(path, tells_the_truth)


def expired(node: SandboxProcess, alice: Person) -> ChainTransaction:
    """Return one that was never sent and expired before the solid block."""
    scan_all()
    row = stored(node, alice)
    node.post("/sandbox/step", seconds=300)
    node.mine(SOLID_LAG + 2)
    return row


def reverted(node: SandboxProcess, alice: Person) -> ChainTransaction:
    """Return one that stands in a solid block and reverted there."""
    scan_all()
    row = stored(node, alice, amount=10**15)
    send(node, row)
    node.mine(SOLID_LAG + 1)
    return row


def block_edited(number: int, edit: Callable[[Any], None]) -> Behaviour:
    """Tell one block of a range otherwise."""

    def change(answer: Any) -> Any:
        for block in answer["block"]:
            if block["block_header"]["raw_data"].get("number") == number:
                edit(block)
        return answer

    return changes(change)


def without(txid: str) -> Behaviour:
    """Tell blocks as if a transaction had never been in them."""

    def change(answer: Any) -> Any:
        for block in answer["block"]:
            kept = [one for one in block.get("transactions", []) if one["txID"] != txid]
            if "transactions" in block:
                block["transactions"] = kept
        return answer

    return changes(change)


def receipts_without(txid: str) -> Behaviour:
    """Tell receipts as if there were none of a transaction."""
    return changes(lambda receipts: [one for one in receipts if one["id"] != txid])


def forks_after(node: SandboxProcess, liar: LyingNode) -> None:
    """Let a node tell a chain of its own from the next solid block on: other times, other ids."""
    fork: dict[int, str] = {}
    start = cursor().number

    def change(answer: Any) -> Any:
        for block in answer["block"]:
            raw = block["block_header"]["raw_data"]
            if raw["number"] <= start:
                continue
            raw["parentHash"] = fork.get(raw["number"] - 1, raw["parentHash"])
            raw["timestamp"] += 1
            block["blockID"] = fork[raw["number"]] = block_id_of(raw)
        return answer

    liar.on(BLOCKS, changes(change))


def fails(receipts: Any) -> Any:
    """Return receipts as if every transfer had been reverted."""
    for receipt in receipts:
        receipt["receipt"]["result"] = "REVERT"
        receipt.pop("log", None)
    return receipts


def succeeds(row: ChainTransaction) -> Behaviour:
    """Tell a receipt as if this transfer had gone through."""
    word = {name: "00" * 12 + address_parse(one).hex()[2:] for name, one in
            (("from", row.sender), ("to", row.recipient))}  # fmt: skip

    def change(receipts: Any) -> Any:
        for receipt in receipts:
            if receipt["id"] == row.txid:
                receipt["receipt"]["result"] = "SUCCESS"
                receipt["log"] = [
                    {
                        "address": receipt["contract_address"][2:],
                        "topics": [TRANSFER_TOPIC, word["from"], word["to"]],
                        "data": f"{row.amount_micro:064x}",
                    }
                ]
        return receipts

    return changes(change)
