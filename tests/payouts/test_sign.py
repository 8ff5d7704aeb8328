"""The signer: what it may pay, in which order, and what it leaves when it may not."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction

from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services import sign
from payouts.services.price import Quote
from payouts.services.wait import CANNOT_SIGN, NO_TRX, NO_USDT
from payouts.states import Status
from tests import builders
from tron.models import ChainTransaction
from tron.reference import Reference
from wallets import ledger
from wallets.fees import BANDWIDTH_SUN
from wallets.hand import own_hand
from wallets.models import Asset, Hold, Wallet

REFERENCE = Reference(
    block_number=1000,
    block_id=f"{1000:016x}" + "ab" * 24,
    expiration_ms=builders.CHAIN_TIME_MS + 120_000,
    chain_time_ms=builders.CHAIN_TIME_MS,
)
FEE_SUN = builders.FEE_LIMIT_SUN


def sign_all(
    wallet: Wallet,
    *,
    refused: tuple[Payout, ...] = (),
    fee_sun: int = FEE_SUN,
    later: timedelta = timedelta(),
) -> int:
    """Sign what is due with prepared quotes; tests of the quotes themselves ask a real node."""
    refusals = {payout.pk for payout in refused}
    quotes = {
        pk: Quote(refusal="no") if pk in refusals else Quote(fee_limit_sun=fee_sun)
        for pk in Payout.objects.filter(status=Status.PENDING).values_list("pk", flat=True)
    }
    hand = own_hand(wallet)
    with transaction.atomic():
        return len(sign.sign_locked(wallet, quotes, REFERENCE, hand, utc_now() + later))


def statuses(*payouts: Payout) -> list[str]:
    """Return the present status of each."""
    return [Payout.objects.get(pk=payout.pk).status for payout in payouts]


@pytest.fixture
def owner() -> Any:
    return builders.user()


@pytest.mark.django_db
def test_it_stores_and_holds_before_anything_can_be_sent(owner: Any) -> None:
    wallet = builders.hot_wallet()
    payout = builders.payout(owner, amount_usdt=7_000_000)
    assert sign_all(wallet) == 1
    payout.refresh_from_db()
    tx = ChainTransaction.objects.get(subject=payout.pk)
    assert (payout.status, payout.transaction_id, payout.tries) == ("processing", tx.pk, 1)
    assert (tx.recipient, tx.amount_micro, tx.sender) == (
        payout.recipient_address,
        7_000_000,
        wallet.address,
    )
    assert (tx.expiration_ms, tx.ref_block_number) == (REFERENCE.expiration_ms, 1000)
    assert (tx.status, tx.sends) == ("signed", 0)
    holds = Hold.objects.filter(subject=payout.pk).values_list("account__asset", "units", "status")
    assert sorted(holds) == [
        ("TRX", FEE_SUN + BANDWIDTH_SUN, "open"),
        ("USDT", 7_000_000, "open"),
    ]


@pytest.mark.django_db
def test_equal_payouts_become_different_transactions(owner: Any) -> None:
    wallet = builders.hot_wallet()
    recipient = builders.address()
    for _ in range(5):
        builders.payout(owner, recipient_address=recipient, amount_usdt=1_000_000)
    assert sign_all(wallet) == 5
    assert ChainTransaction.objects.values("txid").distinct().count() == 5


@pytest.mark.django_db
def test_chunks_of_one_wallet_never_share_a_timestamp(owner: Any) -> None:
    wallet = builders.hot_wallet()
    for _ in range(3):
        builders.payout(owner)
        builders.payout(owner)
        assert sign_all(wallet) == 2
    times = list(ChainTransaction.objects.values_list("timestamp_ms", flat=True))
    assert len(set(times)) == len(times) == 6


@pytest.mark.django_db
def test_it_pays_the_urgent_first_then_the_oldest(owner: Any) -> None:
    wallet = builders.hot_wallet(usdt_micro=100_000_000)
    first = builders.payout(owner, amount_usdt=50_000_000, priority="LOW")
    second = builders.payout(owner, amount_usdt=40_000_000)
    builders.fund(wallet, usdt_micro=10_000_000)
    urgent = builders.payout(owner, amount_usdt=20_000_000, priority="URGENT")
    assert sign_all(wallet) == 3
    order = ChainTransaction.objects.order_by("timestamp_ms").values_list("subject", flat=True)
    assert list(order) == [urgent.pk, second.pk, first.pk]


@pytest.mark.django_db
def test_what_does_not_fit_waits_alone_and_says_so(owner: Any, settings: Any) -> None:
    settings.UNDERFUNDED_PAYOUTS = "wait"
    wallet = builders.hot_wallet(usdt_micro=10_000_000)
    fits = builders.payout(owner, amount_usdt=6_000_000)
    too_large = builders.payout(owner, amount_usdt=5_000_000)
    behind = builders.payout(owner, amount_usdt=1_000_000)
    assert sign_all(wallet) == 2
    assert statuses(fits, too_large, behind) == ["processing", "pending", "processing"]
    assert Payout.objects.get(pk=too_large.pk).wait_reason == NO_USDT
    builders.fund(wallet, usdt_micro=2_000_000)
    assert sign_all(wallet) == 0  # it is looked at again in a moment
    assert sign_all(wallet, later=timedelta(minutes=1)) == 1
    assert set(Payout.objects.values_list("wait_reason", flat=True)) == {""}


@pytest.mark.django_db
def test_it_waits_for_trx_and_says_so(owner: Any) -> None:
    enough_for_one = FEE_SUN + BANDWIDTH_SUN
    wallet = builders.hot_wallet(trx_sun=2 * enough_for_one - 1)
    first, second = builders.payout(owner), builders.payout(owner)
    assert sign_all(wallet) == 1
    assert statuses(first, second) == ["processing", "pending"]
    assert Payout.objects.get(pk=second.pk).wait_reason.startswith(NO_TRX)


@pytest.mark.django_db
def test_one_payout_that_the_contract_refuses_stops_nobody(owner: Any) -> None:
    wallet = builders.hot_wallet()
    before, poisoned, after = (builders.payout(owner) for _ in range(3))
    assert sign_all(wallet, refused=(poisoned,)) == 2
    assert statuses(before, poisoned, after) == ["processing", "pending", "processing"]
    poisoned.refresh_from_db()
    assert poisoned.wait_reason == "no"
    assert poisoned.sign_after > utc_now() + timedelta(seconds=5)


@pytest.mark.django_db
def test_one_payout_that_cannot_be_signed_stops_nobody(owner: Any) -> None:
    """Not reachable through the code: an address of the right shape with a wrong checksum."""
    wallet = builders.hot_wallet()
    before, after = builders.payout(owner), builders.payout(owner)
    odd = builders.payout(owner, recipient_address="T" + "1" * 33, priority="URGENT")
    assert sign_all(wallet) == 2
    assert statuses(before, odd, after) == ["processing", "pending", "processing"]
    odd.refresh_from_db()
    assert odd.wait_reason == CANNOT_SIGN
    assert odd.sign_after > utc_now() + timedelta(seconds=5)
    assert not Hold.objects.filter(subject=odd.pk).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["processing", "confirmed", "failed", "cancelled"])
def test_it_signs_pending_payouts_only(owner: Any, status: str) -> None:
    wallet = builders.hot_wallet()
    payout = builders.payout(owner, status=status)
    signed_before = ChainTransaction.objects.count()
    quotes = {payout.pk: Quote(fee_limit_sun=FEE_SUN)}
    hand = own_hand(wallet)
    with transaction.atomic():
        assert sign.sign_locked(wallet, quotes, REFERENCE, hand, utc_now()) == []
    assert ChainTransaction.objects.count() == signed_before


@pytest.mark.django_db
@pytest.mark.parametrize("batch_type", ["HOURLY", "DAILY", "WEEKLY"])
def test_it_leaves_what_is_not_due_yet(owner: Any, batch_type: str) -> None:
    wallet = builders.hot_wallet()
    builders.payout(owner, batch_type=batch_type)
    assert sign_all(wallet) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("review", ["required", "rejected"])
def test_it_leaves_what_a_person_has_not_approved(owner: Any, review: str) -> None:
    wallet = builders.hot_wallet()
    payout = builders.payout(owner)
    Payout.objects.filter(pk=payout.pk).update(review=review)
    assert sign_all(wallet) == 0


@pytest.mark.django_db
def test_it_never_signs_beside_a_transaction_that_could_still_pay(owner: Any) -> None:
    """Not reachable through the code; the guard is there for a hand that edits the database."""
    wallet = builders.hot_wallet()
    payout, healthy = builders.payout(owner), builders.payout(owner)
    builders.signed(payout)
    Payout.objects.filter(pk=payout.pk).update(status=Status.PENDING)
    assert sign_all(wallet) == 1
    assert statuses(payout, healthy) == ["pending", "processing"]
    assert ChainTransaction.objects.filter(subject=payout.pk).count() == 1


def sign_at_once(wallet: Wallet, signers: int) -> tuple[int, list[Exception]]:
    """Let several signers with connections of their own start together; return what they did."""
    barrier, signed, errors = Barrier(signers), [], []

    def work() -> None:
        try:
            barrier.wait()
            signed.append(sign_all(Wallet.objects.get(pk=wallet.pk)))
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work) for _ in range(signers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(signed), errors


@pytest.mark.django_db(transaction=True)
def test_signers_at_once_sign_each_payout_once(owner: Any) -> None:
    wallet = builders.hot_wallet()
    for _ in range(20):
        builders.payout(owner)
    assert sign_at_once(wallet, 4) == (20, [])
    assert ChainTransaction.objects.count() == 20
    usdt = ledger.wallet_account(wallet, Asset.USDT)
    assert usdt.held_units == 20 * 12_500_000


@pytest.mark.django_db(transaction=True)
def test_signers_at_once_never_promise_the_same_usdt(owner: Any, settings: Any) -> None:
    """The slow one must not hold what the fast one took, nor trip over it."""
    settings.UNDERFUNDED_PAYOUTS = "wait"
    wallet = builders.hot_wallet(usdt_micro=10 * 12_500_000)
    for priority in ("NORMAL", "HIGH") * 10:
        builders.payout(owner, priority=priority)
    assert sign_at_once(wallet, 4) == (10, [])
    usdt = ledger.wallet_account(wallet, Asset.USDT)
    assert (usdt.held_units, usdt.balance_units) == (10 * 12_500_000, 10 * 12_500_000)
