"""What the chain said when a recipient was screened is good for a moment, and no longer."""

from datetime import timedelta
from typing import Any

import pytest

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.price import SCREENING_FRESH
from payouts.services.screen import payouts_screen
from payouts.services.sign import payouts_sign
from payouts.services.wait import RECIPIENT_BLACKLISTED, WOULD_REVERT
from tests import builders
from tests.payouts.onchain import fresh, transfers_asked, tx_of, wallet_on
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wallet(chain: SandboxProcess) -> Wallet:
    return wallet_on(chain)


def asked_for(wallet: Wallet, **order: Any) -> Payout:
    """Return a payout that nobody has screened."""
    del wallet  # it pays
    payout = builders.payout(builders.user(), **order)
    Payout.objects.filter(pk=payout.pk).update(screened_at=None)
    return fresh(payout)


def screened(payout: Payout) -> Payout:
    """Screen it as a worker does, and return it."""
    assert payouts_screen(wallet_id=payout.wallet_id, now=utc_now()) == 1
    return fresh(payout)


def signed(payout: Payout) -> int:
    """Sign what is due of its wallet."""
    return payouts_sign(wallet_id=payout.wallet_id, now=utc_now())


def test_what_was_screened_a_moment_ago_is_signed_without_asking_again(
    wallet: Wallet, liar: LyingNode
) -> None:
    payout = screened(asked_for(wallet))
    assert (transfers_asked(liar), payout.screened_energy) == (1, 130_285)
    assert signed(payout) == 1
    assert transfers_asked(liar) == 1
    assert tx_of(payout).energy_estimate == 130_285
    assert tx_of(payout).fee_limit_sun == 130_285 * 100 * 130 // 100


def test_what_was_screened_longer_ago_is_asked_about_again(wallet: Wallet, liar: LyingNode) -> None:
    payout = screened(asked_for(wallet))
    Payout.objects.update(screened_at=utc_now() - SCREENING_FRESH)
    assert signed(payout) == 1
    assert transfers_asked(liar) == 2


def test_after_an_attempt_it_is_asked_about_again(wallet: Wallet, liar: LyingNode) -> None:
    payout = screened(asked_for(wallet))
    Payout.objects.update(tries=1)
    assert signed(payout) == 1
    assert transfers_asked(liar) == 2


def test_what_is_not_due_is_asked_about_when_it_is(wallet: Wallet, liar: LyingNode) -> None:
    payout = asked_for(wallet)
    later = utc_now() + timedelta(hours=1)
    Payout.objects.update(due_at=later, sign_after=later)
    assert screened(payout).screened_energy == 0
    assert transfers_asked(liar) == 0
    Payout.objects.update(due_at=utc_now(), sign_after=utc_now())
    assert signed(payout) == 1
    assert transfers_asked(liar) == 1


def test_a_transfer_that_would_fail_is_asked_about_again_and_says_why_it_waits(
    wallet: Wallet, liar: LyingNode
) -> None:
    builders.fund(wallet, usdt_micro=1_000 * builders.USDT)  # in the books, and not on the chain
    payout = screened(asked_for(wallet, amount_usdt=1_500 * builders.USDT))
    assert payout.screened_energy == 0
    assert signed(payout) == 0
    assert fresh(payout).wait_reason == WOULD_REVERT


def test_a_blacklisted_recipient_is_refused_also_where_nobody_must_look_at_it(
    chain: SandboxProcess, wallet: Wallet
) -> None:
    payout = asked_for(wallet)
    chain.post("/sandbox/usdt", blacklist=[payout.recipient_address])
    chain.mine()
    assert screened(payout).screened_energy == 0
    # As if the rule that asks for a person had been switched off.
    Payout.objects.update(review="not_required")
    assert signed(payout) == 0
    assert fresh(payout).wait_reason == RECIPIENT_BLACKLISTED


def test_the_largest_of_several_to_one_recipient_is_asked_for_all(
    wallet: Wallet, liar: LyingNode
) -> None:
    recipient = builders.address()
    for amount_usdt in (1_000_000, 3_000_000, 2_000_000):
        asked_for(wallet, recipient_address=recipient, amount_usdt=amount_usdt)
    assert payouts_screen(wallet_id=wallet.pk, now=utc_now()) == 3
    asked = [one.question.get("data", "") for one in liar.heard if b"a9059cbb" in one.body]
    assert [int(data[-64:], 16) for data in asked] == [3_000_000]
    assert payouts_sign(wallet_id=wallet.pk, now=utc_now()) == 3
    assert transfers_asked(liar) == 1
