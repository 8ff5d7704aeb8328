"""Staked resources and changing prices on a chain that honours them."""

from collections.abc import Iterator
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.services.settle import payouts_settle
from payouts.services.wait import NO_TRX
from tests import builders
from tests.payouts.onchain import due_again, fresh, pay, sign_now, solidify, tx_of, wallet_on
from tests.payouts.test_stake import ENERGY, LIMIT_SUN, account, trx_held
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import usdt_received
from tron.broadcast import broadcast_due
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
USUAL = {"holder": 64_285, "new_holder": 130_285}


@pytest.fixture
def owner() -> Any:
    return builders.user()


@pytest.fixture
def dearer(chain: SandboxProcess) -> Iterator[Any]:
    """Give what changes the energy a transfer takes; undone at the end."""
    yield lambda **energy: chain.post("/sandbox/energy", **{**USUAL, **energy})
    chain.post("/sandbox/energy", **USUAL)


def stake(chain: SandboxProcess, wallet: Wallet, *, energy: int = 0, bandwidth: int = 0) -> None:
    """Give the wallet's account this much of each."""
    chain.post("/sandbox/resources", address=wallet.address, energy=energy, bandwidth=bandwidth)
    solidify(chain)


def trx_on_chain(chain: SandboxProcess, wallet: Wallet) -> int:
    """Return the TRX the account has, in sun."""
    answer = chain.post("/walletsolidity/getaccount", address=wallet.address, visible=True)
    return int(answer.get("balance", 0))


def test_a_wallet_with_stake_pays_without_burning_trx(chain: SandboxProcess, owner: Any) -> None:
    wallet = wallet_on(chain, trx=1)
    stake(chain, wallet, energy=2 * ENERGY, bandwidth=2 * 345)
    payouts = [builders.payout(owner) for _ in range(2)]
    assert pay(chain, wallet) == 2
    assert [fresh(one).status for one in payouts] == ["confirmed", "confirmed"]
    assert [tx_of(one).fee_sun for one in payouts] == [0, 0]
    used = [(tx_of(one).energy_used, tx_of(one).energy_staked) for one in payouts]
    assert all(energy and energy == staked for energy, staked in used), used
    assert [usdt_received(chain, one.recipient_address) for one in payouts] == [12_500_000] * 2
    assert account(wallet).balance_units == trx_on_chain(chain, wallet) == builders.TRX


def test_what_the_stake_does_not_cover_waits_and_goes_on_with_trx(
    chain: SandboxProcess, owner: Any
) -> None:
    wallet = wallet_on(chain, trx=1)
    stake(chain, wallet, energy=ENERGY, bandwidth=2_000)
    first, second = builders.payout(owner), builders.payout(owner)
    assert pay(chain, wallet) == 1
    assert fresh(first).status == "confirmed"
    assert fresh(second).wait_reason.startswith(NO_TRX)
    chain.post("/sandbox/faucet", address=wallet.address, trx=20)
    builders.fund(wallet, trx_sun=20 * builders.TRX)
    chain.mine()
    due_again(second)
    assert sign_now(wallet) == 1
    # The rest of the stake is worth something too.
    assert 0 < trx_held(second) < LIMIT_SUN
    broadcast_due(now=utc_now())
    solidify(chain)
    payouts_settle(now=utc_now())
    assert fresh(second).status == "confirmed"
    assert 0 < tx_of(second).energy_staked < tx_of(second).energy_used
    assert account(wallet).balance_units == trx_on_chain(chain, wallet)


def test_stake_taken_back_before_execution_costs_a_fee_and_the_books_are_right(
    chain: SandboxProcess, owner: Any
) -> None:
    wallet = wallet_on(chain, trx=3)
    stake(chain, wallet, energy=ENERGY, bandwidth=345)
    payout = builders.payout(owner)
    assert sign_now(wallet) == 1
    assert trx_held(payout) == 0
    stake(chain, wallet)
    broadcast_due(now=utc_now())
    solidify(chain)
    payouts_settle(now=utc_now())
    assert (tx_of(payout).status, tx_of(payout).result) == ("failed", "OUT_OF_ENERGY")
    assert fresh(payout).status == "pending"
    assert usdt_received(chain, payout.recipient_address) == 0
    assert account(wallet).balance_units == trx_on_chain(chain, wallet)
    assert account(wallet).held_units == 0


def test_a_price_that_rises_within_the_margin_changes_nothing(
    chain: SandboxProcess, owner: Any, dearer: Any
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(owner)
    sign_now(wallet)
    dearer(new_holder=130_285 * 5 // 4)
    broadcast_due(now=utc_now())
    solidify(chain)
    payouts_settle(now=utc_now())
    assert fresh(payout).status == "confirmed"


def test_a_price_that_rises_above_it_is_paid_by_the_next_attempt(
    chain: SandboxProcess, owner: Any, dearer: Any
) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(owner)
    sign_now(wallet)
    dearer(new_holder=130_285 * 3 // 2)
    broadcast_due(now=utc_now())
    solidify(chain)
    payouts_settle(now=utc_now())
    assert (tx_of(payout).result, fresh(payout).status) == ("OUT_OF_ENERGY", "pending")
    assert pay(chain, wallet) == 1
    assert fresh(payout).status == "confirmed"
    assert usdt_received(chain, payout.recipient_address) == payout.amount_micro
    assert account(wallet).balance_units == trx_on_chain(chain, wallet)
