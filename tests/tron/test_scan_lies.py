"""A node that tells the solid chain wrongly stops the scanner; it ends nobody."""

from contextlib import suppress
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
    stored,
)
from tests.tron.lying_node import LyingNode, changes
from tron.blocks import block_id_of
from tron.errors import NodeError, OutcomeUnknown, WrongChain
from tron.models import (
    LIVE,
    ChainTransaction,
    ScanCursor,
    ScannedBlock,
    TxStatus,
    WatchedAddress,
)
from tron.scan import scan_solid
from tron.trc20 import MalformedCall

BLOCKS = "walletsolidity/getblockbylimitnext"
RECEIPTS = "walletsolidity/gettransactioninfobyblocknum"
pytestmark = pytest.mark.django_db


def edited(number: int, edit: Any) -> Any:
    """Change one block of a range."""

    def change(answer: Any) -> Any:
        for block in answer["block"]:
            if block["block_header"]["raw_data"]["number"] == number:
                edit(block)
        return answer

    return changes(change)


def in_danger(node: SandboxProcess, alice: Person) -> tuple[ChainTransaction, ChainTransaction]:
    """Return one in a solid block that is unread, and one that is to be dead by then."""
    scan_all()
    paid, late = stored(node, alice), stored(node, alice)
    send(node, paid)
    node.mine()
    node.post("/sandbox/step", seconds=300)
    node.mine(SOLID_LAG + 2)
    return paid, late


