"""The machine of the books: any order of bookings and holds, also two at the same moment."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Sum
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lucidpay.errors import InvariantBroken
from tests import builders
from tests.stateful.cuts import at_once
from tests.stateful.tables import empty_tables
from tron.models import ChainFlow
from wallets import ledger
from wallets.ledger import Booking, HoldNotOpen
from wallets.models import Account, Asset, Entry, Hold, Journal
from wallets.services.book_flows import flows_book

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
UNITS = st.integers(min_value=1, max_value=120)
ENDS = st.sampled_from([Hold.Status.POSTED, Hold.Status.VOIDED])
# What is drawn never depends on who won a race before: the same draws make the same examples.
WHICH = st.integers(min_value=0, max_value=1_000)
REFUSALS = (InvariantBroken, HoldNotOpen, IntegrityError)
seen: Counter[str] = Counter()


class Books(RuleBasedStateMachine):
    """One wallet, its USDT, and what a plain dictionary says should be there."""

    def __init__(self) -> None:
        super().__init__()
        empty_tables()
        self.wallet = builders.hot_wallet(usdt_micro=100, trx_sun=100)
        self.account = ledger.wallet_account(self.wallet, Asset.USDT)
        self.balance = 100
        self.holds: dict[UUID, int] = {}
        self.ended: list[UUID] = []
        self.journals = Journal.objects.count()

    # --- One at a time ----------------------------------------------------------------------------

    @rule(units=UNITS)
    def money_comes_in(self, units: int) -> None:
        builders.fund(self.wallet, usdt_micro=units)
        self.balance += units
        self.journals += 1

    @rule(units=UNITS, twice=st.booleans())
    def the_chain_shows_an_inflow(self, units: int, twice: bool) -> None:
        ChainFlow.objects.create(
            txid=uuid4().hex * 2, log_index=0, asset=Asset.USDT, sender=builders.address(),
            recipient=self.wallet.address, units=units, block_number=2, block_time_ms=1,
        )  # fmt: skip
        book: Callable[[], object] = lambda: flows_book(now=NOW)  # noqa: E731
        at_once(*[book] * (2 if twice else 1))
        self.balance += units
        self.journals += 1

    @rule(units=UNITS)
    def hold(self, units: int) -> None:
        subject = uuid4()
        done = at_once(lambda: self.try_hold(subject, units))
        assert done == [self.fits(units)]
        if done[0]:
            self.holds[subject] = units

    @rule(which=WHICH, end=ENDS)
    def end_a_hold(self, which: int, end: Hold.Status) -> None:
        if not self.holds:
            return
        subject = self.one_of(which)
        assert at_once(lambda: self.try_end(subject, end)) == [True]
        self.is_ended(subject, end)

    @rule(which=WHICH, end=ENDS)
    def end_one_that_has_ended(self, which: int, end: Hold.Status) -> None:
        if not self.ended:
            return
        subject = self.ended[which % len(self.ended)]
        assert at_once(lambda: self.try_end(subject, end)) == [False]
        seen["ended before"] += 1

    @rule(units=UNITS, odd=st.sampled_from([-1, 1, 7]))
    def a_journal_that_does_not_sum_up(self, units: int, odd: int) -> None:
        other = ledger.other_account(Account.Kind.PAYOUTS, Asset.USDT)
        sides = ((self.account, -units), (other, units + odd))
        booking = Booking("odd", uuid4().hex, sides, block_number=2)
        with pytest.raises(DatabaseError, match="does not sum to zero"), transaction.atomic():
            ledger.book([booking], at=NOW)

    # --- Two at the same moment -------------------------------------------------------------------

    @rule(first=UNITS, second=UNITS)
    def two_hold(self, first: int, second: int) -> None:
        subjects, units = (uuid4(), uuid4()), (first, second)
        done = at_once(
            lambda: self.try_hold(subjects[0], first), lambda: self.try_hold(subjects[1], second)
        )
        both = self.fits(first + second)
        possible = {
            (self.fits(first), both if self.fits(first) else self.fits(second)),
            (both if self.fits(second) else self.fits(first), self.fits(second)),
        }
        assert tuple(done) in possible, "no order of the two gives this"
        seen["two holds for money of one"] += done.count(False)
        for subject, amount, was_held in zip(subjects, units, done, strict=True):
            if was_held:
                self.holds[subject] = amount

    @rule(which=WHICH, ends=st.tuples(ENDS, ENDS))
    def two_end_the_same(self, which: int, ends: tuple[Any, Any]) -> None:
        if not self.holds:
            return
        subject = self.one_of(which)
        done = at_once(*(lambda end=end: self.try_end(subject, end) for end in ends))
        assert sorted(done) == [False, True], "a hold ends once"
        self.is_ended(subject, ends[done.index(True)])

    @rule(which=WHICH, end=ENDS, units=UNITS)
    def one_ends_and_one_holds(self, which: int, end: Any, units: int) -> None:
        if not self.holds:
            return
        subject, another = self.one_of(which), uuid4()
        before = self.fits(units)
        ended, was_held = at_once(
            lambda: self.try_end(subject, end), lambda: self.try_hold(another, units)
        )
        assert ended
        self.is_ended(subject, end)
        assert was_held in {before, self.fits(units)}
        if was_held:
            self.holds[another] = units

    # --- How --------------------------------------------------------------------------------------

    def one_of(self, which: int) -> UUID:
        """Return one of the open holds."""
        return list(self.holds)[which % len(self.holds)]

    def fits(self, units: int) -> bool:
        """Return whether this much is neither spent nor promised."""
        return self.balance - sum(self.holds.values()) >= units

    def try_hold(self, subject: UUID, units: int) -> bool:
        """Hold as the signer does, or return that it was refused."""
        try:
            with transaction.atomic():
                ledger.accounts_locked([self.wallet.pk])
                ledger.hold(self.account, amounts={subject: units}, at=NOW)
        except REFUSALS:
            return False
        return True

    def try_end(self, subject: UUID, end: Hold.Status) -> bool:
        """End a hold as settlement does, its payment booked with it, or return the refusal."""
        paid = ledger.other_account(Account.Kind.PAYOUTS, Asset.USDT)
        try:
            with transaction.atomic():
                ledger.accounts_locked([self.wallet.pk])
                ledger.holds_end([subject], status=end, at=NOW)
                if end == Hold.Status.POSTED:
                    units = Hold.objects.get(subject=subject).units
                    sides = ((self.account, -units), (paid, units))
                    ledger.book([Booking("payout", str(subject), sides, block_number=2)], at=NOW)
        except REFUSALS:
            return False
        return True

    def is_ended(self, subject: UUID, end: Hold.Status) -> None:
        """Note the end in the dictionary."""
        units = self.holds.pop(subject)
        self.ended.append(subject)
        if end == Hold.Status.POSTED:
            self.balance -= units
            self.journals += 1

    # --- What must hold ---------------------------------------------------------------------------

    @invariant()
    def the_books_are_what_the_dictionary_says(self) -> None:
        row = Account.objects.get(pk=self.account.pk)
        assert (row.balance_units, row.held_units) == (self.balance, sum(self.holds.values()))
        assert row.held_units <= row.balance_units
        assert Entry.objects.filter(account=row).aggregate(s=Sum("units"))["s"] == self.balance
        assert Journal.objects.count() == self.journals
        still = Hold.objects.filter(status=Hold.Status.OPEN).values_list("subject", "units")
        assert dict(still) == self.holds
        sums = Entry.objects.values("journal", "asset").annotate(sum=Sum("units"))
        assert not sums.exclude(sum=0).exists()
        overdrawn = Account.objects.filter(kind="wallet", held_units__gt=F("balance_units"))
        assert not overdrawn.exists()


def check_luck() -> None:
    """Check that the run met what it is for."""
    for what in ("ended before", "two holds for money of one"):
        assert seen[what], f"no example came to: {what}"
