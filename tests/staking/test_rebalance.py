"""Energy is lent where payouts need it, once, and comes back when it stands idle."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from lucidpay.clock import utc_now
from payouts import tasks as payout_tasks
from payouts.models import Payout, Router, RouterType
from payouts.services.route import router_assign
from staking import tasks
from staking.models import DelegationPolicy, EnergyWanted
from staking.services.rebalance import energy_rebalance
from staking.services.want_energy import energy_want
from tests import builders
from tests.sandbox.process import SandboxProcess
from tests.staking.world import TRX, Staker, booked, staker_on
from tests.stateful.cuts import at_once
from tests.wallets import books
from tron.halt import halt, lift
from tron.models import HaltCause
from wallets.models import Account, Wallet
from wallets.models_operation import Operation

ENERGY = {"resource": "ENERGY"}
NEEDED = 130_285  # of a transfer to somebody without USDT
LATER = timedelta(hours=25)


def lender(chain: SandboxProcess) -> Staker:
    """A wallet that has staked 50 000 TRX for energy."""
    made = staker_on(chain)
    made.done("stake", amount_trx=50_000, **ENERGY)
    return made


def poor(chain: SandboxProcess) -> Wallet:
    """A wallet with USDT and one TRX, which burns none of it for energy."""
    wallet, _ = books.hot(chain, trx=1, usdt=1_000)
    for router_type in RouterType:
        Router.objects.get_or_create(type=router_type)
    router_assign(wallet=wallet)
    return wallet


def policy(giver: Wallet, taker: Wallet, **fields: object) -> DelegationPolicy:
    """A policy that lends up to 20 000 TRX."""
    given = {"staking_wallet": giver, "hot_wallet": taker, "most_trx": 20_000, **fields}
    return DelegationPolicy.objects.create(**given)


@pytest.mark.django_db
def test_payouts_get_the_energy_they_wait_for_and_give_it_back(chain: SandboxProcess) -> None:
    giver, taker = lender(chain), poor(chain)
    policy(giver.wallet, taker)
    asked = builders.payout(builders.user())
    Payout.objects.filter(pk=asked.pk).update(screened_at=None)  # the chain is to be asked
    giver.read()
    payout_tasks.sign()
    assert Payout.objects.get(pk=asked.pk).wait_reason, "it has no TRX to burn"

    payout_tasks.want_energy()
    assert EnergyWanted.objects.get().energy == NEEDED * 13 // 10  # with the signer's margin
    for _ in range(3):
        tasks.rebalance()
    lent = Operation.objects.get(kind="delegate")
    assert (lent.by, lent.recipient) == ("rebalance", taker.address)
    assert lent.amount_micro == 17_878 * TRX  # × 19e9 / 180e9, rounded up
    giver.work()
    tasks.rebalance()
    assert Operation.objects.filter(kind="delegate").count() == 1, "there is enough now"

    Payout.objects.filter(pk=asked.pk).update(sign_after=utc_now())
    giver.read()
    payout_tasks.sign()
    giver.send()
    giver.solidify()
    payout_tasks.settle()
    paid = Payout.objects.select_related("transaction").get(pk=asked.pk)
    assert paid.status == "confirmed"
    receipt = chain.info(paid.transaction.txid)["receipt"]
    assert (receipt["energy_usage"], receipt.get("energy_fee", 0)) == (NEEDED, 0)

    payout_tasks.want_energy()
    assert energy_rebalance(now=utc_now()) == 0, "not before it has stood idle for a day"
    energy_want(wallet_id=taker.pk, energy=0, now=utc_now() + LATER)
    for _ in range(3):
        energy_rebalance(now=utc_now() + LATER)
    assert Operation.objects.filter(kind="undelegate", by="rebalance").count() == 1
    giver.work()
    assert "delegated_frozenV2_balance_for_energy" not in giver.account()["account_resource"]
    assert energy_rebalance(now=utc_now() + LATER) == 0, "there is nothing left to take back"
    assert booked(Account.Kind.STAKED) == 50_000 * TRX
    giver.books_closed()


@pytest.mark.django_db
def test_nothing_is_lent_without_a_reason(chain: SandboxProcess) -> None:
    giver, taker = lender(chain), poor(chain)
    now = utc_now()
    energy_want(wallet_id=taker.pk, energy=NEEDED, now=now)
    assert energy_rebalance(now=now) == 0, "no policy"
    payout_tasks.want_energy()
    assert EnergyWanted.objects.get().at == now, "of whom nobody lends to, nothing is told"
    made = policy(giver.wallet, taker, enabled=False)
    assert energy_rebalance(now=now) == 0, "switched off"
    DelegationPolicy.objects.update(enabled=True)
    assert energy_rebalance(now=now + timedelta(minutes=6)) == 0, "nobody needs it any more"
    energy_want(wallet_id=taker.pk, energy=1_000, now=now)
    assert energy_rebalance(now=now) == 0, "it would burn more than it saves"
    halted = halt(cause=HaltCause.OPERATOR, reason="a test", by="tests", now=now)
    energy_want(wallet_id=taker.pk, energy=NEEDED, now=now)
    tasks.rebalance()
    assert not Operation.objects.filter(kind="delegate").exists(), "all stands still"
    lift(halts=[halted.pk], reason="over", by="tests", now=now)
    DelegationPolicy.objects.update(most_trx=5_000)
    assert energy_rebalance(now=now) == 1
    assert Operation.objects.get(kind="delegate").amount_micro == 5_000 * TRX, "no more than set"
    with pytest.raises(IntegrityError), transaction.atomic():
        DelegationPolicy.objects.filter(pk=made.pk).update(least_trx=6_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        DelegationPolicy.objects.filter(pk=made.pk).update(staking_wallet=taker)


@pytest.mark.django_db
def test_what_people_have_lent_is_not_taken_back(chain: SandboxProcess) -> None:
    giver, taker = lender(chain), poor(chain)
    policy(giver.wallet, taker)
    giver.done("delegate", receiver=taker.address, amount_trx=1_000, **ENERGY)
    energy_want(wallet_id=taker.pk, energy=0, now=utc_now())
    assert energy_rebalance(now=utc_now()) == 0
    assert not Operation.objects.filter(kind="undelegate").exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_lend_once(chain: SandboxProcess) -> None:
    giver, taker = lender(chain), poor(chain)
    policy(giver.wallet, taker)
    now = utc_now()
    energy_want(wallet_id=taker.pk, energy=NEEDED, now=now)
    asked = at_once(*[lambda: energy_rebalance(now=now)] * 3)
    assert sum(asked) == 1
    assert Operation.objects.filter(kind="delegate").count() == 1
