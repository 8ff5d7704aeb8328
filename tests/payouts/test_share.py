"""Who is paid first when TRX or energy is short, and who waits for energy instead of burning."""

from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts import tasks
from payouts.models import Payout
from payouts.models_review import Approval
from payouts.services import sign
from payouts.services.pace import payouts_pace
from payouts.services.price import Quote
from payouts.services.sign import payouts_sign
from payouts.services.wait import NO_TRX, WAITS_FOR_ENERGY
from payouts.services.want_energy import energies_want
from payouts.states import Status
from payouts.verdict import verdict_of
from staking.models import DelegationPolicy, EnergyWanted
from tests import builders
from tests.payouts.onchain import RESOURCES, due_again, fresh, pay, solidify, tx_of, wallet_on
from tests.payouts.test_sign import REFERENCE, statuses
from tests.payouts.test_stake import trx_held
from tests.payouts.test_stake_on_chain import stake
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode
from tron.models import ChainTransaction
from wallets.fees import BANDWIDTH_SUN, Stake
from wallets.hand import own_hand
from wallets.models import Wallet, WalletKind

pytestmark = pytest.mark.django_db
HOLDER_SUN, NEW_SUN = 8_357_050, 16_937_050  # fee limits: to who holds USDT, and to who does not
LONG_AGO = timedelta(minutes=11)
MANY = 1_000  # transfers whose bytes are covered


@pytest.fixture
def owner() -> Any:
    return builders.user()


@pytest.fixture
def paced(settings: Any) -> Any:
    settings.PACE_TO_ENERGY = "batches"
    return settings


def sign_with(
    wallet: Wallet, stake: Stake, *, new: tuple[Payout, ...] = (), now: datetime | None = None
) -> list[Payout]:
    """Sign what is due: to people without USDT those that are ``new``, to holders the others."""
    dear = {payout.pk for payout in new}
    pending = Payout.objects.filter(status=Status.PENDING).values_list("pk", flat=True)
    quotes = {pk: Quote(fee_limit_sun=NEW_SUN if pk in dear else HOLDER_SUN) for pk in pending}
    hand = own_hand(wallet)
    with transaction.atomic():
        return sign.sign_locked(
            wallet, quotes, REFERENCE, hand, now or utc_now(), stake, paces=True
        )


def trx_for(*limits_sun: int) -> Wallet:
    """Return a wallet with just the TRX that these transfers may burn."""
    return builders.hot_wallet(trx_sun=sum(limits_sun) + len(limits_sun) * BANDWIDTH_SUN)


def energy(now_sun: int, daily_sun: int) -> Stake:
    """Return a stake of which this much is left; bytes are always covered."""
    return Stake(energy_sun=now_sun, transfers=MANY, energy_daily_sun=daily_sun)


# --- Known holders first ----------------------------------------------------------------------


def test_when_trx_is_short_those_are_paid_first_who_hold_usdt(owner: Any) -> None:
    wallet = trx_for(HOLDER_SUN, HOLDER_SUN)
    new = builders.payout(owner)
    holders = [builders.payout(owner) for _ in range(2)]
    low = builders.payout(owner, priority="LOW")
    assert sign_with(wallet, Stake(), new=(new,)) == holders
    assert fresh(new).wait_reason.startswith(NO_TRX)
    assert fresh(low).status == "pending", "cheap, but not as urgent"


def test_when_there_is_enough_for_all_they_are_paid_by_age(owner: Any) -> None:
    wallet = trx_for(NEW_SUN, HOLDER_SUN)
    new, holder = builders.payout(owner), builders.payout(owner)
    assert sign_with(wallet, Stake(), new=(new,)) == [new, holder]


def test_what_is_urgent_goes_first_whatever_it_takes(owner: Any) -> None:
    wallet = trx_for(NEW_SUN)
    holder, urgent = builders.payout(owner), builders.payout(owner, priority="URGENT")
    assert sign_with(wallet, Stake(), new=(urgent,)) == [urgent]
    assert fresh(holder).status == "pending"


def test_who_has_waited_long_is_not_passed_by_those_that_take_less(owner: Any) -> None:
    wallet = trx_for(NEW_SUN)
    old = builders.payout(owner, now=utc_now() - LONG_AGO)
    holders = [builders.payout(owner) for _ in range(2)]
    assert sign_with(wallet, Stake(), new=(old,)) == [old]
    assert statuses(*holders) == ["pending", "pending"]


