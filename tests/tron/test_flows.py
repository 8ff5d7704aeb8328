"""Money to and from watched addresses: every flow once, from the block on that was asked for."""

from typing import Any

import pytest

from tests.sandbox.people import TRX, USDT, Person, settle, trx_draft, usdt_draft
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG, asked, scan_all
from tron.blocks import Block
from tron.errors import OutcomeUnknown
from tron.flows import (
    CALL_VALUE_LOG_INDEX,
    FEE_LOG_INDEX,
    INTERNAL_LOG_INDEX,
    STAKE_LOG_INDEX,
    TRX_LOG_INDEX,
    WITHDRAW_LOG_INDEX,
    Read,
    flows_of,
)
from tron.models import ChainFlow, WatchedAddress, WatchedPair
from tron.node import Node

pytestmark = pytest.mark.django_db


def watch(person: Person, from_block: int = 0) -> None:
    """Record this person's flows from a block on."""
    WatchedAddress.objects.create(address=person.address, from_block=from_block)


def flows(*, fees: bool = False) -> list[tuple[str, int, str, str, str, int]]:
    """Return what was recorded, in order; what burned only if it is asked for."""
    fields = ("txid", "log_index", "asset", "sender", "recipient", "units")
    rows = ChainFlow.objects.order_by("block_number", "pk")
    if not fees:
        rows = rows.exclude(log_index=FEE_LOG_INDEX)
    return list(rows.values_list(*fields))


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
    recorded = ChainFlow.objects.get(txid=out_usdt.txid, log_index=0)
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
    burned = (FEE_LOG_INDEX, "TRX", alice.address, "", receipt["fee"])
    assert [flow[1:] for flow in flows(fees=True)] == [burned]


def test_a_fee_is_recorded_of_whoever_burned_it_and_of_nobody_else(
    node: SandboxProcess, alice: Person
) -> None:
    scan_all()
    bob = Person()
    watch(bob)
    settle(node, usdt_draft(node, alice, bob, USDT), alice)
    solidify(node)
    assert [flow[1] for flow in flows(fees=True)] == [0]
    watch(alice)
    sent = trx_draft(node, alice, bob, TRX)
    receipt = settle(node, sent, alice)  # makes Bob's account, which costs
    solidify(node)
    fee = (sent.txid, FEE_LOG_INDEX, "TRX", alice.address, "", receipt["fee"])
    assert fee in flows(fees=True)


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


def told(alice: Person, kind: str, value: dict, **receipt: object) -> list[tuple]:
    """Return (index, sender, recipient, units) of one transaction as java-tron tells it."""
    watch(alice)
    body = {"contract": [{"type": kind, "parameter": {"value": value}}]}
    transaction = {"txID": "ab" * 32, "raw_data": body}
    block = Block(7, "cd" * 32, "ef" * 32, 1_000, (transaction,))
    found = flows_of([(block, [{"id": "ab" * 32, "blockNumber": 7, **receipt}])])
    return [(flow.log_index, flow.sender, flow.recipient, flow.units) for flow in found]


def test_trx_sent_along_with_a_call_is_a_flow(alice: Person) -> None:
    shop = Person()
    value = {"owner_address": alice.hex, "contract_address": shop.hex, "call_value": 5}
    good = {"contract_address": shop.hex, "receipt": {"result": "SUCCESS"}}
    assert told(alice, "TriggerSmartContract", value, **good) == [
        (CALL_VALUE_LOG_INDEX, alice.address, shop.address, 5)
    ]
    WatchedAddress.objects.all()._raw_delete("default")
    good["receipt"] = {"result": "REVERT"}
    assert told(alice, "TriggerSmartContract", value, **good) == []


def test_trx_that_moves_inside_of_a_call_is_a_flow(alice: Person) -> None:
    shop, owner = Person(), Person()
    value = {"owner_address": owner.hex, "contract_address": shop.hex}

    def inside(giver: Person, taker: Person, **value: int) -> dict:
        return {
            "caller_address": giver.hex,
            "transferTo_address": taker.hex,
            "callValueInfo": [value],
        }

    internal = [
        inside(shop, alice, callValue=9),
        inside(shop, alice),  # nothing
        inside(shop, alice, callValue=4, tokenId=1000001),  # another asset
        inside(shop, alice, callValue=3) | {"rejected": True},
        inside(shop, owner, callValue=2),  # nobody of ours
        inside(shop, alice, callValue=1),
    ]
    found = told(
        alice,
        "TriggerSmartContract",
        value,
        contract_address=shop.hex,
        receipt={"result": "SUCCESS"},
        internal_transactions=internal,
    )
    assert found == [
        (INTERNAL_LOG_INDEX, shop.address, alice.address, 9),
        (INTERNAL_LOG_INDEX - 5, shop.address, alice.address, 1),
    ]


