"""Settlement: the chain's word becomes status, books and holds, once."""

from typing import Any

import pytest
from django.db.models import Sum

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.settle import payouts_settle
from payouts.states import Status
from tests import builders
from tests.corruption import guards_off
from tron.halt import lift, open_halts
from tron.models import ChainTransaction, HaltCause, TxStatus
from wallets import ledger
from wallets.models import Account, Asset, Entry, Hold, Wallet
from webhooks.models import Event

pytestmark = pytest.mark.django_db
START = 1_000 * builders.USDT


@pytest.fixture
def wallet() -> Wallet:
    return builders.hot_wallet(usdt_micro=START, trx_sun=START)


@pytest.fixture
def owner(wallet: Wallet) -> Any:
    return builders.user()


def balances(wallet: Wallet) -> dict[str, tuple[int, int]]:
    """Return (balance, held) by asset."""
    rows = Account.objects.filter(wallet=wallet)
    return {row.asset: (row.balance_units, row.held_units) for row in rows}


def ended(owner: Any, end: TxStatus, **order: Any) -> Payout:
    """Return a payout whose transaction ended so, settled."""
    payout = builders.payout(owner, status=Status.PROCESSING, **order)
    builders.chain_says(payout, end)
    assert payouts_settle(now=utc_now()) == 1
    return Payout.objects.get(pk=payout.pk)


def test_success_confirms_and_books_the_payment_and_its_fee(owner: Any, wallet: Wallet) -> None:
    payout = ended(owner, TxStatus.SUCCEEDED, amount_usdt=25_000_000)
    assert (payout.status, payout.error_code) == ("confirmed", "")
    assert payout.confirmed_at is not None
    assert balances(wallet) == {
        "USDT": (START - 25_000_000, 0),
        "TRX": (START - 13_500_000, 0),
    }
    assert set(Hold.objects.values_list("status", flat=True)) == {"posted"}


def test_a_failing_receipt_gives_back_and_books_the_fee(owner: Any, wallet: Wallet) -> None:
    payout = ended(owner, TxStatus.FAILED)
    assert (payout.status, payout.failures) == ("pending", 1)
    assert balances(wallet) == {"USDT": (START, 0), "TRX": (START - 13_500_000, 0)}
    assert set(Hold.objects.values_list("status", flat=True)) == {"voided"}


def test_it_fails_and_says_what_it_cost(owner: Any, wallet: Wallet, settings: Any) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = 0
    payout = ended(owner, TxStatus.FAILED)
    assert (payout.status, payout.error_code) == ("failed", "LUCID_ERR_2008")
    assert payout.error_message == (
        "Transaction failed: the fee limit did not buy enough energy (OUT_OF_ENERGY). "
        "Nothing was paid; 13.5 TRX burned."
    )
    assert balances(wallet) == {"USDT": (START, 0), "TRX": (START - 13_500_000, 0)}


def test_proven_death_makes_it_pending_again_and_frees_the_money(
    owner: Any, wallet: Wallet
) -> None:
    payout = ended(owner, TxStatus.DEAD)
    assert (payout.status, payout.tries) == ("pending", 1)
    assert balances(wallet) == {"USDT": (START, 0), "TRX": (START, 0)}
    again = builders.signed(payout)
    assert again.txid != ChainTransaction.objects.filter(status="dead").get().txid


def test_a_transaction_that_was_never_sent_is_no_try(owner: Any, settings: Any) -> None:
    settings.PAYOUT_TRIES_MAX = 1
    payout = builders.payout(owner, status=Status.PROCESSING)
    tx = builders.chain_says(payout, TxStatus.DEAD)
    ChainTransaction.objects.filter(pk=tx.pk).update(sends=0)
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    assert (payout.status, payout.tries) == ("pending", 0)


def test_one_that_cannot_be_booked_stops_nobody(owner: Any) -> None:
    """Not reachable through the code: a hold that somebody has voided by hand."""
    odd, healthy = (builders.payout(owner, status=Status.PROCESSING) for _ in range(2))
    for payout in (odd, healthy):
        builders.chain_says(payout, TxStatus.SUCCEEDED)
    ledger.holds_end([odd.pk], status=Hold.Status.VOIDED, at=utc_now())
    assert payouts_settle(now=utc_now()) == 1
    odd.refresh_from_db()
    healthy.refresh_from_db()
    assert (odd.status, healthy.status) == ("processing", "confirmed")
    assert "person" in odd.wait_reason


