"""Walking the solid chain: read once, in order, without gaps; ends only from what is solid."""

from typing import Any

import pytest

from lucidpay.clock import iso
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import (
    AMOUNT,
    LATER,
    NOW,
    SOLID_LAG,
    cursor,
    reloaded,
    scan_all,
    send,
    solidify,
    stored,
    usdt_received,
)
from tests.tron.lying_node import LyingNode, changes, says
from tests.tron.test_trc20 import FOREIGN
from tron.models import ChainTransaction, ScannedBlock, TxStatus
from tron.scan import BLOCKS_A_PASS_MAX, scan_solid

BLOCKS = "walletsolidity/getblockbylimitnext"
RECEIPTS = "walletsolidity/gettransactioninfobyblocknum"
pytestmark = pytest.mark.django_db


def ended(node: SandboxProcess, row: ChainTransaction) -> ChainTransaction:
    """Send it, let the chain decide, and return the row with its end."""
    scan_all()
    send(node, row)
    solidify(node)
    return reloaded(row)


# --- The walk -------------------------------------------------------------------------------------


def test_it_begins_at_the_solid_head_and_reads_nothing_before(node: SandboxProcess) -> None:
    assert scan_solid(now=NOW) is False
    state, place = node.state(), cursor()
    assert (place.number, place.block_id) == (state["solid"]["number"], state["solid"]["id"])
    assert place.first_number == place.number + 1
    assert (place.head_number, place.head_time_ms) == (
        state["head"]["number"],
        state["head_time_ms"],
    )
    assert place.seen_at == NOW
    assert not ScannedBlock.objects.exists()


def test_it_walks_every_solid_block_in_order(node: SandboxProcess) -> None:
    scan_solid(now=NOW)
    start = cursor()
    node.mine(7)
    assert scan_solid(now=LATER) is False
    place = cursor()
    assert (place.number, place.block_id) == (start.number + 7, node.state()["solid"]["id"])
    assert (place.first_number, place.seen_at) == (start.first_number, LATER)
    read = list(ScannedBlock.objects.order_by("number"))
    assert [block.number for block in read] == list(range(start.number + 1, place.number + 1))
    ids = [start.block_id, *(block.block_id for block in read)]
    assert [block.parent_id for block in read] == ids[:-1]
    assert ids[-1] == place.block_id
    truth = node.post("/walletsolidity/getblockbynum", num=read[3].number)
    assert read[3].block_id == truth["blockID"]
    assert read[3].time_ms == truth["block_header"]["raw_data"]["timestamp"]