def test_energy_is_kept_back_for_who_has_waited_long_until_there_is_enough(owner: Any) -> None:
    """Those that come later and take less would use it up again and again."""
    wallet = builders.hot_wallet(trx_sun=BANDWIDTH_SUN)
    old = builders.payout(owner, now=utc_now() - LONG_AGO)
    for _ in range(2):
        builders.payout(owner)
        assert sign_with(wallet, energy(HOLDER_SUN, NEW_SUN), new=(old,)) == []
        assert fresh(old).sign_after <= utc_now(), "it is in the next chunk, too"
    assert sign_with(wallet, energy(NEW_SUN, NEW_SUN), new=(old,)) == [old]


def test_nothing_is_kept_back_that_would_never_be_enough(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=0)
    old = builders.payout(owner, now=utc_now() - LONG_AGO)
    holder = builders.payout(owner)
    assert sign_with(wallet, energy(HOLDER_SUN, NEW_SUN - 1), new=(old,)) == [holder]
    assert fresh(old).sign_after > utc_now()


# --- Pacing -----------------------------------------------------------------------------------


def test_a_batch_waits_for_energy_and_says_until_when(owner: Any, paced: Any) -> None:
    wallet, now = builders.hot_wallet(), utc_now()
    builders.batch(owner, count=3, now=now)
    payouts = list(Payout.objects.order_by("pk"))
    assert sign_with(wallet, energy(HOLDER_SUN, 10 * HOLDER_SUN), now=now) == payouts[:1]
    assert trx_held(payouts[0]) == 0
    second, third = fresh(payouts[1]), fresh(payouts[2])
    # All of the stake is used then, and a tenth of it comes back in 2.4 hours.
    for waits, hours in ((second, 2.4), (third, 4.8)):
        back, burns = now + timedelta(hours=hours), now + timedelta(days=1)
        about = f"{back:%H:%M}" if back.date() == now.date() else f"{back:%d %b %H:%M}"
        assert waits.wait_reason == (
            f"{WAITS_FOR_ENERGY}, about {about} UTC; "
            f"it burns TRX instead from {burns:%d %b %H:%M} UTC on."
        )
        assert waits.sign_after == now + timedelta(minutes=5), "energy may come sooner"
    verdict = verdict_of(second, "", now=now)
    assert verdict.level == "info"
    assert "PACE_TO_ENERGY" in verdict.text
    giver = builders.wallet_of(WalletKind.COLD)
    DelegationPolicy.objects.create(staking_wallet=giver, hot_wallet=wallet, most_trx=1_000)
    energies_want(now=now)
    assert EnergyWanted.objects.get().energy == 2 * 65_000 * 13 // 10, "who lends it knows"


FULL = energy(0, 10 * HOLDER_SUN)


@pytest.mark.parametrize(
    ("order", "stake", "setting"),
    [
        ({}, FULL, "batches"),
        ({"priority": "HIGH", "batch_type": "HOURLY"}, FULL, "batches"),
        ({"priority": "URGENT", "batch_type": "DAILY"}, FULL, "batches"),
        ({"batch_type": "HOURLY"}, FULL, "off"),
        ({"batch_type": "HOURLY"}, energy(0, 0), "batches"),
        ({"batch_type": "HOURLY"}, energy(0, HOLDER_SUN - 1), "batches"),
    ],
    ids=["alone, at once", "high", "urgent", "off", "no stake", "never enough"],
)
def test_who_never_waits_for_energy(
    owner: Any, paced: Any, order: dict[str, Any], stake: Stake, setting: str
) -> None:
    paced.PACE_TO_ENERGY = setting
    wallet = builders.hot_wallet()
    payout = builders.payout(owner, **order)
    assert sign_with(wallet, stake, now=fresh(payout).due_at) == [payout]
    assert trx_held(payout) == HOLDER_SUN


@pytest.mark.parametrize("priority", ["NORMAL", "LOW"])
def test_it_burns_trx_from_its_deadline_on(owner: Any, paced: Any, priority: str) -> None:
    paced.PACE_AT_MOST_MINUTES = 7
    wallet = builders.hot_wallet()
    payout = builders.payout(owner, batch_type="HOURLY", priority=priority)
    due = payout.due_at
    assert sign_with(wallet, FULL, now=due + timedelta(minutes=4)) == []
    waits = fresh(payout)
    assert waits.sign_after == due + timedelta(minutes=7)
    assert ", about" not in waits.wait_reason, "not in time"
    assert sign_with(wallet, FULL, now=waits.sign_after) == [payout]
    assert tx_of(payout).fee_limit_sun == trx_held(payout) == HOLDER_SUN


def test_energy_that_is_back_in_thousands_of_years_is_told_as_not_in_time(
    owner: Any, paced: Any
) -> None:
    wallet = builders.hot_wallet()
    builders.batch(owner, count=2)
    assert sign_with(wallet, energy(HOLDER_SUN - 1, HOLDER_SUN)) == []
    about = [", about" in one.wait_reason for one in Payout.objects.order_by("pk")]
    assert about == [False, False]


