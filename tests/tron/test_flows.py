"""Money to and from watched addresses: every flow once, from the block on that was asked for."""

import pytest

from tests.sandbox.people import TRX, USDT, Person, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, scan_all
from tron.flows import TRX_LOG_INDEX
from tron.models import ChainFlow, WatchedAddress

pytestmark = pytest.mark.django_db


def watch(person: Person, from_block: int = 0) -> None:
    """Record this person's flows from a block on."""
    WatchedAddress.objects.create(address=person.address, from_block=from_block)


def flows() -> list[tuple[str, int, str, str, str, int]]:
    """Return what was recorded, in order."""
    fields = ("txid", "log_index", "asset", "sender", "recipient", "units")
    return list(ChainFlow.objects.order_by("block_number", "pk").values_list(*fields))


def solidify(node: SandboxProcess) -> None:
    """Make all blocks solid and read them."""
    node.mine(SOLID_LAG)
    scan_all()


def test_what_comes_and_goes_is_recorded_once(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    watch(alice)
    bob = Person()
    out_trx = trx_draft(node, alice, bob, 5 * TRX)
    settle(node, out_trx, alice)
    out_usdt = usdt_draft(node, alice, bob, 7 * USDT)
    receipt = settle(node, out_usdt, alice)
    back = trx_draft(node, bob, alice, TRX)
    settle(node, back, bob)
    solidify(node)
    expected = [
        (out_trx.txid, TRX_LOG_INDEX, "TRX", alice.address, bob.address, 5 * TRX),
        (out_usdt.txid, 0, "USDT", alice.address, bob.address, 7 * USDT),
        (back.txid, TRX_LOG_INDEX, "TRX", bob.address, alice.address, TRX),
    ]
    assert flows() == expected
    recorded = ChainFlow.objects.get(txid=out_usdt.txid)
    assert recorded.block_number == receipt["blockNumber"]
    assert recorded.block_time_ms == receipt["blockTimeStamp"]
    assert recorded.booked_at is None
    solidify(node)
    assert flows() == expected


def test_both_sides_watched_is_one_flow(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    bob = Person()
    watch(alice)
    watch(bob)
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    solidify(node)
    assert len(flows()) == 1


def test_it_starts_with_the_block_that_was_asked_for(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    bob = Person()
    head = node.state()["head"]["number"]
    watch(alice, from_block=head + 2)
    before, after = (usdt_draft(node, alice, bob, units) for units in (1, 2))
    assert settle(node, before, alice)["blockNumber"] == head + 1
    assert settle(node, after, alice)["blockNumber"] == head + 2
    solidify(node)
    assert [flow[0] for flow in flows()] == [after.txid]


def test_nobody_else_s_money_is_recorded(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    watch(Person())
    settle(node, usdt_draft(node, alice, Person(), 1), alice)
    settle(node, trx_draft(node, alice, Person(), 1), alice)
    solidify(node)
    assert flows() == []


def test_a_transfer_that_failed_moved_nothing(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    watch(alice)
    receipt = settle(node, usdt_draft(node, alice, Person(), 10**15), alice)
    assert receipt["receipt"]["result"] == "REVERT"
    solidify(node)
    assert flows() == []


def test_a_fee_of_the_token_is_a_flow_of_its_own(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    watch(alice)
    bob = Person()
    sent = usdt_draft(node, alice, bob, 100 * USDT)
    node.post("/sandbox/usdt", basis_points_rate=10, maximum_fee=USDT)
    try:
        settle(node, sent, alice)
    finally:
        node.post("/sandbox/usdt", basis_points_rate=0, maximum_fee=0)
    solidify(node)
    assert [(flow[1], flow[5]) for flow in flows()] == [(0, 99_900_000), (1, 100_000)]
    assert {flow[3] for flow in flows()} == {alice.address}
