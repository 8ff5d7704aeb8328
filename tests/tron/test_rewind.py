"""After a node lied: what it told alone is read again from the others."""

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
from tests.tron.lying_node import changes
from tests.tron.two_nodes import (
    RECEIPTS,
    Two,
    away,
    back,
    expired,
    fails,
    forks_after,
    succeeds,
)
from tron import agree
from tron.agree import blocks_agree
from tron.errors import WrongChain
from tron.halt import halt, lift, open_halts
from tron.models import HaltCause, ScannedBlock, TxStatus
from tron.rewind import NotHalted, NothingToRewind, scan_rewind
from tron.scan import scan_solid

pytestmark = pytest.mark.django_db


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
