"""Signing from a wallet with stake: TRX is held only for what stake does not cover."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.purse import UnderWay, under_way
from payouts.services import sign
from payouts.services.price import Quote
from payouts.services.settle import payouts_settle
from payouts.services.wait import NO_TRX
from payouts.states import Status
from tests import builders
from tests.payouts.onchain import RESOURCES, fresh, pay, sign_now, staked, tx_of, wallet_on
from tests.payouts.test_sign import REFERENCE, statuses
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode, tells_the_truth
from tron.models import ChainTransaction
from wallets import ledger
from wallets.fees import BANDWIDTH_SUN, Stake
from wallets.hand import own_hand
from wallets.models import Account, Asset, Entry, Hold, Wallet

pytestmark = pytest.mark.django_db
LIMIT_SUN = 16_937_050  # to somebody without USDT: 130,285 energy at 100 sun and 30 %
ENERGY = 169_371  # what covers it


def sign_with(wallet: Wallet, stake: Stake, *, limit_sun: int = LIMIT_SUN) -> int:
    """Sign what is due with prepared quotes and this stake."""
    pending = Payout.objects.filter(status=Status.PENDING).values_list("pk", flat=True)
    quotes = {pk: Quote(fee_limit_sun=limit_sun, energy=130_285) for pk in pending}
    hand = own_hand(wallet)
    with transaction.atomic():
        return len(sign.sign_locked(wallet, quotes, REFERENCE, hand, utc_now(), stake))


def stake_for(transfers: int, *, limit_sun: int = LIMIT_SUN) -> Stake:
    """Return what covers so many transfers whole."""
    return Stake(energy_sun=transfers * limit_sun, transfers=transfers)


def trx_held(payout: Payout) -> int:
    """Return the TRX held for a payout in sun; 0 where none is."""
    holds = Hold.objects.filter(subject=payout.pk, account__asset=Asset.TRX, status="open")
    return sum(hold.units for hold in holds)


def account(wallet: Wallet) -> Account:
    """Return the wallet's TRX account."""
    return ledger.wallet_account(wallet, Asset.TRX)


@pytest.fixture
def owner() -> Any:
    return builders.user()


def test_a_wallet_with_stake_and_no_trx_pays(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=0)
    payouts = [builders.payout(owner) for _ in range(3)]
    assert sign_with(wallet, stake_for(3)) == 3
    assert [trx_held(payout) for payout in payouts] == [0, 0, 0]
    assert tx_of(payouts[0]).fee_limit_sun == LIMIT_SUN
    assert tx_of(payouts[0]).energy_estimate == 130_285


def test_who_is_not_covered_waits_and_says_what_is_missing(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=2_100_000)
    covered, short = builders.payout(owner), builders.payout(owner)
    assert sign_with(wallet, stake_for(1)) == 1
    assert statuses(covered, short) == ["processing", "pending"]
    assert fresh(short).wait_reason == f"{NO_TRX} It needs 17.28205, has 2.1."


def test_one_that_does_not_fit_lets_a_cheaper_one_pass(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=10_000_000)
    dear, cheap = builders.payout(owner), builders.payout(owner)
    limits = {dear.pk: LIMIT_SUN, cheap.pk: 8_357_050}
    quotes = {pk: Quote(fee_limit_sun=limit) for pk, limit in limits.items()}
    hand = own_hand(wallet)
    with transaction.atomic():
        sign.sign_locked(wallet, quotes, REFERENCE, hand, utc_now(), Stake())
    assert statuses(dear, cheap) == ["pending", "processing"]
    assert trx_held(cheap) == 8_357_050 + BANDWIDTH_SUN


def test_the_next_chunk_is_not_promised_the_same_stake(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=100_000_000)
    first = builders.payout(owner)
    sign_with(wallet, stake_for(1))
    second = builders.payout(owner)
    sign_with(wallet, stake_for(1))
    assert [trx_held(first), trx_held(second)] == [0, LIMIT_SUN + BANDWIDTH_SUN]


def test_stake_is_free_again_when_its_transfer_is_settled(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=20_000_000)
    first = builders.payout(owner)
    sign_with(wallet, stake_for(1))
    assert under_way(wallet) == UnderWay(LIMIT_SUN, 1)
    builders.chain_says(first, "succeeded")
    assert under_way(wallet) == UnderWay(LIMIT_SUN, 1)  # until it is booked
    payouts_settle(now=utc_now())
    assert under_way(wallet) == UnderWay()


def test_another_wallet_s_transfers_use_nothing_here(owner: Any) -> None:
    builders.hot_wallet()
    builders.payout(owner, status="processing")
    assert under_way(builders.hot_wallet()) == UnderWay()


