"""Nodes that lag, stand still, forget, or lie; beside a healthy one, and with none."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import from_ms, utc_now
from payouts.models import Payout
from payouts.states import Status
from tests.scenarios.views import (
    GENESIS,
    HEADS,
    RANGE,
    RECEIPTS,
    honest,
    keeps_no_history,
    stands_still,
    two_nodes,
)
from tests.scenarios.world import BROADCAST, World, clock_off
from tests.tron.lying_node import LyingNode, changes, says
from tron import nodes
from tron.models import FINAL, LIVE, Halt, NodeAnswer, ScanCursor, TxStatus

pytestmark = pytest.mark.slow


@pytest.fixture
def pair(world: World, settings: Any) -> Iterator[tuple[LyingNode, LyingNode]]:
    """Put two nodes with views of their own between the platform and the chain."""
    with two_nodes(world.node) as (a, b):
        settings.TRON_NODES = [a.url, b.url]
        nodes.forget()
        yield a, b


def test_07_death_is_not_proven_by_a_node_that_lags(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    """Its head is late enough, but it does not show the blocks up to there."""
    payout = world.on_the_way()
    world.fault("lose")
    world.send()
    world.heal()
    for node in pair:
        stands_still(node, world.node)
    world.expire()
    for _ in range(3):
        world.work()
        assert world.unknown(payout).status == TxStatus.SENT
    for node in pair:
        honest(node)
    world.scan()
    world.settle()
    assert world.attempts(payout)[0].status == TxStatus.DEAD
    world.work()
    world.solidify()
    world.paid_once(payout, signatures=2)


def test_08_a_fresh_head_with_receipts_of_a_stale_backend_is_no_absence(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    """Behind one address, one backend knows the newest head and another no receipt yet."""
    payout = world.on_the_way()
    world.send()
    for node in pair:
        keeps_no_history(node)
    world.node.mine(1)
    world.expire()
    for _ in range(2):
        world.work()
        assert world.unknown(payout).status == TxStatus.SENT
    for node in pair:
        honest(node)
    world.scan()
    world.settle()
    world.paid_once(payout)


@pytest.mark.parametrize("lag", [1, 2])
def test_08_a_solid_head_that_goes_back_changes_nothing(
    world: World, pair: tuple[LyingNode, LyingNode], lag: int
) -> None:
    payout = world.on_the_way()
    world.send()
    old = {path: world.node.post(f"/{path}", detail=False) for path in HEADS}
    world.solidify()
    number = ScanCursor.objects.get().number
    for node in pair[:lag]:
        for path in HEADS:
            node.on(path, says(old[path]))
    world.work()
    assert ScanCursor.objects.get().number == number
    world.paid_once(payout)


def test_15_a_blacklisted_recipient_waits_and_holds_up_nobody(world: World) -> None:
    payout, other = world.ask(), world.ask()
    world.token(blacklist=[payout.recipient_address])
    world.node.mine(3)
    world.work()
    assert "blacklisted the recipient" in world.see(payout, Status.PENDING).wait_reason
    assert world.attempts(payout) == []
    world.solidify()
    world.see(other, Status.CONFIRMED)
    world.token(unblacklist=[payout.recipient_address])
    world.node.mine(3)
    Payout.objects.filter(pk=payout.pk).update(sign_after=payout.created_at)  # time has passed
    world.work()
    world.solidify()
    world.paid_once(payout)


def test_15_a_recipient_blacklisted_under_way_is_paid_all_the_same(world: World) -> None:
    """The contract asks about the sender only."""
    payout = world.on_the_way()
    world.token(blacklist=[payout.recipient_address])
    world.send()
    world.solidify()
    world.paid_once(payout)


def test_21_on_a_chain_that_stands_still_nothing_is_signed(world: World) -> None:
    payout = world.ask()
    world.node.mine(3)
    head = from_ms(world.node.state()["head_time_ms"])
    with clock_off(head - utc_now() + timedelta(seconds=400)):
        world.work()
        assert world.see(payout, Status.PENDING).wait_reason
        assert world.attempts(payout) == []
    world.node.mine(1)
    world.work()
    world.solidify()
    world.paid_once(payout)


def test_21_a_node_that_stands_still_beside_a_healthy_one_takes_bytes_and_decides_nothing(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    stuck, healthy = pair
    stands_still(stuck, world.node)
    world.node.mine(30)
    world.scan()
    payout = world.ask()
    head_time_ms = world.node.mine(3)["head_time_ms"]
    for _ in range(3):  # the healthy one comes first once it is known to be ahead
        world.work()
    world.solidify()
    world.work()
    world.solidify()
    world.paid_once(payout)
    assert world.attempts(payout)[0].expiration_ms > head_time_ms
    assert NodeAnswer.objects.filter(node=stuck.url.removeprefix("http://")).exists()
    assert healthy.questions(RANGE)


def test_22_a_node_of_another_network_signs_and_sends_nothing(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    payout = world.on_the_way()
    late = world.ask()
    for node in pair:
        node.on(GENESIS, changes(lambda block: block | {"blockID": "00" * 8 + "ab" * 24}))
    nodes.forget()
    world.node.mine(3)
    world.work()
    world.work()
    assert not any(node.questions(BROADCAST) for node in pair)
    assert world.attempts(late) == []
    world.unknown(payout)
    assert Halt.objects.filter(lifted_at=None, cause="node").exists()


def test_22_another_txid_than_the_one_computed_here_stops_everything(world: World) -> None:
    payout = world.on_the_way()
    world.fault("wrong_txid")
    world.send()
    assert {code for _, code in world.answers(payout)} == {"WRONG_TXID"}
    assert Halt.objects.filter(lifted_at=None, cause="node").exists()
    late = world.ask()
    world.solidify()
    world.work()
    assert world.attempts(late) == [], "signed while the kill switch is on"
    world.paid_once(payout)  # reading goes on


def test_22_a_receipt_that_one_node_makes_up_ends_nothing(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    """It says that the transfer failed; believed, the payout would be paid again."""
    liar, _ = pair
    payout = world.on_the_way()
    world.send()

    def reverted(receipts: Any) -> Any:
        for receipt in receipts:
            receipt["receipt"]["result"] = "REVERT"
            receipt.pop("log", None)
        return receipts

    liar.on(RECEIPTS, changes(reverted))
    world.solidify()
    for _ in range(2):
        world.work()
    assert world.attempts(payout)[0].status in (*LIVE, TxStatus.SUCCEEDED)
    assert len(world.attempts(payout)) == 1
    if world.attempts(payout)[0].status in LIVE:  # the liar was asked first
        assert Halt.objects.filter(lifted_at=None, cause="node").exists()
    honest(liar)
    world.work()
    assert len(world.attempts(payout)) == 1
    assert len(world.transfers(payout)) == 1


def test_28_a_cost_that_rises_by_a_fifth_after_the_estimate_is_absorbed(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    """The most a maintenance period adds (dynamic energy model)."""

    def cheaper(answer: Any) -> Any:
        return answer | {"energy_used": answer["energy_used"] * 10 // 12}

    for node in pair:
        node.on("wallet/triggerconstantcontract", changes(cheaper))
    payout = world.on_the_way()
    world.send()
    world.solidify()
    world.paid_once(payout)
    row = world.attempts(payout)[0]
    assert row.energy_used > row.energy_estimate


def test_28_a_cost_that_doubles_after_the_estimate_fails_and_pays_nothing(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    def half(answer: Any) -> Any:
        return answer | {"energy_used": answer["energy_used"] // 2}

    for node in pair:
        node.on("wallet/triggerconstantcontract", changes(half))
    payout = world.on_the_way()
    world.send()
    world.solidify()
    assert world.attempts(payout)[0].result == "OUT_OF_ENERGY"
    world.paid_nothing(payout)


def test_30_without_history_nothing_is_proven_and_the_other_node_is_read(
    world: World, pair: tuple[LyingNode, LyingNode]
) -> None:
    pruned, _ = pair
    payout = world.on_the_way()
    world.send()
    keeps_no_history(pruned)
    world.node.mine(1)
    world.expire()
    for _ in range(3):
        world.work()
        assert world.attempts(payout)[0].status != TxStatus.DEAD
        assert len(world.attempts(payout)) == 1
    honest(pruned)
    world.scan()
    world.settle()
    world.paid_once(payout)
    assert world.attempts(payout)[0].status in FINAL