def test_it_fails_when_the_tries_are_used_up(owner: Any, settings: Any) -> None:
    settings.PAYOUT_TRIES_MAX = 2
    payout = ended(owner, TxStatus.DEAD)
    builders.signed(payout)
    builders.chain_says(payout, TxStatus.DEAD)
    payouts_settle(now=utc_now())
    payout.refresh_from_db()
    assert (payout.status, payout.tries) == ("failed", 2)
    assert "Nothing was paid" in payout.error_message


def test_a_receipt_that_contradicts_the_order_waits_for_a_person(
    owner: Any, wallet: Wallet
) -> None:
    payout = ended(owner, TxStatus.CONTRADICTED, amount_usdt=25_000_000)
    assert payout.status == "processing"
    assert "person" in payout.wait_reason
    assert balances(wallet)["USDT"] == (START, 25_000_000)
    assert payouts_settle(now=utc_now()) == 0


def test_settling_twice_changes_nothing(owner: Any, wallet: Wallet) -> None:
    ended(owner, TxStatus.SUCCEEDED)
    before = (balances(wallet), Entry.objects.count(), Event.objects.count())
    assert payouts_settle(now=utc_now()) == 0
    assert (balances(wallet), Entry.objects.count(), Event.objects.count()) == before


def test_different_ends_in_one_chunk_keep_their_own_fate(
    owner: Any, wallet: Wallet, settings: Any
) -> None:
    settings.PAYOUT_NEW_ATTEMPTS = 0
    ends = [TxStatus.SUCCEEDED, TxStatus.FAILED, TxStatus.DEAD, TxStatus.SUCCEEDED]
    payouts = [builders.payout(owner, status=Status.PROCESSING) for _ in ends]
    for payout, end in zip(payouts, ends, strict=True):
        builders.chain_says(payout, end)
    assert payouts_settle(now=utc_now()) == 4
    found = [Payout.objects.get(pk=payout.pk).status for payout in payouts]
    assert found == ["confirmed", "failed", "pending", "confirmed"]
    assert balances(wallet)["USDT"] == (START - 2 * 12_500_000, 0)
    for asset in Asset:
        assert Entry.objects.filter(asset=asset).aggregate(sum=Sum("units"))["sum"] == 0


def test_an_orphan_transaction_stops_nobody(owner: Any, wallet: Wallet) -> None:
    """Not reachable through the code: a final transaction that no payout points to."""
    stray = builders.payout(owner, status=Status.PROCESSING)
    healthy = builders.payout(owner, status=Status.PROCESSING)
    for payout in (stray, healthy):
        builders.chain_says(payout, TxStatus.SUCCEEDED)
    Payout.objects.filter(pk=stray.pk).update(transaction=healthy.transaction)
    Payout.objects.filter(pk=stray.pk).update(status=Status.FAILED)
    payouts_settle(now=utc_now())
    assert Payout.objects.get(pk=healthy.pk).status == "confirmed"


def test_an_orphan_transaction_halts_once_and_a_person_can_go_on(owner: Any) -> None:
    orphan = builders.payout(owner, status=Status.PROCESSING)
    tx = builders.chain_says(orphan, TxStatus.FAILED)
    with guards_off(Payout):
        Payout.objects.filter(pk=orphan.pk).update(status=Status.PENDING, transaction=None)
    for _ in range(2):
        payouts_settle(now=utc_now())
    (why,) = open_halts()
    assert (why.cause, why.subject) == (HaltCause.BOOKS, tx.txid)
    lift(halts=[why.pk], reason="it was looked at", by="tests", now=utc_now())
    payouts_settle(now=utc_now())
    assert open_halts() == []


def test_the_wallet_account_is_what_its_entries_say(owner: Any, wallet: Wallet) -> None:
    ended(owner, TxStatus.SUCCEEDED)
    ended(owner, TxStatus.FAILED)
    for asset in Asset:
        account = ledger.wallet_account(wallet, asset)
        booked = Entry.objects.filter(account=account).aggregate(sum=Sum("units"))["sum"]
        assert account.balance_units == booked