def test_a_block_that_does_not_follow_stops_it_and_nothing_is_written(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    rows = in_danger(node, alice)
    place = cursor()

    def edit(block: Any) -> None:
        raw = block["block_header"]["raw_data"]
        raw["parentHash"] = f"{place.number:016x}" + "ab" * 24
        block["blockID"] = block_id_of(raw)

    liar.on(BLOCKS, edited(place.number + 1, edit))
    with pytest.raises(WrongChain):
        scan_solid(now=LATER)
    assert not ScannedBlock.objects.exists()
    assert ScanCursor.objects.values().get() == ScanCursor.objects.values().get(
        number=place.number, block_id=place.block_id, seen_at=place.seen_at
    )
    assert all(reloaded(row).status == TxStatus.SIGNED for row in rows)
    honest(liar)
    scan_all()
    assert [reloaded(row).status for row in rows] == [TxStatus.SUCCEEDED, TxStatus.DEAD]


def tells_a_late_time(block: Any) -> None:
    block["block_header"]["raw_data"]["timestamp"] += 3_600_000


def loses_its_transactions(block: Any) -> None:
    block.pop("transactions", None)


def loses_one_transaction_of_its_bytes(block: Any) -> None:
    for transaction in block.get("transactions", ()):
        transaction["raw_data_hex"] = transaction["raw_data_hex"][:-2] + "00"


@pytest.mark.parametrize(
    "edit", [tells_a_late_time, loses_its_transactions, loses_one_transaction_of_its_bytes]
)
def test_a_block_told_wrongly_kills_nobody(
    node: SandboxProcess, liar: LyingNode, alice: Person, edit: Any
) -> None:
    """Believed, each of these would end a transaction that pays, and pay it again."""
    paid, late = in_danger(node, alice)

    def everywhere(answer: Any) -> Any:
        for block in answer["block"]:
            if block.get("transactions"):
                edit(block)
        return answer

    liar.on(BLOCKS, changes(everywhere))
    for _ in range(2):
        with suppress(OutcomeUnknown):
            scan_solid(now=LATER)
    assert reloaded(paid).status in LIVE
    assert reloaded(late).status in LIVE
    honest(liar)
    scan_all()
    assert [reloaded(row).status for row in (paid, late)] == [TxStatus.SUCCEEDED, TxStatus.DEAD]


def honest(liar: LyingNode) -> None:
    """Let the liar tell the truth from now on."""
    for path in (BLOCKS, RECEIPTS):
        liar.on(path, lambda exchange: exchange.reply(exchange.forward()))


def test_a_broken_link_further_on_keeps_what_was_read_before_it(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    paid, late = in_danger(node, alice)
    place = cursor()
    bad = f"{place.number + 2:016x}" + "ab" * 24
    liar.on(BLOCKS, edited(place.number + 2, lambda block: block.update(blockID=bad)))
    with pytest.raises(NodeError):
        scan_solid(now=LATER)
    # Whatever was written is a chain of links from the cursor's own block.
    ids = [place.block_id]
    for block in ScannedBlock.objects.order_by("number"):
        assert block.parent_id == ids[-1]
        ids.append(block.block_id)
    assert cursor().block_id == ids[-1]
    assert reloaded(late).status == TxStatus.SIGNED
    assert reloaded(paid).status != TxStatus.DEAD


@pytest.mark.parametrize(
    "edit",
    [
        lambda answer: [],
        lambda answer: {},
        lambda answer: None,
        lambda answer: answer[:-1],
        lambda answer: [{**one, "blockNumber": 1} for one in answer],
        lambda answer: [{**one, "id": "ab" * 32} for one in answer],
        lambda answer: [answer[0]] * (len(answer) + 1),
        lambda answer: {"Error": "this API is unavailable due to config"},
    ],
)
def test_without_the_block_s_receipts_it_stands_still_and_nothing_dies(
    node: SandboxProcess, liar: LyingNode, alice: Person, edit: Any
) -> None:
    rows = in_danger(node, alice)
    liar.on(RECEIPTS, changes(edit))
    with suppress(OutcomeUnknown):
        scan_solid(now=LATER)  # up to the block whose receipts are missing
    place = ScanCursor.objects.values("number", "block_id", "time_ms").get()
    with pytest.raises(OutcomeUnknown):
        scan_solid(now=LATER)
    assert ScanCursor.objects.values("number", "block_id", "time_ms").get() == place
    assert not ScannedBlock.objects.filter(transaction_count__gt=0).exists()
    assert all(reloaded(row).status in LIVE for row in rows)
    honest(liar)
    scan_all()
    assert [reloaded(row).status for row in rows] == [TxStatus.SUCCEEDED, TxStatus.DEAD]


@pytest.mark.parametrize(
    "edit",
    [
        lambda answer: {},
        lambda answer: {"block": []},
        lambda answer: {"block": answer["block"][1:]},
        lambda answer: {"block": answer["block"][:-1]},
        lambda answer: {"block": [answer["block"][0], *answer["block"][2:]]},
        lambda answer: None,
    ],
)
def test_with_a_gap_in_the_blocks_it_stands_still_and_nothing_dies(
    node: SandboxProcess, liar: LyingNode, alice: Person, edit: Any
) -> None:
    rows = in_danger(node, alice)
    place = ScanCursor.objects.values().get()
    liar.on(BLOCKS, changes(edit))
    with pytest.raises(OutcomeUnknown):
        scan_solid(now=LATER)
    assert ScanCursor.objects.values().get() == place
    assert all(reloaded(row).status in LIVE for row in rows)


@pytest.mark.parametrize(
    "raw_data",
    [None, {}, {"contract": []}, {"contract": [{}]}, {"contract": [{"type": "TransferContract"}]}],
)
def test_a_transaction_of_another_shape_stops_it_before_its_run_of_blocks(
    node: SandboxProcess, liar: LyingNode, alice: Person, raw_data: Any
) -> None:
    rows = in_danger(node, alice)
    place = cursor()
    WatchedAddress.objects.create(address=alice.address, from_block=0)

    def edit(answer: Any) -> Any:
        for block in answer["block"]:
            for transaction in block.get("transactions", ()):
                transaction["raw_data"] = raw_data
        return answer

    liar.on(BLOCKS, changes(edit))
    with pytest.raises(OutcomeUnknown):
        scan_solid(now=LATER)
    assert cursor().number == place.number
    assert all(reloaded(row).status in LIVE for row in rows)


def test_a_node_that_hides_the_end_of_the_chain_kills_nobody(
    node: SandboxProcess, liar: LyingNode, alice: Person
) -> None:
    """Its solid head claims to be late; the blocks that were read are not."""
    scan_all()
    row = stored(node, alice)
    node.mine(2)

    def edit(answer: Any) -> Any:
        raw = answer["block_header"]["raw_data"]
        raw["timestamp"] = row.expiration_ms + 1
        answer["blockID"] = block_id_of(raw)
        return answer

    for path in ("walletsolidity/getblock", "wallet/getblock"):
        liar.on(path, changes(edit))
    scan_solid(now=LATER)
    assert cursor().head_time_ms > row.expiration_ms
    assert reloaded(row).status == TxStatus.SIGNED


def tells_no_receipt(receipt: Any) -> None:
    receipt["receipt"] = "paid"


def tells_a_fee_of_no_column(receipt: Any) -> None:
    receipt["fee"] = 2**63


def tells_an_amount_of_no_column(receipt: Any) -> None:
    receipt["log"][0]["data"] = "ff" * 32


def tells_half_a_transfer(receipt: Any) -> None:
    receipt["log"][0]["topics"].pop()


@pytest.mark.parametrize("edit", [tells_no_receipt, tells_a_fee_of_no_column])
def test_a_node_whose_receipts_cannot_be_read_is_passed_over(
    node: SandboxProcess, liar: LyingNode, alice: Person, settings: Any, edit: Any
) -> None:
    settings.TRON_NODES = [liar.url, node.url]
    rows = in_danger(node, alice)
    liar.on(RECEIPTS, changes(lambda receipts: [edit(one) or one for one in receipts]))
    with pytest.raises(OutcomeUnknown):
        scan_all()
    while scan_solid(now=LATER):
        pass
    assert cursor().number == node.state()["solid"]["number"]
    assert reloaded(rows[0]).status == TxStatus.SUCCEEDED


@pytest.mark.parametrize("edit", [tells_an_amount_of_no_column, tells_half_a_transfer])
def test_a_node_whose_flows_cannot_be_read_is_passed_over(
    node: SandboxProcess, liar: LyingNode, alice: Person, settings: Any, edit: Any
) -> None:
    settings.TRON_NODES = [liar.url, node.url]
    scan_all()
    WatchedAddress.objects.create(address=alice.address, from_block=0)
    send(node, stored(node, alice))
    node.mine(SOLID_LAG + 1)
    liar.on(RECEIPTS, changes(lambda receipts: [edit(one) or one for one in receipts]))
    with pytest.raises((OutcomeUnknown, MalformedCall)):
        scan_solid(now=LATER)
    while scan_solid(now=LATER):
        pass
    assert cursor().number == node.state()["solid"]["number"]
    assert ChainTransaction.objects.get().status == TxStatus.SUCCEEDED