@pytest.mark.parametrize(
    ("kind", "amounts", "receipt", "expected"),
    [
        ("FreezeBalanceV2Contract", {"frozen_balance": 8}, {}, (STAKE_LOG_INDEX, "out", 8)),
        ("WithdrawBalanceContract", {}, {"withdraw_amount": 6}, (WITHDRAW_LOG_INDEX, "in", 6)),
        ("WithdrawExpireUnfreezeContract", {}, {"withdraw_expire_amount": 4},
         (WITHDRAW_LOG_INDEX, "in", 4)),
        ("UnfreezeBalanceV2Contract", {"unfreeze_balance": 9}, {"withdraw_expire_amount": 3},
         (WITHDRAW_LOG_INDEX, "in", 3)),
        ("UnfreezeBalanceContract", {}, {"unfreeze_amount": 2}, (WITHDRAW_LOG_INDEX, "in", 2)),
    ],
)  # fmt: skip
def test_what_staking_takes_and_gives_back_is_a_flow(
    alice: Person, kind: str, amounts: dict, receipt: dict, expected: tuple
) -> None:
    index, way, units = expected
    ends = (alice.address, "") if way == "out" else ("", alice.address)
    found = told(alice, kind, {"owner_address": alice.hex, **amounts}, **receipt)
    assert found == [(index, *ends, units)]


def test_a_movement_that_cannot_be_read_stops_the_scan(alice: Person) -> None:
    with pytest.raises(OutcomeUnknown):
        told(alice, "TransferContract", {"owner_address": alice.hex, "amount": 5})


def pair(sender: Person, recipient: Person, from_block: int = 0) -> WatchedPair:
    """Record the USDT that the one pays the other."""
    return WatchedPair.objects.create(
        sender=sender.address, recipient=recipient.address, from_block=from_block
    )


def test_what_one_of_a_pair_pays_the_other_is_recorded_and_nothing_else(
    node: SandboxProcess, alice: Person
) -> None:
    scan_all()
    bob, carol = Person(), Person()
    pair(alice, bob)
    settle(node, trx_draft(node, alice, bob, 50 * TRX), alice)
    paid = usdt_draft(node, alice, bob, 7 * USDT)
    settle(node, paid, alice)
    settle(node, usdt_draft(node, alice, carol, USDT), alice)
    settle(node, usdt_draft(node, bob, alice, USDT), bob)
    solidify(node)
    expected = [(paid.txid, 0, "USDT", alice.address, bob.address, 7 * USDT)]
    assert flows(fees=True) == expected


def test_a_pair_is_watched_from_its_block_on_and_no_longer_than_it_is_there(
    node: SandboxProcess, alice: Person
) -> None:
    scan_all()
    bob = Person()
    head = node.state()["head"]["number"]
    watched = pair(alice, bob, from_block=head + 2)
    before, after = (usdt_draft(node, alice, bob, units) for units in (1, 2))
    settle(node, before, alice)
    settle(node, after, alice)
    solidify(node)
    assert [flow[0] for flow in flows()] == [after.txid]
    watched.delete()
    settle(node, usdt_draft(node, alice, bob, 3), alice)
    solidify(node)
    assert len(flows()) == 1


def test_a_pair_of_which_one_is_watched_is_one_flow(node: SandboxProcess, alice: Person) -> None:
    scan_all()
    bob = Person()
    pair(alice, bob)
    watch(bob)
    settle(node, usdt_draft(node, alice, bob, 1), alice)
    solidify(node)
    assert len(flows()) == 1


def test_a_run_of_blocks_asks_once_however_many_are_watched(
    node: SandboxProcess, alice: Person, django_assert_num_queries: Any
) -> None:
    """It looks up whom it meets: others cost nothing."""
    scan_all()
    crowd = [WatchedAddress(address=Person().address, from_block=0) for _ in range(200)]
    WatchedAddress.objects.bulk_create(crowd)
    watch(alice)
    for units in (1, 2, 3):
        settle(node, usdt_draft(node, alice, Person(), units), alice)
    last = node.state()["head"]["number"]
    node.mine(SOLID_LAG)

    async def blocks(one: Node) -> list[Read]:
        found = await one.solid_blocks(last - 2, last)
        return [(block, await one.receipts(block)) for block in found]

    run = asked(blocks)
    with django_assert_num_queries(1):
        found = flows_of(run)
    assert [flow.units for flow in found if flow.asset == "USDT"] == [1, 2, 3]


def test_a_stranger_s_nonsense_stops_nothing_and_beside_ours_the_scan(alice: Person) -> None:
    """A node tells many addresses that nobody here ever looks at."""
    nobody = {"owner_address": "41" + "ff" * 7, "to_address": "", "amount": 5}
    assert told(alice, "TransferContract", nobody) == []
    WatchedAddress.objects.all()._raw_delete("default")
    with pytest.raises(OutcomeUnknown):
        told(alice, "TransferContract", {**nobody, "to_address": alice.hex})
