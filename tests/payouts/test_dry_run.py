"""What a dry run learns from a node: energy, cost, blacklist, for this very recipient."""

from typing import Any

import pytest

from access.caller import caller_of_user
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services import dry_run
from payouts.services.dry_run import DryRun, payout_dry_run
from payouts.services.wait import NO_CHAIN, USDT_PAUSED
from tests import builders
from tests.payouts.onchain import wallet_on
from tests.sandbox.people import Person
from tests.sandbox.process import SandboxProcess
from tests.tron.lying_node import LyingNode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _on_chain(chain: SandboxProcess) -> None:
    wallet_on(chain)


def dry(**fields: Any) -> DryRun:
    return payout_dry_run(
        caller=caller_of_user(builders.user()), order=builders.order(**fields), body_hash="x",
        now=utc_now(),
    )  # fmt: skip


def test_somebody_without_usdt_costs_twice_as_much(alice: Person) -> None:
    holder, stranger = dry(recipient_address=alice.address), dry()
    energies = [one.forecast.energy for one in (holder, stranger)]
    assert all(energies)
    assert energies[1] > 1.9 * energies[0]  # type: ignore[operator]
    assert [one.verdict for one in (holder, stranger)] == ["accepted"] * 2
    burned = holder.forecast.fee_sun
    assert burned == energies[0] * 100  # type: ignore[operator]
    assert holder.forecast.trx_after_sun == 1_000 * builders.TRX - burned
    assert holder.forecast.is_blacklisted is False
    assert holder.usdt_after_micro == 987_500_000
    assert Payout.objects.count() == 0


def test_it_knows_the_blacklist(chain: SandboxProcess, alice: Person) -> None:
    chain.post("/sandbox/usdt", blacklist=[alice.address])
    found = dry(recipient_address=alice.address).forecast
    assert (found.is_blacklisted, found.energy) == (True, None)
    assert "blacklisted the recipient" in found.unknown


def test_a_paused_token_has_no_price(chain: SandboxProcess) -> None:
    chain.post("/sandbox/usdt", paused=True)
    try:
        found = dry().forecast
    finally:
        chain.post("/sandbox/usdt", paused=False)
    assert (found.unknown, found.fee_sun, found.is_blacklisted) == (USDT_PAUSED, None, None)


def test_a_node_that_hangs_is_not_waited_for(liar: LyingNode, monkeypatch: Any) -> None:
    monkeypatch.setattr(dry_run, "NODE_TIMEOUT_S", 0.000_001)
    found = dry()
    assert (found.verdict, found.forecast.unknown) == ("accepted", NO_CHAIN)
