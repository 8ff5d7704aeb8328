"""The kill switch and the signer: nothing is signed after it was pulled, and payouts say so."""

from threading import Thread

import pytest
from django.db import connection

from lucidpay.clock import utc_now
from payouts import tasks
from payouts.services.wait import HALTED, NO_CHAIN, REASON_MAX
from tests import builders
from tests.payouts.onchain import CONSTANT, fresh, sign_now, wallet_on
from tests.payouts.rivals import Rival, Waiter
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import Exchange, LyingNode, drops, tells_the_truth
from tron.halt import Halted, halt, lift, open_halts
from tron.models import ChainTransaction, HaltCause
from wallets import ledger
from wallets.models import Hold

REASON = "a wallet sent 3 USDT that nobody ordered"


def pull(reason: str = REASON) -> None:
    """Pull the kill switch."""
    halt(cause=HaltCause.OUTFLOW, subject="x", reason=reason, by="tests", now=utc_now())


@pytest.mark.django_db
def test_nothing_is_signed_while_it_is_on(chain: SandboxProcess) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    pull()
    with pytest.raises(Halted, match="nobody ordered"):
        sign_now(wallet)
    assert fresh(payout).status == "pending"
    assert not ChainTransaction.objects.exists()
    assert not Hold.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_signed_when_it_is_pulled_while_the_signer_works(
    chain: SandboxProcess, liar: LyingNode
) -> None:
    """Pulled by another connection while the node is asked."""
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())

    def in_another_connection() -> None:
        pull()
        connection.close()

    def pulls(exchange: Exchange) -> None:
        thread = Thread(target=in_another_connection)
        thread.start()
        thread.join()
        tells_the_truth(exchange)

    liar.on(CONSTANT, pulls)
    with pytest.raises(Halted):
        sign_now(wallet)
    assert fresh(payout).status == "pending"
    assert not ChainTransaction.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_signed_when_it_is_pulled_right_before_the_commit(
    chain: SandboxProcess,
) -> None:
    """After the signer's last look at the chain: it waits for the accounts of its wallet."""
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    other = Rival(lambda: ledger.accounts_locked([wallet.pk]))
    signer = Waiter(lambda: sign_now(wallet))
    signer.until_it_waits()
    pull()
    other.commit()
    assert isinstance(signer.end(), Halted)
    assert fresh(payout).status == "pending"
    assert not ChainTransaction.objects.exists()
    assert not Hold.objects.exists()


@pytest.mark.django_db
def test_a_payout_says_that_the_switch_keeps_it_waiting(chain: SandboxProcess) -> None:
    wallet_on(chain)
    payout = builders.payout(builders.user())
    pull()
    tasks.sign()
    reason = fresh(payout).wait_reason
    assert reason.startswith(HALTED)
    assert REASON in reason
    assert reason != NO_CHAIN


@pytest.mark.django_db
def test_a_long_reason_is_cut_to_what_a_row_holds(chain: SandboxProcess) -> None:
    wallet_on(chain)
    payout = builders.payout(builders.user())
    pull("x" * 500)
    tasks.sign()
    assert len(fresh(payout).wait_reason) == REASON_MAX


@pytest.mark.django_db(transaction=True)
def test_it_goes_on_when_the_switch_is_lifted(chain: SandboxProcess) -> None:
    wallet = wallet_on(chain)
    payout = builders.payout(builders.user())
    pull()
    tasks.sign()
    lift(halts=[one.pk for one in open_halts()], reason="ok", by="tests", now=utc_now())
    assert sign_now(wallet) == 1
    assert (fresh(payout).status, fresh(payout).wait_reason) == ("processing", "")


@pytest.mark.django_db
def test_a_node_that_is_away_is_another_reason(chain: SandboxProcess, liar: LyingNode) -> None:
    wallet_on(chain)
    payout = builders.payout(builders.user())
    liar.on(CONSTANT, drops)
    tasks.sign()
    assert fresh(payout).wait_reason == NO_CHAIN
