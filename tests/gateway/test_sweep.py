"""Deposit addresses are emptied, each once, when that is worth it, and the books say so."""

from itertools import count
from typing import Any

import pytest
from django.test import override_settings

from gateway import tasks
from gateway.models_fees import Rate
from gateway.models_sweep import Sweep
from gateway.policy.sweeping import GIVEN, NOT_WORTH, RESERVE_SUN
from gateway.services.sweep_want import sweeps_want
from lucidpay.clock import utc_now
from tests.gateway.sweep_world import UNIT, Sweeping
from tests.sandbox.process import SandboxProcess
from tests.stateful.cuts import PowerCut, at_once, cut_at
from tests.tron.conftest import node, sandbox
from tron import tasks as tron_tasks
from tron.halt import lift, open_halts, pull
from tron.models import ChainTransaction
from wallets import tasks as wallet_tasks
from wallets.models_operation import Operation

__all__ = ["node", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)
HOLDER_ENERGY, PRICE_SUN = 64_285, 100  # of a transfer to somebody who holds USDT
BYTES_SUN = 345_000


@pytest.fixture
def world(node: SandboxProcess, settings: Any) -> Sweeping:
    """Give a world whose chain stands still between blocks."""
    settings.TRON_HEAD_AGE_MAX_S = 36_000
    return Sweeping(node)


