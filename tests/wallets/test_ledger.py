"""The books: zero sums, holds that end once, amounts of any size."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.models import User
from lucidpay.errors import InvariantBroken
from tests import builders
from wallets import ledger
from wallets.ledger import Booking, HoldNotOpen
from wallets.models import Account, Asset, Entry, Hold, Journal, Wallet

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def usdt() -> Account:
    """Give the USDT account of a wallet with 100 USDT."""
    wallet = builders.hot_wallet(usdt_micro=100 * builders.USDT)
    return ledger.wallet_account(wallet, Asset.USDT)


def other() -> Account:
    return ledger.other_account(Account.Kind.FUNDING, Asset.USDT)


def state(account: Account) -> tuple[int, int]:
    """Return (balance, held) as the database has them."""
    return Account.objects.values_list("balance_units", "held_units").get(pk=account.pk)


def book_and_commit(booking: Booking) -> None:
    """Book, and let the database check now what it checks when a transaction commits."""
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.book([booking], at=NOW)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def held(account: Account, units: int) -> UUID:
    subject = uuid4()
    ledger.hold(account, amounts={subject: units}, at=NOW)
    return subject


def test_it_refuses_a_journal_that_does_not_sum_to_zero(usdt: Account) -> None:
    with pytest.raises(DatabaseError, match="does not sum to zero"):
        book_and_commit(Booking("odd", "1", ((usdt, 5), (other(), -4)), 1))


def test_it_refuses_to_net_one_asset_against_another(usdt: Account) -> None:
    trx = ledger.other_account(Account.Kind.FEES, Asset.TRX)
    with pytest.raises(DatabaseError, match="does not sum to zero"):
        book_and_commit(Booking("odd", "1", ((usdt, 5), (trx, -5)), 1))


def test_a_booked_journal_takes_no_other_entry(usdt: Account) -> None:
    book_and_commit(Booking("payout", "tx", ((usdt, -5), (other(), 5)), 1))
    journal = Journal.objects.get(kind="payout", reference="tx")
    with pytest.raises(DatabaseError, match="does not sum to zero"), transaction.atomic():
        Entry.objects.create(journal=journal, account=usdt, asset=usdt.asset, units=5)


def test_it_books_many_with_their_own_sides(usdt: Account) -> None:
    bookings = [
        Booking("payout", f"tx {number}", ((usdt, -number), (other(), number)), number)
        for number in range(1, 6)
    ]
    with transaction.atomic():
        ledger.book(bookings, at=NOW)
    booked = Entry.objects.filter(account=usdt, journal__kind="payout")
    found = booked.values_list("journal__reference", "journal__block_number", "units", "asset")
    assert set(found) == {(f"tx {number}", number, -number, "USDT") for number in range(1, 6)}
    assert state(usdt)[0] == 100 * builders.USDT - 15


def test_it_books_a_reference_once(usdt: Account) -> None:
    booking = Booking("payout", "tx", ((usdt, -5), (other(), 5)), 1)
    ledger.book([booking], at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.book([booking], at=NOW)
    assert state(usdt)[0] == 100 * builders.USDT - 5


@pytest.mark.parametrize("model", [Entry, Journal])
def test_it_never_changes_or_deletes_what_is_booked(usdt: Account, model: type) -> None:
    for change in (lambda rows: rows.update(id=-1), lambda rows: rows._raw_delete("default")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change(model.objects.all())
    assert Entry.objects.exists()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(units=st.integers(min_value=2**31 - 2, max_value=10**15))
def test_it_keeps_amounts_beyond_four_bytes_exactly(usdt: Account, units: int) -> None:
    before = state(usdt)
    ledger.book([Booking("big", uuid4().hex, ((usdt, units), (other(), -units)), 1)], at=NOW)
    assert state(usdt) == (before[0] + units, before[1])
    subject = held(usdt, units)
    assert state(usdt) == (before[0] + units, before[1] + units)
    ledger.holds_end([subject], status=Hold.Status.VOIDED, at=NOW)
    ledger.book([Booking("back", uuid4().hex, ((usdt, -units), (other(), units)), 1)], at=NOW)
    assert state(usdt) == before


def test_it_holds_up_to_the_last_unit_and_not_one_more(usdt: Account) -> None:
    held(usdt, 60 * builders.USDT)
    with pytest.raises(InvariantBroken), transaction.atomic():
        held(usdt, 40 * builders.USDT + 1)
    held(usdt, 40 * builders.USDT)
    assert state(usdt) == (100 * builders.USDT, 100 * builders.USDT)


def test_it_refuses_a_hold_that_would_only_fit_into_four_bytes(usdt: Account) -> None:
    with pytest.raises(InvariantBroken), transaction.atomic():
        held(usdt, 2**32 + 5)


def test_it_holds_once_per_subject(usdt: Account) -> None:
    subject = held(usdt, 5)
    with pytest.raises(IntegrityError), transaction.atomic():
        ledger.hold(usdt, amounts={subject: 5}, at=NOW)


@pytest.mark.parametrize("first", [Hold.Status.POSTED, Hold.Status.VOIDED])
@pytest.mark.parametrize("second", [Hold.Status.POSTED, Hold.Status.VOIDED])
def test_it_ends_a_hold_once(usdt: Account, first: Hold.Status, second: Hold.Status) -> None:
    subject = held(usdt, 5)
    ledger.holds_end([subject], status=first, at=NOW)
    assert state(usdt) == (100 * builders.USDT, 0)
    with pytest.raises(HoldNotOpen), transaction.atomic():
        ledger.holds_end([subject], status=second, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.filter(subject=subject).update(status=Hold.Status.OPEN)


def test_it_ends_all_holds_or_none(usdt: Account) -> None:
    subject = held(usdt, 5)
    with pytest.raises(HoldNotOpen), transaction.atomic():
        ledger.holds_end([subject, uuid4()], status=Hold.Status.VOIDED, at=NOW)
    assert state(usdt)[1] == 5


def test_it_books_only_inside_a_transaction(transactional_db: None) -> None:
    with pytest.raises(InvariantBroken, match="outside a transaction"):
        ledger.book([], at=NOW)


def test_it_never_deletes_a_wallet(usdt: Account) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Wallet.objects.filter(pk=usdt.wallet_id)._raw_delete("default")


def owed(units: int, reference: str) -> Booking:
    """Return what raises or lowers (negative) what a new merchant has with us."""
    return Booking("owed", reference, ((merchant(), -units), (other(), units)))


def merchant() -> Account:
    owner = User.objects.filter(username="shop").first() or builders.user(username="shop")
    return ledger.merchant_account(Account.Kind.MERCHANT, owner.pk, Asset.USDT)


def test_a_merchant_s_balance_goes_with_the_books_and_needs_no_block() -> None:
    book_and_commit(owed(100, "1"))
    book_and_commit(owed(-30, "2"))
    assert state(merchant()) == (-70, 0)
    assert Account.objects.filter(kind=Account.Kind.MERCHANT).count() == 1


def test_a_merchant_is_never_paid_more_than_there_is() -> None:
    book_and_commit(owed(100, "1"))
    with pytest.raises(IntegrityError, match="not_overdrawn"):
        book_and_commit(owed(-101, "2"))
    assert state(merchant()) == (-100, 0)


def test_each_merchant_and_kind_has_an_account_of_its_own() -> None:
    first, second = builders.user(), builders.user()
    kinds = (Account.Kind.MERCHANT, Account.Kind.BILLED)
    made = {
        ledger.merchant_account(kind, owner.pk, asset).pk
        for kind in kinds
        for owner in (first, second)
        for asset in Asset
        for _ in range(2)
    }
    assert len(made) == 8
    with pytest.raises(IntegrityError):
        ledger.merchant_account(Account.Kind.PAYMENTS, first.pk, Asset.USDT)


def test_it_refuses_to_move_deposit_addresses_in_no_block() -> None:
    deposits = ledger.other_account(Account.Kind.DEPOSITS, Asset.USDT)
    with pytest.raises(InvariantBroken, match="in no block"):
        book_and_commit(Booking("deposit", "1", ((deposits, 5), (other(), -5))))


def test_several_accounts_come_in_one_statement(django_assert_num_queries: Any) -> None:
    kinds = (Account.Kind.SUSPENSE, Account.Kind.DEPOSITS)
    made = ledger.other_accounts(kinds)
    with django_assert_num_queries(1):
        assert ledger.other_accounts(kinds) == made
    assert set(made) == {(kind, asset) for kind in kinds for asset in Asset}