def test_an_approval_does_not_expire_meanwhile(owner: Any, paced: Any) -> None:
    wallet = builders.hot_wallet()
    waiting = builders.in_review(owner, batch_type="HOURLY")
    builders.approved(waiting, now=waiting.due_at)
    until = Approval.objects.get().expires_at - timedelta(minutes=10)
    assert sign_with(wallet, FULL, now=until - timedelta(minutes=1)) == []
    assert fresh(waiting).sign_after == until
    assert sign_with(wallet, FULL, now=until) == [waiting]


def test_a_chunk_that_waits_takes_as_many_statements_for_many_as_for_few(
    owner: Any, paced: Any
) -> None:
    counts = []
    for size in (2, 20):
        wallet = builders.hot_wallet()
        builders.batch(owner, count=size)
        with CaptureQueriesContext(connection) as asked:
            assert sign_with(wallet, FULL) == []
        counts.append(len(asked))
        Payout.objects.filter(status="pending").update(status="cancelled")
    assert counts[0] == counts[1]


@pytest.mark.django_db(transaction=True)
def test_signers_at_once_never_promise_the_same_energy(owner: Any, paced: Any) -> None:
    wallet, barrier, errors = builders.hot_wallet(), Barrier(3), []
    for_two = energy(2 * HOLDER_SUN, 10 * HOLDER_SUN)
    builders.batch(owner, count=6)

    def work() -> None:
        try:
            barrier.wait()
            sign_with(wallet, for_two)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    signed = Payout.objects.filter(status="processing")
    assert [trx_held(payout) for payout in signed] == [0, 0]
    due_again(*Payout.objects.filter(status="pending"))
    assert sign_with(wallet, for_two) == [], "nor the next one, while those are under way"


def test_on_the_chain_a_batch_is_paid_as_energy_comes_back(
    chain: SandboxProcess, owner: Any, paced: Any
) -> None:
    wallet = wallet_on(chain)
    stake(chain, wallet, energy=NEW_SUN // 100 + 1, bandwidth=10_000)
    builders.batch(owner, count=2)
    first, second = Payout.objects.order_by("pk")
    assert [pay(chain, wallet), pay(chain, wallet)] == [1, 0]
    assert fresh(second).wait_reason.startswith(WAITS_FOR_ENERGY)
    chain.post("/sandbox/step", seconds=86_400)
    solidify(chain)
    due_again(second)
    assert pay(chain, wallet) == 1
    assert statuses(first, second) == ["confirmed", "confirmed"]
    assert [tx_of(one).fee_sun for one in (first, second)] == [0, 0]


def test_a_large_batch_that_waits_costs_no_question_about_each_payout(
    chain: SandboxProcess, liar: LyingNode, owner: Any, paced: Any
) -> None:
    paced.PAYOUT_CHUNK = 4
    wallet = wallet_on(chain)
    alone = builders.payout(owner, priority="LOW")
    builders.batch(owner, count=10)
    Payout.objects.update(screened_energy=130_285)
    left = {"EnergyLimit": 10_000_000, "EnergyUsed": 10_000_000 - 2 * NEW_SUN // 100 - 1}
    liar.on(RESOURCES, lambda exchange: exchange.reply(left))
    asked = len(liar.heard)
    assert payouts_pace(wallet_id=wallet.pk, now=utc_now()) == 8, "there is energy for two"
    assert len(liar.heard) - asked <= 3
    assert payouts_pace(wallet_id=wallet.pk, now=utc_now()) == 0
    waits = Payout.objects.filter(wait_reason__startswith=WAITS_FOR_ENERGY).order_by("pk")
    about = [payout.wait_reason for payout in waits]
    assert len(about) == len(set(about)) == 8, "one behind the other, over all chunks"
    Payout.objects.update(sign_after=utc_now())
    tasks.sign()
    assert fresh(alone).status == "processing", "nobody stands in its way"
    assert ChainTransaction.objects.count() == 3


def test_who_only_keeps_their_turn_is_not_asked_about_in_every_sweep(
    chain: SandboxProcess, liar: LyingNode, owner: Any
) -> None:
    wallet = wallet_on(chain, trx=1)
    left = {"EnergyLimit": NEW_SUN // 100 + 1, "EnergyUsed": 20_000, "freeNetLimit": 600}
    liar.on(RESOURCES, lambda exchange: exchange.reply(left))
    old = builders.payout(owner, now=utc_now() - LONG_AGO)
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 0
    asked = len(liar.heard)
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 0
    assert len(liar.heard) == asked
    del left["EnergyUsed"]
    Payout.objects.update(sign_after=utc_now() - timedelta(seconds=21))
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 1
    assert trx_held(old) == 0