def test_a_deposit_is_moved_with_one_top_up_of_what_it_burns(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.agrees()
    world.work()
    sweep = world.one()
    assert (sweep.status, sweep.units, sweep.wait_reason) == ("swept", 100 * UNIT, "")
    assert world.moved(place) == [100 * UNIT]
    burns_sun = HOLDER_ENERGY * PRICE_SUN + BYTES_SUN
    assert world.given(place) == [burns_sun * 105 // 100]
    assert sweep.funding.status == "confirmed"
    assert world.usdt(place.address) == 0
    assert world.trx(place.address) == burns_sun * 105 // 100 - HOLDER_ENERGY * PRICE_SUN
    assert sweep.cost_sun == burns_sun + RESERVE_SUN + 1_100_000
    world.work(1)
    assert Sweep.objects.count() == 1, "the rest of the top-up is not worth it"
    world.agrees()


def dies_everywhere(verb: Any) -> int:
    """Do it, after it died at each statement of the database that it makes; return how many."""
    for statement in count():
        Sweep.objects.filter(status="wanted").update(look_at=utc_now())
        ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
        try:
            with cut_at(statement):
                verb()
        except PowerCut:
            continue
        return statement
    raise AssertionError("it never ends")


def test_it_is_given_and_moved_once_wherever_whoever_does_it_dies(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    for _ in range(2):  # the top-up, and then the sweep
        world.read()
        assert dies_everywhere(tasks.sweep) > 5
        assert dies_everywhere(wallet_tasks.operate) >= 1
        assert dies_everywhere(tron_tasks.broadcast) > 2
        world.node.mine(20)
        dies_everywhere(tron_tasks.scan)
        for verb in (wallet_tasks.settle_operations, tasks.settle_sweeps, wallet_tasks.book_flows):
            dies_everywhere(verb)
    assert world.one().status == "swept"
    assert (len(world.given(place)), world.moved(place)) == (1, [100 * UNIT])
    world.agrees()


def test_two_who_sweep_at_once_give_and_move_once(world: Sweeping) -> None:
    places = [world.deposit(usdt=100) for _ in range(3)]
    for _ in range(3):
        world.read()
        Sweep.objects.filter(status="wanted").update(look_at=utc_now())
        at_once(*[tasks.sweep] * 3)
        # All of them have measured the same already, and are late.
        at_once(*[late_looks(world)] * 3)
        wallet_tasks.operate()
        world.send()
        world.solidify()
    assert list(Sweep.objects.values_list("status", flat=True)) == ["swept"] * 3
    for place in places:
        assert (len(world.given(place)), world.moved(place)) == (1, [100 * UNIT])
    world.agrees()


def late_looks(world: Sweeping) -> Any:
    """Return a turn that takes sweeps up which somebody else has in hand."""

    def turn() -> None:
        Sweep.objects.filter(status="wanted").update(look_at=utc_now())
        tasks.sweep()

    return turn


def test_dust_stays_until_more_comes(world: Sweeping, settings: Any) -> None:
    place = world.deposit(usdt=30)
    world.work(1)
    assert not Sweep.objects.exists()
    assert sweeps_want(now=utc_now()) == 0, "it was weighed"
    world.deposit(place, usdt=40)
    world.work()
    assert (world.one().units, world.moved(place)) == (70 * UNIT, [70 * UNIT])
    world.agrees()


def test_what_is_not_worth_its_cost_says_so_and_waits(world: Sweeping) -> None:
    # Without a rate a TRX counts as a USDT: 8 of them for 52.
    place = world.deposit(usdt=52)
    world.work(1)
    sweep = world.one()
    assert (sweep.status, sweep.funding) == ("wanted", None)
    assert sweep.wait_reason.startswith(NOT_WORTH)
    assert world.given(place) == []
    Rate.objects.create(
        micro_per_trx=200_000, source="manual", by="tests", at=utc_now(), expires_at=utc_now()
    )
    world.work()
    assert world.moved(place) == [52 * UNIT]
    world.agrees()


def test_what_comes_while_it_waits_is_moved_along(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.sweep()
    world.send()
    world.solidify()
    assert Operation.objects.get().status == "confirmed"
    world.deposit(place, usdt=11)
    world.work()
    assert world.moved(place) == [111 * UNIT]
    assert len(world.given(place)) == 1
    statuses = Sweep.objects.order_by("created_at").values_list("status", "units")
    assert list(statuses) == [("failed", 100 * UNIT), ("swept", 111 * UNIT)]
    world.agrees()


def test_what_comes_while_it_is_sent_is_moved_next(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.work(1)
    world.sweep()
    assert world.one().status == "signed"
    books_only = world.deposit(place, usdt=60)  # a block holds both
    assert books_only == place
    world.work(4)
    assert world.moved(place) == [100 * UNIT, 60 * UNIT]
    world.agrees()


def test_trx_of_a_swap_is_moved_but_for_what_sending_it_may_burn(world: Sweeping) -> None:
    place = world.deposit(trx=50)
    world.work()
    sweep = world.one()
    assert (sweep.status, sweep.asset, sweep.funding) == ("swept", "TRX", None)
    assert sweep.units == 50 * UNIT - RESERVE_SUN
    assert world.trx(place.address) == RESERVE_SUN
    world.agrees()


def test_trx_that_lies_there_pays_for_the_usdt_and_the_rest_is_moved(world: Sweeping) -> None:
    place = world.deposit(usdt=100, trx=30)
    world.work(4)
    assert world.given(place) == []
    assert world.moved(place) == [100 * UNIT]
    assert list(Sweep.objects.order_by("pk").values_list("asset", "status")) == [
        ("USDT", "swept"),
        ("TRX", "swept"),
    ]
    assert world.trx(place.address) <= RESERVE_SUN
    world.agrees()


def test_after_a_failed_receipt_it_is_given_only_what_it_lacks(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.work(1)
    world.sweep()
    # The paying wallet gives all its USDT away before the transfer is executed: it costs twice.
    world.node.post("/sandbox/energy", holder=130_000)
    world.send()
    world.solidify()
    failed = world.one_of("failed")
    assert failed.transaction.result == "OUT_OF_ENERGY"
    assert "OUT_OF_ENERGY" in failed.wait_reason
    world.agrees()
    world.work()
    first, second = world.given(place)
    left_sun = first - failed.transaction.fee_sun
    assert second <= (130_000 * PRICE_SUN + BYTES_SUN - left_sun) * 105 // 100
    assert world.moved(place) == [100 * UNIT]
    world.agrees()


def test_a_top_up_that_dies_is_asked_for_again_and_arrives_once(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.sweep()
    world.expire()
    first = Operation.objects.get()
    assert first.status == "failed"
    assert world.given(place) == []
    world.work()
    assert Operation.objects.count() == 2
    assert (len(world.given(place)), world.moved(place)) == (1, [100 * UNIT])
    world.agrees()


def test_a_sweep_that_dies_is_followed_by_another_without_a_top_up(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.work(1)
    world.sweep()
    world.expire()
    assert world.one_of("failed").transaction.status == "dead"
    world.work()
    assert (len(world.given(place)), world.moved(place)) == (1, [100 * UNIT])
    world.agrees()


def test_it_waits_with_a_reason_while_the_wallet_may_send_no_more_trx(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    with override_settings(TRX_TRANSFER_DAILY_MAX=1):
        world.work(1)
        sweep = world.one()
        assert "TRX_TRANSFER_DAILY_MAX" in sweep.wait_reason
        assert (sweep.status, sweep.funding) == ("wanted", None)
    world.work()
    assert world.moved(place) == [100 * UNIT]
    world.agrees()


def test_it_gives_and_signs_nothing_while_the_kill_switch_is_on(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    pull(reason="a drill", by="tests", now=utc_now())
    world.work(1)
    assert "a drill" in world.one().wait_reason
    assert not Operation.objects.exists()
    lift(halts=[one.pk for one in open_halts()], reason="over", by="tests", now=utc_now())
    world.sweep()
    assert world.one().wait_reason == GIVEN
    world.send()
    world.solidify()
    world.work()
    assert world.moved(place) == [100 * UNIT]
    world.agrees()
