"""A stake that works for the paying wallet works for its deposit addresses, and comes back."""

from typing import Any

import pytest

from gateway.models_sweep import Sweep
from staking.models import DelegationPolicy
from tests.api.conftest import _fresh_counters
from tests.gateway.sweep_world import UNIT, Sweeping
from tests.sandbox.process import SandboxProcess
from tests.staking.world import Staker, staker_on
from tests.tron.conftest import node, sandbox
from wallets.models_deposit import DepositAddress
from wallets.models_operation import Operation

__all__ = ["_fresh_counters", "node", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)
BYTES_SUN = 345_000


@pytest.fixture
def lender(node: SandboxProcess, settings: Any) -> Staker:
    """Give a hot wallet that has staked for energy."""
    settings.TRON_HEAD_AGE_MAX_S = 36_000
    staker = staker_on(node)
    staker.done("stake", amount_trx=50_000, resource="ENERGY")
    return staker


@pytest.fixture
def world(lender: Staker, node: SandboxProcess) -> Sweeping:
    """Give a world whose paying wallet is lent that stake."""
    world = Sweeping(node)
    DelegationPolicy.objects.create(
        staking_wallet=lender.wallet, hot_wallet=world.wallet, most_trx=40_000
    )
    return world


def lent_sun(lender: Staker, place: DepositAddress) -> int:
    """Return what an address is lent, by the chain's account."""
    pair = {"fromAddress": lender.address, "toAddress": place.address, "visible": True}
    lent = lender.node.post("/wallet/getdelegatedresourcev2", **pair).get("delegatedResource", [])
    return sum(int(one.get("frozen_balance_for_energy", 0)) for one in lent)


def test_energy_is_lent_to_an_address_that_trx_for_its_bytes_have_opened(
    world: Sweeping, lender: Staker
) -> None:
    place = world.deposit(usdt=100)
    world.work(1)
    assert world.given(place) == [BYTES_SUN]
    world.work(1)
    assert lent_sun(lender, place) > 0
    world.work(1)
    sweep = world.one()
    assert (sweep.status, world.moved(place)) == ("swept", [100 * UNIT])
    assert (sweep.transaction.fee_sun, sweep.lender) == (0, lender.wallet)
    world.work(2)
    assert (lent_sun(lender, place), world.one().lender) == (0, None)
    kinds = Operation.objects.filter(by="sweep").order_by("pk").values_list("kind", "status")
    assert list(kinds) == [
        ("transfer_trx", "confirmed"),
        ("delegate", "confirmed"),
        ("undelegate", "confirmed"),
    ]
    world.agrees()
    lender.books_closed()


def test_what_cannot_be_lent_is_burned(world: Sweeping, lender: Staker) -> None:
    lender.done("unstake", amount_trx=49_999, resource="ENERGY")
    place = world.deposit(usdt=100)
    world.work(4)
    assert world.moved(place) == [100 * UNIT]
    bytes_sun, energy_sun = world.given(place)
    assert (bytes_sun, lent_sun(lender, place)) == (BYTES_SUN, 0)
    assert energy_sun < 64_285 * 100
    assert Sweep.objects.get().lender is None
    world.agrees()


def test_what_was_lent_goes_over_to_the_sweep_that_takes_the_place_of_this_one(
    world: Sweeping, lender: Staker
) -> None:
    place = world.deposit(usdt=100)
    world.work(2)
    assert lent_sun(lender, place) > 0
    world.deposit(place, usdt=20)
    world.work(5)
    assert world.moved(place) == [120 * UNIT]
    assert Operation.objects.filter(by="sweep", kind="delegate").count() == 1
    assert lent_sun(lender, place) == 0
    assert not Sweep.objects.filter(lender__isnull=False).exists()
    world.agrees()
