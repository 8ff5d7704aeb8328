"""Blocks that are not solid can be replaced; what they held comes back or is lost."""

import json
import random
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.people import (
    USDT,
    Person,
    funded,
    send,
    settle,
    trx_of,
    usdt_draft,
    usdt_of,
)
from tests.sandbox.process import SandboxProcess
from tron.sandbox.chain import Chain
from tron.sandbox.clock import ChainClock
from tron.sandbox.storage import Storage

TRANSFER_LIST = "/sandbox/transfers?from="


@pytest.fixture
def node(run: Callable[..., SandboxProcess]) -> SandboxProcess:
    """A node whose solid block is eight below the head."""
    return run("--block-ms", "0", "--solid-lag", "8")


@pytest.fixture
def payer(node: SandboxProcess) -> Person:
    """Somebody whose money is solid."""
    person = funded(node, trx=1000, usdt=100)
    node.mine(8)
    return person


def blocks(node: SandboxProcess) -> list[str]:
    """Return the IDs of the last blocks, after checking that each follows the one before."""
    shown = node.post("/wallet/getblockbylatestnum", num=99)["block"]
    for block, child in zip(shown, shown[1:], strict=False):
        assert child["block_header"]["raw_data"]["parentHash"] == block["blockID"]
    return [block["blockID"] for block in shown]


def test_a_reorganisation_replaces_the_last_blocks_only(node: SandboxProcess) -> None:
    node.mine(5)
    before, solid = blocks(node), node.state()["solid"]
    assert node.post("/sandbox/reorg", blocks=3) == {"displaced": []}
    after = blocks(node)
    assert len(after) == len(before)
    assert after[:-3] == before[:-3]
    assert not set(after[-3:]) & set(before[-3:])
    assert node.state()["solid"] == solid
    node.post("/sandbox/reorg", blocks=3)
    assert not set(blocks(node)[-3:]) & {*before, *after}


def test_what_comes_back_is_included_again_at_another_height(
    node: SandboxProcess, payer: Person
) -> None:
    bob = Person()
    made = usdt_draft(node, payer, bob, USDT)
    first = settle(node, made, payer)
    trx = trx_of(node, payer)
    assert node.post("/sandbox/reorg", blocks=1) == {"displaced": [made.txid]}
    assert node.info(made.txid) == {}
    assert node.get(TRANSFER_LIST + payer.address) == {"transfers": []}
    assert node.get("/wallet/gettransactionlistfrompending") == {"txId": [made.txid]}
    node.mine()
    second = node.info(made.txid)
    assert second["blockNumber"] == first["blockNumber"] + 1
    assert len(node.get(TRANSFER_LIST + payer.address)["transfers"]) == 1
    assert (usdt_of(node, bob), trx_of(node, payer)) == (USDT, trx)
    node.mine(8)
    assert (usdt_of(node, bob, "walletsolidity"), trx_of(node, payer, "walletsolidity")) == (
        USDT,
        trx,
    )


def test_what_comes_back_can_end_in_another_way(node: SandboxProcess, payer: Person) -> None:
    made = usdt_draft(node, payer, Person(), USDT)
    assert settle(node, made, payer)["receipt"]["result"] == "SUCCESS"
    node.post("/sandbox/usdt", blacklist=[payer.address])
    node.post("/sandbox/reorg", blocks=1)
    node.mine()
    assert node.info(made.txid)["receipt"]["result"] == "REVERT"
    assert usdt_of(node, payer) == 100 * USDT


def test_what_refers_to_a_replaced_block_does_not_come_back(
    node: SandboxProcess, payer: Person
) -> None:
    node.mine()
    made = usdt_draft(node, payer, Person(), USDT)
    head = bytes.fromhex(node.state()["head"]["id"])
    made.message.raw_data.ref_block_bytes = head[6:8]
    made.message.raw_data.ref_block_hash = head[8:16]
    settle(node, made, payer)
    assert node.post("/sandbox/reorg", blocks=2) == {"displaced": [made.txid]}
    node.mine()
    assert node.info(made.txid) == {}
    assert send(node, made)["code"] == "TAPOS_ERROR"


def test_what_is_lost_is_gone_until_it_is_sent_again(node: SandboxProcess, payer: Person) -> None:
    made = usdt_draft(node, payer, Person(), USDT)
    settle(node, made, payer)
    node.post("/sandbox/reorg", blocks=1, transactions="lost")
    node.mine()
    assert node.info(made.txid) == {}
    assert usdt_of(node, payer) == 100 * USDT
    assert settle(node, made)["receipt"]["result"] == "SUCCESS"


