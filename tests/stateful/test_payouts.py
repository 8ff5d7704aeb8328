"""Payouts on a chain that delays, loses, reorders and takes back: never twice, never lost."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests import builders
from tests.stateful.node import Served, served
from tests.stateful.payouts import Payouts, check_luck
from tests.stateful.profile import profile


@pytest.fixture
def doors(settings: Any) -> Iterator[tuple[Served, Served]]:
    """Point the platform at two nodes of the model."""
    with served() as a, served() as b:
        settings.TRON_NODES = [a.url, b.url]
        settings.PAYOUT_TRIES_MAX = 2
        yield a, b


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_no_order_of_events_pays_twice_or_loses_a_payout(doors: tuple[Served, Served]) -> None:
    owner = builders.user()

    class Machine(Payouts):
        """The machine, with this test's nodes."""

    Machine.doors, Machine.owner = doors, owner
    run_state_machine_as_test(Machine, settings=profile(steps=30, short=7))
    check_luck()
