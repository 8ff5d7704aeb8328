"""The books in any order of events, and with two at the same moment, against a dictionary."""

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.ledger import Books, check_luck
from tests.stateful.profile import profile


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_no_order_of_bookings_and_holds_makes_or_loses_money() -> None:
    run_state_machine_as_test(Books, settings=profile(steps=30, short=15))
    check_luck()
