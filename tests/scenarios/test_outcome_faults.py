"""What the chain decides against us, clocks that are wrong, and workers that die or double."""

from datetime import timedelta

import pytest

from payouts import tasks as payout_tasks
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.sandbox.people import USDT, Person, funded, send, trx_draft, trx_of
from tests.scenarios.world import World, clock_off
from tests.stateful.cuts import at_once
from tron import tasks as tron_tasks
from tron.models import ChainTransaction, TxStatus
from wallets.models import Account, Asset, Hold

pytestmark = pytest.mark.slow


def test_12_out_of_energy_fails_with_its_fee_booked(world: World) -> None:
    """The recipient gave all USDT away after the estimate: now the transfer costs twice as much."""
    holder = funded(world.node, usdt=1)
    payout = world.on_the_way(recipient_address=holder.address)
    world.empty(holder)
    world.send()
    world.unknown(payout)
    world.solidify()
    tx = world.attempts(payout)[0]
    assert (tx.status, tx.result) == (TxStatus.FAILED, "OUT_OF_ENERGY")
    assert tx.fee_sun > tx.fee_limit_sun * 99 // 100
    assert "energy" in world.paid_nothing(payout).error_message


def test_13_trx_gone_between_check_and_execution_fails_and_pays_nothing(world: World) -> None:
    payout = world.on_the_way()
    left_sun = trx_of(world.node, world.key) - 2 * builders.TRX
    drain = trx_draft(world.node, world.key, Person(), left_sun).sign(world.key)
    assert send(world.node, drain)["result"] is True
    world.node.mine()
    world.send()
    world.unknown(payout)
    world.solidify()
    tx = world.attempts(payout)[0]
    assert (tx.status, tx.result) == (TxStatus.FAILED, "OUT_OF_ENERGY")
    world.see(payout, Status.FAILED)
    assert world.transfers(payout) == []
    assert not Hold.objects.filter(status=Hold.Status.OPEN).exists()


def test_14_a_blacklisted_sender_fails_and_is_not_tried_again(world: World) -> None:
    payout, waiting = world.on_the_way(), world.ask()
    world.token(blacklist=[world.key.address])
    world.send()
    world.unknown(payout)
    world.solidify()
    assert world.attempts(payout)[0].result == "REVERT"
    for _ in range(2):
        world.work()
    assert "Nothing was paid" in world.see(payout, Status.FAILED).error_message
    assert world.transfers(payout) == []
    assert len(world.attempts(payout)) == 1
    assert world.see(waiting, Status.PENDING).wait_reason
    assert world.attempts(waiting) == []


def test_16_a_paused_contract_makes_payouts_wait(world: World) -> None:
    payout = world.ask()
    world.node.mine(3)
    world.token(paused=True)
    try:
        world.node.mine(3)
        world.work()
        assert world.see(payout, Status.PENDING).wait_reason
        assert world.attempts(payout) == []
    finally:
        world.token(paused=False)
    world.node.mine(3)
    Payout.objects.update(sign_after=payout.created_at)  # the next look has come
    world.work()
    world.solidify()
    world.paid_once(payout)


def test_16_a_contract_paused_under_way_reverts_and_pays_nothing(world: World) -> None:
    payout = world.on_the_way()
    world.token(paused=True)
    try:
        world.send()
        world.unknown(payout)
        world.solidify()
    finally:
        world.token(paused=False)
    assert world.attempts(payout)[0].result == "REVERT"
    world.paid_nothing(payout)


def test_16_a_fee_of_the_token_under_way_is_for_a_person_and_is_not_signed_again(
    world: World,
) -> None:
    payout = world.on_the_way()
    world.token(basis_points_rate=10, maximum_fee=1_000_000)
    try:
        world.send()
        world.unknown(payout)
        world.solidify()
    finally:
        world.token(basis_points_rate=0, maximum_fee=0)
    world.expire()
    world.work()
    found = world.see(payout, Status.PROCESSING)
    assert "person" in found.wait_reason
    assert [row.status for row in world.attempts(payout)] == [TxStatus.CONTRADICTED]
    (arrived,) = world.transfers(payout)
    assert int(arrived["amount"]) < payout.amount_micro