def test_what_was_changed_by_hand_stays(node: SandboxProcess, payer: Person) -> None:
    node.post("/sandbox/resources", address=payer.address, energy=1000, bandwidth=500)
    node.post("/sandbox/energy", holder=50_000)
    node.mine(2)
    node.post("/sandbox/reorg", blocks=2)
    assert _energy_limit(node, payer) == 1000
    node.end(signal.SIGKILL)
    node.start()
    node.post("/sandbox/reorg", blocks=5)
    assert _energy_limit(node, payer) == 1000
    receipt = settle(node, usdt_draft(node, payer, payer, USDT), payer)
    assert receipt["receipt"]["energy_usage_total"] == 50_000


def _energy_limit(node: SandboxProcess, person: Person) -> int:
    answer = node.post("/wallet/getaccountresource", address=person.address, visible=True)
    return answer.get("EnergyLimit", 0)


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("blocks", {"blocks": 9}),
        ("blocks", {"blocks": 0}),
        ("blocks", {"blocks": "all"}),
        ("transactions", {"blocks": 1, "transactions": "gone"}),
    ],
)
def test_a_solid_block_is_never_replaced(
    node: SandboxProcess, field: str, body: dict[str, Any]
) -> None:
    node.mine(20)
    before = blocks(node)
    status, answer = node.call("/sandbox/reorg", body)
    assert status == 400
    assert field in json.loads(answer)["error"]
    assert blocks(node) == before


def test_every_unsolid_block_can_be_replaced(node: SandboxProcess) -> None:
    node.mine(20)
    before = blocks(node)
    node.post("/sandbox/reorg", blocks=8)
    after = blocks(node)
    assert after[:-8] == before[:-8]
    assert not set(after[-8:]) & set(before)


def test_a_chain_that_was_killed_among_reorganisations_is_whole(node: SandboxProcess) -> None:
    payer, bob = funded(node, trx=10_000, usdt=1_000), Person()
    node.mine(8)
    chance = random.Random(11)  # noqa: S311 (a test that can be repeated)
    for _ in range(6):
        _kill_while_busy(node, payer, bob, after=chance.randrange(5, 25))
        node.start()
        blocks(node)
        transfers = node.get(TRANSFER_LIST + payer.address)["transfers"]
        receipts = [node.info(row["txid"]) for row in transfers]
        assert [r["blockNumber"] for r in receipts] == [row["block"] for row in transfers]
        assert usdt_of(node, bob) == len(transfers)
        assert usdt_of(node, payer) == 1_000 * USDT - len(transfers)
        assert trx_of(node, payer) == 10_000 * 10**6 - sum(r.get("fee", 0) for r in receipts)
    solid = [row for row in transfers if row["block"] <= node.state()["solid"]["number"]]
    assert usdt_of(node, bob, "walletsolidity") == len(solid)


def _kill_while_busy(node: SandboxProcess, payer: Person, bob: Person, after: int) -> None:
    """Pay, mine and reorganise without end, and kill the node in the midst of it."""
    enough = threading.Event()

    def work() -> None:
        with suppress(OSError):
            for number in range(10_000):
                send(node, usdt_draft(node, payer, bob, 1).sign(payer))
                node.mine()
                node.post("/sandbox/reorg", blocks=1 + number % 3)
                if number == after:
                    enough.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert enough.wait(60)
    node.end(signal.SIGKILL)
    worker.join()


class Dies(Exception):
    """The process ends here."""


class DyingStorage(Storage):
    """Ends in the midst of a reorganisation: after one of its blocks."""

    blocks_left = 10**6

    def append(self, *arguments: Any) -> None:
        """Store a block, or die."""
        if self.blocks_left == 0:
            raise Dies
        self.blocks_left -= 1
        super().append(*arguments)


def test_a_reorganisation_that_dies_half_way_has_not_happened(tmp_path: Path) -> None:
    storage = DyingStorage(tmp_path)
    chain = Chain(storage, ChainClock(0), 8)
    chain.begin()
    before = list(storage.ids_since(0))
    storage.blocks_left = 1
    with pytest.raises(Dies):
        chain.reorganize(3)
    storage.close()
    again = Storage(tmp_path)
    assert list(again.ids_since(0)) == before
    again.close()
