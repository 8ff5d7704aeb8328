"""Blocks that are not solid and vanish, on the model's chain: what they held may come again."""

from collections.abc import Iterator
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.states import Status
from tests import builders
from tests.stateful import truth
from tests.stateful.chain import SOLID_LAG, SUCCESS
from tests.stateful.node import served
from tests.stateful.payouts import Payouts
from tron.models import ChainTransaction, TxStatus

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(settings: Any) -> Iterator[Payouts]:
    """Give a wallet on the model's chain, seen through two nodes."""
    settings.PAYOUT_NEW_ATTEMPTS = 0
    with served() as a, served() as b:
        settings.TRON_NODES = [a.url, b.url]

        class Machine(Payouts):
            """The model, moved by hand."""

        Machine.doors, Machine.owner = (a, b), builders.user()
        machine = Machine()
        try:
            yield machine
        finally:
            machine.clock.stop()


def on_the_way(world: Payouts) -> ChainTransaction:
    """Return the transaction of a payout that was sent."""
    builders.payout(world.owner, amount_usdt=7 * builders.USDT, now=utc_now())
    world.sign()
    world.broadcast()
    return ChainTransaction.objects.get()


def workers(world: Payouts) -> Payout:
    """Let the workers do all they do, check all that must hold, and return the payout."""
    for verb in ("scan", "agree", "settle", "book", "sign", "broadcast"):
        getattr(world, verb)()
    truth.check_money(world.chain)
    truth.check_books()
    return Payout.objects.get()


def solid(world: Payouts) -> Payout:
    """Let everything become solid, read it, and return the payout."""
    for _ in range(SOLID_LAG + 1):
        world.mine([])
    return workers(world)


def test_09_included_gone_and_included_again_at_another_height_counts_once(
    world: Payouts,
) -> None:
    tx = on_the_way(world)
    world.mine([(tx.txid, SUCCESS)])
    first = world.chain.head.number
    assert workers(world).status == Status.PROCESSING
    world.chain.reorg(1)
    for _ in range(2):
        world.mine([])
    assert workers(world).status == Status.PROCESSING
    world.mine([(tx.txid, SUCCESS)])
    assert workers(world).status == Status.PROCESSING
    assert solid(world).status == Status.CONFIRMED
    found = ChainTransaction.objects.get()
    assert (found.status, found.block_number) == (TxStatus.SUCCEEDED, first + 2)
    assert list(world.chain.paid()) == [tx.txid]


def test_10_included_well_and_executed_again_as_a_revert_has_failed(world: Payouts) -> None:
    tx = on_the_way(world)
    world.mine([(tx.txid, SUCCESS)])
    assert workers(world).status == Status.PROCESSING
    world.chain.reorg(1)
    world.mine([(tx.txid, "REVERT")])
    payout = solid(world)
    assert (payout.status, "Nothing was paid" in payout.error_message) == (Status.FAILED, True)
    found = ChainTransaction.objects.get()
    assert (found.status, found.result) == (TxStatus.FAILED, "REVERT")
    assert found.fee_sun > 0
    assert not world.chain.paid()


def test_11_thrown_out_and_expired_is_replaced_only_after_the_proof(world: Payouts) -> None:
    tx = on_the_way(world)
    world.mine([(tx.txid, SUCCESS)])
    world.chain.reorg(1)
    world.traveller.shift(300)
    world.mine([])  # late enough, and not solid: the old block could come back
    assert world.chain.head.time_ms > tx.expiration_ms
    assert workers(world).status == Status.PROCESSING
    assert ChainTransaction.objects.count() == 1
    payout = solid(world)
    first, second = ChainTransaction.objects.order_by("pk")
    assert (first.status, second.status) == (TxStatus.DEAD, TxStatus.SENT)
    assert first.proof["solid_block_time_ms"] >= first.expiration_ms
    assert payout.transaction_id == second.pk
    world.mine([(second.txid, SUCCESS)])
    assert solid(world).status == Status.CONFIRMED
    assert list(world.chain.paid()) == [second.txid]
