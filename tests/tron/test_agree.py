"""Two nodes must tell the same before a payout may be signed again; one that lies stops all."""

from collections.abc import Callable, Iterator
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
from tests.tron.lying_node import Behaviour, LyingNode, changes, drops, lying_node, tells_the_truth
from tron import agree
from tron.address import address_parse
from tron.agree import blocks_agree
from tron.blocks import block_id_of
from tron.errors import WrongChain
from tron.halt import Halted, halt, lift, open_halts
from tron.models import LIVE, ChainTransaction, HaltCause, ScannedBlock, TxStatus
from tron.reference import reference_now
from tron.rewind import NotHalted, NothingToRewind, scan_rewind
from tron.scan import scan_solid
from tron.trc20 import TRANSFER_TOPIC

BLOCKS = "walletsolidity/getblockbylimitnext"
RECEIPTS = "walletsolidity/gettransactioninfobyblocknum"
HEAD, SOLID = "wallet/getblock", "walletsolidity/getblock"
pytestmark = pytest.mark.django_db


@pytest.fixture
def two(node: SandboxProcess, settings: Any) -> Iterator[tuple[LyingNode, LyingNode]]:
    """Point the platform at two nodes of one chain; each lies when told to."""
    with lying_node(node.url) as first, lying_node(node.url) as second:
        settings.TRON_NODES = [first.url, second.url]
        yield first, second


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


def test_without_the_liar_its_blocks_are_read_again_and_the_payment_is_found(
    node: SandboxProcess, two: Two, alice: Person, settings: Any
) -> None:
    scan_all()
    row, failing = stored(node, alice), stored(node, alice, amount=10**15)
    forks_after(node, two[0])
    send(node, row)
    send(node, failing)
    node.mine(SOLID_LAG + 5)
    scan_all()
    assert len(open_halts()) == 1
    assert cursor().agreed_number < cursor().number
    settings.TRON_NODES = [two[1].url]
    node.mine()
    with pytest.raises(WrongChain):
        scan_all()
    done = scan_rewind(by="tests", reason="the first node lied", now=LATER)
    assert (done.first, done.paid) == (cursor().number + 1, [row.txid])
    scan_all()
    assert (reloaded(row).status, reloaded(failing).status) == (
        TxStatus.SUCCEEDED,
        TxStatus.FAILED,
    )
    assert cursor().number == node.state()["solid"]["number"]


def fails(receipts: Any) -> Any:
    """Return receipts as if every transfer had been reverted."""
    for receipt in receipts:
        receipt["receipt"]["result"] = "REVERT"
        receipt.pop("log", None)
    return receipts


def test_what_a_removed_node_told_is_asked_of_the_one_that_is_left(
    node: SandboxProcess, two: Two, alice: Person, settings: Any
) -> None:
    """A receipt that it invented would otherwise be enough to pay a second time."""
    scan_all()
    row = stored(node, alice)
    send(node, row)
    away(two[1])
    two[0].on(RECEIPTS, changes(fails))
    solidify(node)
    back(two[1])
    settings.TRON_NODES = [two[1].url]
    scan_all()
    assert reloaded(row).status == TxStatus.SIGNED
    (why,) = open_halts()
    assert row.txid in why.reason
    scan_rewind(by="tests", reason="the first node lied", now=LATER)
    scan_all()
    assert reloaded(row).status == TxStatus.SUCCEEDED


def test_what_was_tied_to_a_block_that_never_was_is_dead_in_the_end(
    node: SandboxProcess, two: Two, alice: Person, settings: Any
) -> None:
    """Its payout would otherwise wait for ever: no node will ever take it."""
    scan_all()
    away(two[1])
    forks_after(node, two[0])
    node.mine(3)
    scan_all()
    lie = cursor()
    row = stored(node, alice, ref_block_id=lie.block_id)
    halt(cause=HaltCause.OPERATOR, reason="the first node lied", by="tests", now=LATER)
    scan_rewind(by="tests", reason="the first node lied", now=LATER)
    back(two[1])
    settings.TRON_NODES = [two[1].url]
    node.post("/sandbox/step", seconds=300)
    node.mine(SOLID_LAG + 2)
    scan_all()
    dead = reloaded(row)
    assert dead.status == TxStatus.DEAD
    true = ScannedBlock.objects.get(number=lie.number)
    assert dead.proof["reference_block_id"] == lie.block_id
    assert dead.proof["reference_block_on_chain"] == true.block_id != lie.block_id


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


def test_after_an_invented_success_the_others_go_on_and_a_person_looks_at_it(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    scan_all()
    unpaid = stored(node, alice, amount=10**15)
    send(node, unpaid)
    late = stored(node, alice)
    two[0].on(RECEIPTS, succeeds(unpaid))
    node.mine(1)
    node.post("/sandbox/step", seconds=300)
    node.mine(SOLID_LAG + 2)
    scan_all()
    assert reloaded(unpaid).status == TxStatus.SUCCEEDED
    (why,) = open_halts()
    assert reloaded(late).status == TxStatus.SIGNED
    back(two[0])
    done = scan_rewind(by="tests", reason="the first node lied", now=LATER)
    assert done.paid == [unpaid.txid]
    lift(halts=[why.pk], reason="it was looked at", by="tests", now=LATER)
    scan_all()
    assert open_halts() == []
    assert reloaded(late).status == TxStatus.DEAD
    assert cursor().agreed_number == cursor().number


def test_a_contradiction_by_one_node_is_taken_back_when_it_lied(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    scan_all()
    row = stored(node, alice)
    send(node, row)

    def cheats(receipts: Any) -> Any:
        for receipt in receipts:
            receipt["log"][0]["data"] = f"{1:064x}"
        return receipts

    two[0].on(RECEIPTS, changes(cheats))
    solidify(node)
    met = reloaded(row)
    assert (met.status, met.found) == (TxStatus.SIGNED, TxStatus.CONTRADICTED)
    assert len(open_halts()) == 1
    back(two[0])
    scan_rewind(by="tests", reason="the first node lied", now=LATER)
    scan_all()
    assert reloaded(row).status == TxStatus.SUCCEEDED


def test_blocks_that_are_read_again_meanwhile_are_not_confirmed(
    node: SandboxProcess, two: Two, alice: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan_all()
    node.mine(3)
    scan_solid(now=LATER)
    agreed_number = cursor().agreed_number
    contradiction = agree._contradiction

    def rewound(*told: Any) -> str:
        halt(cause=HaltCause.OPERATOR, reason="drill", by="tests", now=LATER)
        scan_rewind(by="tests", reason="drill", now=LATER)
        return contradiction(*told)

    monkeypatch.setattr(agree, "_contradiction", rewound)
    blocks_agree(now=LATER)
    assert (cursor().agreed_number, cursor().number) == (agreed_number, agreed_number)


def test_nothing_is_read_again_while_payouts_could_be_signed(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    scan_all()
    away(two[1])
    node.mine()
    scan_all()
    place = cursor()
    with pytest.raises(NotHalted):
        scan_rewind(by="tests", reason="no reason", now=LATER)
    assert cursor() == place


def test_what_two_nodes_told_alike_is_never_read_again(
    node: SandboxProcess, two: Two, alice: Person
) -> None:
    expired(node, alice)
    scan_all()
    halt(cause=HaltCause.OPERATOR, reason="drill", by="tests", now=LATER)
    with pytest.raises(NothingToRewind):
        scan_rewind(by="tests", reason="no reason", now=LATER)


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