def test_stake_that_drained_under_way_leaves_the_books_right(owner: Any) -> None:
    """The fee was promised to be nothing; it is burned from TRX that others hold."""
    wallet = builders.hot_wallet(trx_sun=LIMIT_SUN + BANDWIDTH_SUN)
    covered, held = builders.payout(owner), builders.payout(owner)
    sign_with(wallet, stake_for(1))
    assert [trx_held(covered), trx_held(held)] == [0, LIMIT_SUN + BANDWIDTH_SUN]
    builders.chain_says(covered, "succeeded")  # 13.5 TRX burned
    assert payouts_settle(now=utc_now()) == 1
    trx = account(wallet)
    assert trx.balance_units == LIMIT_SUN + BANDWIDTH_SUN - 13_500_000
    assert trx.held_units == LIMIT_SUN + BANDWIDTH_SUN  # more than there is
    assert fresh(covered).status == "confirmed"

    third = builders.payout(owner)
    assert sign_with(wallet, Stake()) == 0
    assert fresh(third).wait_reason.endswith("has 0.")
    builders.chain_says(held, "failed")
    assert payouts_settle(now=utc_now()) == 1
    trx = account(wallet)
    booked = sum(Entry.objects.filter(account=trx).values_list("units", flat=True))
    assert (trx.balance_units, trx.held_units) == (booked, 0)
    assert booked == LIMIT_SUN + BANDWIDTH_SUN - 27_000_000


def test_an_overdrawn_wallet_goes_on_with_what_stake_covers(owner: Any) -> None:
    wallet = builders.hot_wallet(trx_sun=LIMIT_SUN + BANDWIDTH_SUN)
    builders.payout(owner)
    sign_with(wallet, Stake())
    builders.fund(wallet, trx_sun=-5_000_000)
    covered = builders.payout(owner)
    assert sign_with(wallet, stake_for(2)) == 1
    assert fresh(covered).status == "processing"


def test_stake_taken_back_keeps_trx_for_those_under_way(owner: Any) -> None:
    """Nobody is promised the TRX that they will burn instead."""
    both_sun = 2 * (LIMIT_SUN + BANDWIDTH_SUN)
    wallet = builders.hot_wallet(trx_sun=both_sun - 1)
    builders.payout(owner)
    sign_with(wallet, stake_for(1))
    late = builders.payout(owner)
    assert sign_with(wallet, Stake()) == 0
    assert fresh(late).wait_reason.startswith(NO_TRX)
    builders.fund(wallet, trx_sun=1)
    Payout.objects.filter(pk=late.pk).update(sign_after=utc_now())
    assert sign_with(wallet, Stake()) == 1


def test_a_chunk_takes_as_many_statements_for_many_as_for_few(owner: Any) -> None:
    counts = []
    for size in (2, 20):
        wallet = builders.hot_wallet(trx_sun=size // 2 * (LIMIT_SUN + BANDWIDTH_SUN))
        payouts = [builders.payout(owner) for _ in range(size)]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert sign_with(wallet, Stake()) == size // 2
        counts.append(len(asked))
        assert statuses(*payouts) == ["processing"] * (size // 2) + ["pending"] * (size // 2)
        Payout.objects.filter(status="pending").update(status="cancelled")
    assert counts[0] == counts[1]


def test_with_the_node_s_stake_a_wallet_without_trx_signs(
    chain: SandboxProcess, liar: LyingNode, owner: Any
) -> None:
    wallet = wallet_on(chain, trx=1)
    payouts = [builders.payout(owner) for _ in range(3)]
    liar.on(RESOURCES, staked(energy=2 * ENERGY, bandwidth=2 * 345))
    assert sign_now(wallet) == 2
    assert [trx_held(payout) for payout in payouts] == [0, 0, 0]
    assert fresh(payouts[2]).wait_reason.startswith(NO_TRX)


def test_a_node_that_promises_stake_there_is_not_costs_a_fee_and_no_money(
    chain: SandboxProcess, liar: LyingNode, owner: Any
) -> None:
    """Out of energy with all TRX burned; the books hold what the chain has."""
    wallet = wallet_on(chain, trx=5)
    payout = builders.payout(owner)
    liar.on(RESOURCES, staked(energy=ENERGY, bandwidth=345))
    assert pay(chain, wallet) == 1
    row = fresh(payout)
    assert (row.status, row.failures, tx_of(payout).result) == ("pending", 1, "OUT_OF_ENERGY")
    on_chain = chain.post("/wallet/getaccount", address=wallet.address, visible=True)
    assert account(wallet).balance_units == on_chain.get("balance", 0)
    assert account(wallet).held_units == 0
    liar.on(RESOURCES, tells_the_truth)
    assert sign_now(wallet) == 0
    assert fresh(payout).wait_reason.startswith(NO_TRX)
    assert ChainTransaction.objects.filter(subject=payout.pk).count() == 1