WRONG_CLOCKS = [
    timedelta(minutes=5),
    timedelta(minutes=-5),
    timedelta(hours=25),
    -timedelta(days=2),
]


@pytest.mark.parametrize("wrong", WRONG_CLOCKS, ids=str)
def test_23_a_wrong_clock_ends_nothing_and_nothing_is_paid_twice(
    world: World, wrong: timedelta
) -> None:
    payout = world.on_the_way()
    expiration_ms = world.attempts(payout)[0].expiration_ms
    with clock_off(wrong):
        for _ in range(2):
            world.send()
            world.scan()
            world.settle()
            assert world.unknown(payout).expiration_ms == expiration_ms
        world.solidify()
    world.paid_once(payout)


@pytest.mark.parametrize("wrong", WRONG_CLOCKS[:2], ids=str)
def test_23_what_is_signed_with_a_wrong_clock_expires_by_the_chain_s(
    world: World, wrong: timedelta
) -> None:
    payout = world.ask()
    head_time_ms = world.node.mine(3)["head_time_ms"]
    with clock_off(wrong):
        world.work()
        signed = world.attempts(payout)
        if signed:  # far ahead of the chain, nothing may be signed at all
            assert 0 < signed[0].expiration_ms - head_time_ms <= 180_000
        world.solidify()
    world.work()
    world.solidify()
    world.paid_once(payout)


@pytest.mark.parametrize("statement", [0, 1, 2, 3, 4])
def test_24_a_crash_between_signing_and_sending_sends_the_stored_bytes(
    world: World, statement: int
) -> None:
    payout = world.on_the_way()
    world.dies(tron_tasks.broadcast, statement=statement)
    world.unknown(payout)
    world.send()
    world.solidify()
    world.paid_once(payout)


def test_24_a_crash_after_sending_and_before_it_is_written_down_pays_once(world: World) -> None:
    payout = world.on_the_way()

    def killed(statement: int) -> bool:
        # Due each time: a claim that was committed before the death has put the next sending off.
        ChainTransaction.objects.update(next_send_at=payout.created_at)
        try:
            world.dies(tron_tasks.broadcast, statement=statement)
        except AssertionError:
            return False
        return world.node.state()["pool"] == 1

    assert any(killed(statement) for statement in range(20)), "never died after the bytes left"
    assert world.unknown(payout).status == TxStatus.SIGNED
    assert world.answers(payout) == []
    world.send()
    world.solidify()
    world.paid_once(payout)


@pytest.mark.parametrize("statement", range(0, 24, 3))
def test_24_a_crash_while_signing_leaves_all_or_nothing(world: World, statement: int) -> None:
    payout = world.ask()
    world.node.mine(3)
    world.scan()
    world.dies(payout_tasks.sign, statement=statement)
    found = Payout.objects.get(pk=payout.pk)
    attempts = world.attempts(payout)
    assert (found.status, len(attempts)) in {("pending", 0), ("processing", 1)}
    assert Hold.objects.filter(subject=payout.pk).count() == 2 * len(attempts)
    world.work()
    world.solidify()
    world.paid_once(payout)


def test_25_two_workers_sign_the_same_payouts_once(world: World) -> None:
    orders = [world.ask() for _ in range(4)]
    world.node.mine(3)
    world.scan()
    at_once(world.sign, world.sign, world.sign)
    assert [len(world.attempts(payout)) for payout in orders] == [1, 1, 1, 1]
    at_once(tron_tasks.broadcast, tron_tasks.broadcast)
    world.solidify()
    for payout in orders:
        world.paid_once(payout)


def test_25_two_equal_payouts_are_two_transactions_and_both_are_paid(world: World) -> None:
    recipient = funded(world.node, usdt=1).address
    first, second = (world.ask(recipient_address=recipient, amount_usdt=3 * USDT) for _ in range(2))
    world.node.mine(3)
    world.work()
    world.solidify()
    txids = {world.attempts(payout)[0].txid for payout in (first, second)}
    assert len(txids) == 2
    assert {one["txid"] for one in world.transfers(first)} == txids
    for payout in (first, second):
        world.see(payout, Status.CONFIRMED)
    left = Account.objects.get(wallet=world.wallet, asset=Asset.USDT).balance_units
    assert left == 1_000 * USDT - 2 * 3 * USDT
    world.books_closed()
