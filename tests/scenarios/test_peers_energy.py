"""What went wrong elsewhere with fees and energy: ``test_peers.py`` tells the rest.

TRX burned for transfers that could not end well, and energy bought again with every retry.
"""

from itertools import count
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.wait import FEE_TOO_HIGH, NO_TRX
from payouts.states import Status
from staking import tasks as staking_tasks
from staking.models import DelegationPolicy
from staking.services.rebalance import energy_rebalance
from staking.services.want_energy import energy_want
from tests import builders
from tests.scenarios.world import World
from tests.staking.world import TRX, Staker, staker_on
from tests.stateful.cuts import PowerCut, at_once, cut_at
from tron import tasks as tron_tasks
from tron.models import ChainTransaction
from wallets import ledger
from wallets import tasks as wallet_tasks
from wallets.models import Asset
from wallets.models_operation import Operation

pytestmark = pytest.mark.slow
PRICE_SUN, MARGIN_PERCENT = 100, 30
NEEDED = 130_285  # of a transfer to somebody without USDT


@pytest.fixture
def poor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next world's wallet have TRX for two transfers, or for one to a new holder."""
    monkeypatch.setattr("tests.scenarios.world.TRX_WHOLE", 20)


def test_15_nothing_is_sent_that_its_fee_limit_or_the_trx_there_are_would_not_pay_for(
    poor: None, world: World, settings: Any
) -> None:
    new = world.ask(recipient_address=builders.address())
    holders = [world.ask(), world.ask()]
    world.node.mine(3)
    world.work()
    for payout in holders:
        row = world.attempts(payout)[0]
        assert row.fee_limit_sun * 100 >= row.energy_estimate * PRICE_SUN * (100 + MARGIN_PERCENT)
    trx = ledger.wallet_account(world.wallet, Asset.TRX)
    assert 0 < trx.held_units <= trx.balance_units == 20 * TRX
    assert world.see(new, Status.PENDING).wait_reason.startswith(NO_TRX)
    world.solidify()
    for payout in holders:
        world.paid_once(payout)

    world.node.post("/sandbox/faucet", address=world.key.address, trx=20)
    world.solidify()
    settings.TRON_FEE_LIMIT_MAX_SUN = 10 * TRX
    for reason in (FEE_TOO_HIGH, ""):
        Payout.objects.filter(pk=new.pk).update(sign_after=utc_now())
        world.node.mine(1)
        world.work()
        assert Payout.objects.get(pk=new.pk).wait_reason == reason
        settings.TRON_FEE_LIMIT_MAX_SUN = 17 * TRX
    row = world.attempts(new)[0]
    assert (row.energy_estimate, row.fee_limit_sun) == (NEEDED, NEEDED * PRICE_SUN * 13 // 10)
    world.solidify()
    world.paid_once(new)


def dies_everywhere(verb: Any) -> int:
    """Do it, after it died at each statement of the database that it makes; return how many."""
    for statement in count():
        ChainTransaction.objects.exclude(next_send_at=None).update(next_send_at=utc_now())
        try:
            with cut_at(statement):
                verb()
        except PowerCut:
            continue
        return statement
    raise AssertionError("it never ends")


def lent_sun(giver: Staker, world: World) -> int:
    """Return what is lent to the paying wallet, by the chain's account."""
    pair = {"fromAddress": giver.address, "toAddress": world.key.address, "visible": True}
    lent = world.node.post("/wallet/getdelegatedresourcev2", **pair)["delegatedResource"]
    return sum(int(one.get("frozen_balance_for_energy", 0)) for one in lent)


def test_16_energy_is_lent_once_however_often_who_lends_it_dies_or_meets_another(
    world: World,
) -> None:
    giver = staker_on(world.node)
    giver.done("stake", amount_trx=50_000, resource="ENERGY")
    DelegationPolicy.objects.create(
        staking_wallet=giver.wallet, hot_wallet=world.wallet, most_trx=40_000
    )
    delegations = Operation.objects.filter(kind="delegate")

    energy_want(wallet_id=world.wallet.pk, energy=NEEDED, now=utc_now())
    giver.read()
    assert dies_everywhere(staking_tasks.rebalance) > 5
    giver.read()
    for verb in (wallet_tasks.operate, tron_tasks.broadcast):
        assert dies_everywhere(verb) > 2
        staking_tasks.rebalance()
    giver.solidify()
    first = delegations.get()
    assert (first.status, first.by) == ("confirmed", "rebalance")
    assert ChainTransaction.objects.filter(subject=first.pk).count() == 1
    assert lent_sun(giver, world) == first.amount_micro
    staking_tasks.rebalance()
    assert delegations.count() == 1, "there is enough now"

    energy_want(wallet_id=world.wallet.pk, energy=2 * NEEDED, now=utc_now())
    now = utc_now()
    assert sum(at_once(*[lambda: energy_rebalance(now=now)] * 3)) == 1
    giver.read()
    at_once(wallet_tasks.operate, wallet_tasks.operate)
    giver.send()
    giver.solidify()
    assert delegations.filter(status="confirmed").count() == 2
    assert lent_sun(giver, world) == sum(delegations.values_list("amount_micro", flat=True))
    giver.books_closed()