def test_it_catches_up_a_long_way_in_bounded_passes(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    scan_solid(now=NOW)
    start = cursor().number
    early, late = stored(node, alice), stored(node, alice)
    send(node, early)
    node.mine(250)
    send(node, late)
    node.mine(50)
    assert scan_solid(now=NOW) is True
    assert cursor().number == start + BLOCKS_A_PASS_MAX
    scan_all()
    assert cursor().number == start + 300
    assert ScannedBlock.objects.count() == 300
    assert {reloaded(early).status, reloaded(late).status} == {TxStatus.SUCCEEDED}
    asked = [one.question for one in liar.questions(BLOCKS)]
    assert all(one["endNum"] - one["startNum"] <= 100 for one in asked)
    # Only the two blocks that hold something were asked for receipts.
    assert len(liar.questions(RECEIPTS)) == 2


def test_a_node_whose_solid_head_is_behind_changes_nothing(
    node: SandboxProcess, liar: LyingNode
) -> None:
    scan_all()
    behind = node.post("/walletsolidity/getblock")
    node.mine(5)
    scan_all()
    place = cursor()
    liar.on("walletsolidity/getblock", says(behind))
    assert scan_solid(now=LATER) is False
    assert (cursor().number, cursor().block_id) == (place.number, place.block_id)
    liar.on("walletsolidity/getblock", lambda exchange: exchange.reply(exchange.forward()))
    node.mine()
    scan_all()
    assert cursor().number == place.number + 1


# --- How a transfer ends --------------------------------------------------------------------------


def test_it_succeeds_in_the_moment_its_block_is_solid_and_not_before(
    node: SandboxProcess, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)
    send(node, row)
    node.mine()
    number = node.state()["head"]["number"]
    for _ in range(SOLID_LAG):
        scan_all()
        assert reloaded(row).status == TxStatus.SIGNED
        node.mine()
    scan_all()
    after = reloaded(row)
    assert cursor().number == number
    assert (after.status, after.result) == (TxStatus.SUCCEEDED, "SUCCESS")
    assert (after.block_number, after.block_id) == (number, cursor().block_id)
    assert (after.block_time_ms, after.confirmations) == (cursor().time_ms, SOLID_LAG + 1)
    assert (after.final_at, after.next_send_at) == (LATER, None)
    receipt = node.info(row.txid)
    assert (after.fee_sun, after.energy_used) == (
        receipt["fee"],
        receipt["receipt"]["energy_usage_total"],
    )
    assert after.fee_sun > 0
    assert usdt_received(node, row.recipient) == AMOUNT


def test_a_blacklisted_sender_s_transfer_fails_and_costs_its_fee(
    node: SandboxProcess, alice: Person
) -> None:
    row = stored(node, alice)
    node.post("/sandbox/usdt", blacklist=[alice.address])
    after = ended(node, row)
    assert (after.status, after.result) == (TxStatus.FAILED, "REVERT")
    assert after.fee_sun == node.info(row.txid)["fee"] > 0
    assert after.block_number is not None
    assert usdt_received(node, row.recipient) == 0


def test_a_transfer_while_the_contract_is_paused_fails(node: SandboxProcess, alice: Person) -> None:
    row = stored(node, alice)
    node.post("/sandbox/usdt", paused=True)
    try:
        after = ended(node, row)
    finally:
        node.post("/sandbox/usdt", paused=False)
    assert (after.status, after.result) == (TxStatus.FAILED, "REVERT")
    assert usdt_received(node, row.recipient) == 0


def test_a_fee_limit_too_low_fails_and_burns_it_whole(node: SandboxProcess, alice: Person) -> None:
    after = ended(node, stored(node, alice, fee_limit_sun=5_000_000))
    assert (after.status, after.result) == (TxStatus.FAILED, "OUT_OF_ENERGY")
    assert after.fee_sun >= 5_000_000
    assert after.energy_used == 50_000
    assert usdt_received(node, after.recipient) == 0


def test_a_fee_taken_from_the_amount_contradicts_the_transfer(
    node: SandboxProcess, alice: Person
) -> None:
    row = stored(node, alice)
    node.post("/sandbox/usdt", basis_points_rate=10, maximum_fee=1_000_000)
    try:
        after = ended(node, row)
    finally:
        node.post("/sandbox/usdt", basis_points_rate=0, maximum_fee=0)
    assert (after.status, after.result) == (TxStatus.CONTRADICTED, "SUCCESS")
    assert after.block_number is not None
    assert 0 < usdt_received(node, row.recipient) < AMOUNT


def test_garbage_of_a_foreign_contract_does_not_stop_it(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)
    send(node, row)
    node.post("/sandbox/faucet", address=Person().address, trx=1)
    added: list[int] = []

    def edit(receipts: Any) -> Any:
        for receipt in receipts:
            if receipt["id"] != row.txid:
                receipt["log"] = list(FOREIGN.values())
                added.append(receipt["blockNumber"])
        return receipts

    liar.on(RECEIPTS, changes(edit))
    solidify(node)
    assert added == [reloaded(row).block_number]
    assert reloaded(row).status == TxStatus.SUCCEEDED
    assert cursor().number == node.state()["solid"]["number"]


# --- Proof of death -------------------------------------------------------------------------------


@pytest.mark.parametrize("after_third_block_ms", [0, 1, -1])
def test_it_is_dead_from_the_first_solid_block_that_is_not_earlier_than_its_expiration(
    node: SandboxProcess, alice: Person, after_third_block_ms: int
) -> None:
    scan_all()
    expiration_ms = node.state()["head_time_ms"] + 9_000 + after_third_block_ms
    row = stored(node, alice, expiration_ms=expiration_ms)
    before = alive = None
    while (place := cursor()).time_ms < expiration_ms:
        before, alive = place.time_ms, reloaded(row)
        node.mine(1, interval_ms=3_000)
        scan_all()
    assert before is not None
    assert alive is not None
    assert before < expiration_ms
    assert (alive.status, alive.proof) == (TxStatus.SIGNED, None)
    after = reloaded(row)
    assert (after.status, after.final_at, after.next_send_at) == (TxStatus.DEAD, LATER, None)
    scanned = ScannedBlock.objects.filter(number__gt=row.ref_block_number).order_by("number")
    assert after.proof == {
        "reference_block": row.ref_block_number,
        "reference_block_id": row.ref_block_id,
        "expiration_ms": expiration_ms,
        "solid_block": place.number,
        "solid_block_id": place.block_id,
        "solid_block_time_ms": place.time_ms,
        "blocks_scanned": place.number - row.ref_block_number,
        "block_ids": [block.block_id for block in scanned],
        "told_by": [place.node],
        "agreed_by": [],
        "proven_at": iso(LATER),
    }
    assert place.time_ms - expiration_ms < 3_000


def test_the_dead_stay_out_of_the_chain(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    row = stored(node, alice)
    node.post("/sandbox/step", seconds=300)
    solidify(node)
    assert reloaded(row).status == TxStatus.DEAD
    answer = node.post("/wallet/broadcasthex", transaction=row.signed_hex)
    assert answer["code"] == "TRANSACTION_EXPIRATION_ERROR"
    node.mine()
    assert usdt_received(node, row.recipient) == 0


def test_a_transfer_in_the_very_last_block_that_may_hold_it_is_not_dead(
    node: SandboxProcess, alice: Person
) -> None:
    """That block is later than the expiration; only its parent has to be earlier."""
    scan_all()
    row = stored(node, alice)
    send(node, row)
    node.post("/sandbox/step", seconds=3_600)
    node.mine()
    assert node.state()["head_time_ms"] > row.expiration_ms
    for _ in range(SOLID_LAG):
        node.mine(1, interval_ms=3_000)
        scan_all()
        assert reloaded(row).status in (TxStatus.SIGNED, TxStatus.SUCCEEDED)
    after = reloaded(row)
    assert after.status == TxStatus.SUCCEEDED
    assert after.block_time_ms > after.expiration_ms


def test_it_does_not_die_by_the_head_or_by_the_clock(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    row = stored(node, alice)
    node.post("/sandbox/step", seconds=86_400)
    node.mine(SOLID_LAG)
    scan_all()
    assert cursor().head_time_ms > row.expiration_ms > cursor().time_ms
    assert reloaded(row).status == TxStatus.SIGNED
    node.mine()
    scan_all()
    assert reloaded(row).status == TxStatus.DEAD


def test_no_death_is_proven_across_blocks_that_were_not_read(
    node: SandboxProcess, alice: Person
) -> None:
    unread = stored(node, alice)
    node.mine()
    first = stored(node, alice)
    scan_solid(now=NOW)
    assert cursor().first_number - 1 == first.ref_block_number == unread.ref_block_number + 1
    node.post("/sandbox/step", seconds=300)
    solidify(node)
    assert cursor().time_ms > unread.expiration_ms
    assert reloaded(first).status == TxStatus.DEAD
    assert (reloaded(unread).status, reloaded(unread).proof) == (TxStatus.SIGNED, None)
