"""Two nodes must tell the same before a payout may be signed again; one that lies stops all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import (
    LATER,
    SOLID_LAG,
    cursor,
    reloaded,
    scan_all,
    send,
    solidify,
    stored,
)
from tests.tron.lying_node import changes, lying_node
from tests.tron.two_nodes import (
    BLOCKS,
    RECEIPTS,
    SOLID,
    Two,
    away,
    back,
    block_edited,
    expired,
    fails,
    name,
    receipts_without,
    reverted,
    without,
)
from tron import agree
from tron.agree import blocks_agree
from tron.blocks import block_id_of
from tron.halt import Halted, open_halts
from tron.models import LIVE, ChainTransaction, HaltCause, ScannedBlock, TxStatus
from tron.reference import reference_now
from tron.scan import scan_solid

pytestmark = pytest.mark.django_db


def test_with_one_node_its_word_is_enough(node: SandboxProcess, alice: Person) -> None:
    row = expired(node, alice)
    scan_all()
    assert reloaded(row).status == TxStatus.DEAD
    assert cursor().agreed_number == cursor().number


def test_a_death_counts_when_two_nodes_told_the_same_blocks(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    row = expired(node, alice)
    scan_all()
    after = reloaded(row)
    assert after.status == TxStatus.DEAD
    assert (after.proof["told_by"], after.proof["agreed_by"]) == ([name(two[0])], [name(two[1])])
    scanned = ScannedBlock.objects.all()
    assert {block.agreed_by for block in scanned} == {name(two[1])}
    assert open_halts() == []


@pytest.mark.parametrize("doomed", [expired, reverted])
def test_without_a_second_node_nothing_ends_that_could_be_signed_again(
    node: SandboxProcess,
    two: Two,
    alice: Person,
    doomed: Callable[[SandboxProcess, Person], ChainTransaction],
) -> None:
    scan_all()
    away(two[1])
    row = doomed(node, alice)
    agreed_number = cursor().agreed_number
    scan_all()
    place = cursor()
    assert place.number == node.state()["solid"]["number"]
    assert place.agreed_number == agreed_number
    assert reloaded(row).status in LIVE
    back(two[1])
    scan_all()
    assert reloaded(row).status in (TxStatus.DEAD, TxStatus.FAILED)
    assert cursor().agreed_number == place.number


def test_a_success_needs_one_node_only(node: SandboxProcess, two: Two, alice: Person) -> None:
    scan_all()
    away(two[1])
    row = stored(node, alice)
    send(node, row)
    solidify(node)
    assert reloaded(row).status == TxStatus.SUCCEEDED


def test_one_that_failed_is_not_sent_again_while_it_waits_for_the_second_node(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    away(two[1])
    row = reverted(node, alice)
    scan_all()
    met = reloaded(row)
    assert (met.status in LIVE, met.result, met.next_send_at) == (True, "REVERT", None)
    assert met.block_number is not None
    assert met.final_at is None


def test_a_second_node_that_lags_agrees_as_far_as_it_sees(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    row = expired(node, alice)
    solid = node.state()["solid"]["number"]
    old = node.post("/wallet/getblockbynum", num=solid - 1)
    two[1].on(SOLID, changes(lambda _: old))
    scan_all()
    assert (cursor().number, cursor().agreed_number) == (solid, solid - 1)
    expiry = ScannedBlock.objects.filter(time_ms__gte=row.expiration_ms).earliest("number")
    assert (reloaded(row).status == TxStatus.DEAD) == (expiry.number < solid)
    back(two[1])
    scan_all()
    assert reloaded(row).status == TxStatus.DEAD


def test_one_that_is_found_in_a_block_that_only_one_node_told_does_not_end_by_an_earlier_one(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    """Its expiration has passed in what both told, but not whether that finding is true."""
    row = expired(node, alice)
    solid = node.state()["solid"]["number"]
    old = node.post("/wallet/getblockbynum", num=solid - 1)
    scan_solid(now=LATER)
    found = {"found": TxStatus.FAILED, "block_number": solid, "block_time_ms": 1}
    ChainTransaction.objects.filter(pk=row.pk).update(**found)
    two[1].on(SOLID, changes(lambda _: old))
    blocks_agree(now=LATER)
    assert cursor().agreed_number == solid - 1
    assert ScannedBlock.objects.get(number=solid - 1).time_ms >= row.expiration_ms
    assert reloaded(row).status == TxStatus.SIGNED


def test_a_payment_that_one_node_has_lost_is_not_dead_and_everything_stops(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    """The block still holds another transaction, so it does not look empty."""
    scan_all()
    paid, other = stored(node, alice), stored(node, alice)
    send(node, paid)
    send(node, other)
    node.mine()
    node.post("/sandbox/step", seconds=300)
    node.mine(SOLID_LAG + 2)
    two[0].on(BLOCKS, without(paid.txid))
    two[0].on(RECEIPTS, receipts_without(paid.txid))
    scan_all()
    assert cursor().time_ms > paid.expiration_ms
    assert reloaded(paid).status == TxStatus.SIGNED
    (why,) = open_halts()
    assert why.cause == HaltCause.NODE
    assert "other transactions" in why.reason
    with pytest.raises(Halted):
        reference_now(now=LATER)


@pytest.mark.parametrize(("liar", "status"), [(0, TxStatus.SIGNED), (1, TxStatus.SUCCEEDED)])
def test_receipts_that_contradict_each_other_stop_everything(
    node: SandboxProcess, two: Two, alice: Person, liar: int, status: str
) -> None:
    scan_all()
    row = stored(node, alice)
    send(node, row)

    two[liar].on(RECEIPTS, changes(fails))
    solidify(node)
    assert reloaded(row).status == status
    (why,) = open_halts()
    assert row.txid in why.reason
    assert cursor().agreed_number < cursor().number


def test_another_block_at_the_same_height_stops_everything(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    row = expired(node, alice)
    number = node.state()["solid"]["number"]

    def later(block: Any) -> None:
        raw = block["block_header"]["raw_data"]
        raw["timestamp"] += 1
        block["blockID"] = block_id_of(raw)

    two[1].on(BLOCKS, block_edited(number, later))
    scan_all()
    assert reloaded(row).status == TxStatus.SIGNED
    (why,) = open_halts()
    assert f"solid block {number}" in why.reason


def test_a_third_node_speaks_when_the_second_is_away(
    node: SandboxProcess, two: Two, alice: Person, settings: Any
) -> None:
    with lying_node(node.url) as third:
        settings.TRON_NODES = [two[0].url, two[1].url, third.url]
        away(two[1])
        row = expired(node, alice)
        scan_all()
        assert reloaded(row).proof["agreed_by"] == [name(third)]


def test_what_the_second_node_read_alone_is_confirmed_by_the_first(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)
    node.mine(5)
    scan_all()
    away(two[0])
    node.post("/sandbox/step", seconds=300)
    node.mine(SOLID_LAG + 2)
    scan_all()
    assert reloaded(row).status == TxStatus.SIGNED
    back(two[0])
    scan_all()
    after = reloaded(row)
    assert after.status == TxStatus.DEAD
    both = sorted(name(one) for one in two)
    assert (after.proof["told_by"], after.proof["agreed_by"]) == (both, both)
    for block in ScannedBlock.objects.all():
        assert {block.node, block.agreed_by} == set(both)


def test_a_proof_across_a_broken_link_is_none(
    node: SandboxProcess, alice: Person, caplog: Any
) -> None:
    row = expired(node, alice)
    scan_solid(now=LATER)
    broken = ScannedBlock.objects.filter(number=row.ref_block_number + 1)
    broken.update(parent_id="ab" * 32)
    assert blocks_agree(now=LATER) is False
    assert reloaded(row).status == TxStatus.SIGNED
    assert "no_proof_of_death" in caplog.text


def test_it_confirms_each_block_once_however_often_it_is_asked(
    node: SandboxProcess, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower of two workers finds its place taken and changes nothing."""
    row = expired(node, alice)
    scan_solid(now=LATER)
    told = agree._told_by_one
    slow: list[int] = []

    def overtaken(agreed_number: int) -> list[ScannedBlock]:
        blocks = told(agreed_number)
        if not slow:
            slow.append(agreed_number)
            blocks_agree(now=LATER)
        return blocks

    monkeypatch.setattr(agree, "_told_by_one", overtaken)
    assert blocks_agree(now=LATER + timedelta(hours=1))
    assert reloaded(row).final_at == LATER
