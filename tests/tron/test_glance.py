"""A look beyond the solid block: what is seen, what is read once, and what leaves again."""

import pytest

from tests.sandbox.people import TRX, USDT, Person, funded, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG
from tests.tron.lying_node import LyingNode, drops
from tron import glance as module
from tron.errors import NodeError
from tron.flows import TRX_LOG_INDEX
from tron.glance import Glance, glance

pytestmark = pytest.mark.django_db
HEAD_BLOCKS = "wallet/getblockbylimitnext"


def seen(found: Glance) -> list[tuple[str, int, str, str, str, int]]:
    """Return what was seen, without the block."""
    fields = ("txid", "log_index", "asset", "sender", "recipient", "units")
    return [tuple(getattr(one, name) for name in fields) for one in found.seen]


def test_what_comes_to_an_address_is_seen_before_it_is_solid(
    node: SandboxProcess, alice: Person
) -> None:
    bob, carol = Person(), Person()
    usdt, trx = usdt_draft(node, alice, bob, 7 * USDT), trx_draft(node, alice, bob, 5 * TRX)
    number = settle(node, usdt, alice)["blockNumber"]
    settle(node, trx, alice)
    settle(node, usdt_draft(node, alice, carol, USDT), alice)
    found = glance([bob.address], [])
    assert seen(found) == [
        (usdt.txid, 0, "USDT", alice.address, bob.address, 7 * USDT),
        (trx.txid, TRX_LOG_INDEX, "TRX", alice.address, bob.address, 5 * TRX),
    ]
    assert [one.block_number for one in found.seen] == [number, number + 1]
    assert found.head.number == number + 2 == found.solid_number + SOLID_LAG
    assert [one.number for one in found.blocks] == list(
        range(found.solid_number + 1, found.head.number + 1)
    )


def test_of_a_pair_only_usdt_is_seen_and_one_way(node: SandboxProcess, alice: Person) -> None:
    bob, carol = funded(node, trx=100, usdt=10), Person()
    paid = usdt_draft(node, alice, bob, 7 * USDT)
    settle(node, paid, alice)
    settle(node, trx_draft(node, alice, bob, 5 * TRX), alice)
    settle(node, usdt_draft(node, bob, alice, USDT), bob)
    settle(node, usdt_draft(node, alice, carol, USDT), alice)
    pairs = [(alice.address, bob.address), (bob.address, carol.address)]
    assert [one.txid for one in glance([], pairs).seen] == [paid.txid]


def test_what_failed_and_what_moved_nothing_is_not_seen(
    node: SandboxProcess, alice: Person
) -> None:
    bob = Person()
    assert settle(node, usdt_draft(node, alice, bob, 10**15), alice)["result"] == "FAILED"
    settle(node, usdt_draft(node, alice, bob, 0), alice)
    assert glance([bob.address], []).seen == []


def test_each_block_is_read_once(node: SandboxProcess, alice: Person) -> None:
    bob = Person()
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    first = glance([bob.address], [])
    assert len(first.seen) == 1
    last = first.blocks[-1]
    assert not first.has_left(last.number, last.block_id)
    idle = glance([bob.address], [], last.number)
    assert (idle.blocks, idle.seen) == ([], [])
    assert not idle.has_left(last.number, last.block_id)
    settle(node, usdt_draft(node, alice, bob, 2), alice)
    second = glance([bob.address], [], last.number)
    assert [one.units for one in second.seen] == [2]
    assert len(second.blocks) == 1
    assert not second.has_left(last.number, last.block_id)


def test_what_is_solid_is_not_looked_at(node: SandboxProcess, alice: Person) -> None:
    bob = Person()
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    node.mine(SOLID_LAG)
    assert glance([bob.address], []).seen == []


@pytest.mark.parametrize("blocks_again", [0, 1])
def test_whoever_looked_notices_that_blocks_have_left(
    node: SandboxProcess, alice: Person, blocks_again: int
) -> None:
    """At the same height as before, and when the next block is there."""
    bob = Person()
    node.mine()
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    before = glance([bob.address], [])
    assert len(before.seen) == 1
    last = before.blocks[-1]
    node.post("/sandbox/reorg", blocks=1, transactions="lost")
    if blocks_again:
        node.mine(blocks_again)
    after = glance([bob.address], [], last.number)
    assert after.has_left(last.number, last.block_id)
    anew = glance([bob.address], [])
    assert anew.seen == []
    assert last.block_id not in {one.block_id for one in anew.blocks}


def test_a_transfer_that_came_again_in_another_block_is_seen_there(
    node: SandboxProcess, alice: Person
) -> None:
    bob = Person()
    paid = usdt_draft(node, alice, bob, 1)
    settle(node, paid, alice)
    before = glance([bob.address], []).blocks[-1]
    node.post("/sandbox/reorg", blocks=1, transactions="back")
    node.mine(2)
    after = glance([bob.address], [], before.number)
    assert after.has_left(before.number, before.block_id)
    assert [one.txid for one in glance([bob.address], []).seen] == [paid.txid]


def test_of_many_blocks_the_first_are_read(
    node: SandboxProcess, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCKS_A_GLANCE_MAX", 5)
    first = glance([], [])
    assert [one.number for one in first.blocks] == [
        first.solid_number + step for step in range(1, 6)
    ]
    second = glance([], [], first.blocks[-1].number)
    assert second.blocks[0].parent_id == first.blocks[-1].block_id


def test_a_node_that_is_away_says_nothing(liar: LyingNode, alice: Person) -> None:
    liar.on(HEAD_BLOCKS, drops)
    with pytest.raises(NodeError):
        glance([alice.address], [])
