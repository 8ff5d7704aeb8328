"""What keeps a deposit address from being emptied, and what stops nobody else."""

from typing import Any

import pytest

from gateway import tasks
from gateway.models_sweep import Sweep
from gateway.policy.sweeping import NOT_SEEN
from gateway.services.sweep_fund import sweep_top_up
from lucidpay.clock import utc_now
from payouts.services.wait import NO_CHAIN, USDT_PAUSED, WOULD_REVERT
from tests.gateway.sweep_world import UNIT, Sweeping
from tests.sandbox.process import SandboxProcess
from tests.tron.conftest import liar, node, sandbox
from tests.tron.lying_node import LyingNode, drops, says, tells_the_truth
from tron.models import ChainTransaction
from wallets.models_deposit import DepositAccount
from wallets.models_operation import Operation

__all__ = ["liar", "node", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = "wallet/getaccount"


@pytest.fixture
def world(node: SandboxProcess, settings: Any) -> Sweeping:
    """Give a world whose chain stands still between blocks."""
    settings.TRON_HEAD_AGE_MAX_S = 36_000
    return Sweeping(node)


def test_who_measured_before_a_top_up_gives_no_second_one_after_it(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.read()
    tasks.sweeps_want(now=utc_now())
    late = Sweep.objects.select_related("address", "wallet").get()
    world.work(1)
    assert len(world.given(place)) == 1
    assert Operation.objects.get().status == "confirmed"
    # Nothing is open under its key any more, and the address is measured as it was.
    assert not sweep_top_up(late, 7 * UNIT, cost_sun=0, now=utc_now())
    world.work()
    assert (len(world.given(place)), world.moved(place)) == (1, [100 * UNIT])
    world.agrees()


def test_a_node_that_does_not_show_the_top_up_yet_causes_no_second_one(
    world: Sweeping, liar: LyingNode
) -> None:
    place = world.deposit(usdt=100)
    world.work(1)
    liar.on(ACCOUNT, says({}))
    world.work(2)
    sweep = world.one()
    assert (sweep.status, sweep.wait_reason) == ("wanted", NOT_SEEN)
    assert len(world.given(place)) == 1
    liar.on(ACCOUNT, tells_the_truth)
    world.work()
    assert (len(world.given(place)), world.moved(place)) == (1, [100 * UNIT])
    world.agrees()


def test_an_address_on_the_token_s_blacklist_stops_no_other(world: Sweeping) -> None:
    black, white = world.deposit(usdt=100), world.deposit(usdt=80)
    world.node.post("/sandbox/usdt", blacklist=[black.address])
    world.work()
    assert world.given(black) == world.moved(black) == []
    assert world.one_of("wanted").wait_reason == WOULD_REVERT
    assert world.moved(white) == [80 * UNIT]
    world.node.post("/sandbox/usdt", unblacklist=[black.address])
    world.work()
    assert world.moved(black) == [100 * UNIT]
    world.agrees()


def test_nothing_is_given_while_the_token_is_paused(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.node.post("/sandbox/usdt", paused=True)
    world.work(1)
    assert world.one().wait_reason == USDT_PAUSED
    assert world.given(place) == []
    world.node.post("/sandbox/usdt", paused=False)
    world.work()
    assert world.moved(place) == [100 * UNIT]
    world.agrees()


def test_while_no_node_answers_it_waits_with_that_reason(world: Sweeping, liar: LyingNode) -> None:
    place = world.deposit(usdt=100)
    world.read()
    liar.on("wallet/getchainparameters", drops)
    liar.on("wallet/triggerconstantcontract", drops)
    Sweep.objects.update(look_at=utc_now())
    tasks.sweep()
    assert world.one().wait_reason == NO_CHAIN
    liar.on("wallet/getchainparameters", tells_the_truth)
    liar.on("wallet/triggerconstantcontract", tells_the_truth)
    world.work()
    assert world.moved(place) == [100 * UNIT]
    world.agrees()


def test_a_key_that_does_not_open_lets_it_wait(world: Sweeping) -> None:
    first = world.deposit(usdt=100)
    sealed = world.account.sealed_seed
    world.work(1)
    DepositAccount.objects.filter(pk=world.account.pk).update(sealed_seed="00")
    world.work(1)
    assert "key" in world.one().wait_reason
    DepositAccount.objects.filter(pk=world.account.pk).update(sealed_seed=sealed)
    world.work()
    assert (len(world.given(first)), world.moved(first)) == (1, [100 * UNIT])
    world.agrees()


def test_a_receipt_that_contradicts_what_was_signed_is_left_to_a_person(world: Sweeping) -> None:
    place = world.deposit(usdt=100)
    world.work(1)
    world.sweep()
    # The token's owner lets it take a fee before the transfer is executed: less arrives.
    world.node.post("/sandbox/usdt", basis_points_rate=10, maximum_fee=10)
    world.send()
    world.solidify()
    world.node.post("/sandbox/usdt", basis_points_rate=0, maximum_fee=0)
    assert ChainTransaction.objects.get(purpose="sweep").status == "contradicted"
    sweep = world.one()
    assert (sweep.status, "A person must look" in sweep.wait_reason) == ("signed", True)
    world.work(2)
    assert Sweep.objects.count() == 1
    assert len(world.given(place)) == 1
