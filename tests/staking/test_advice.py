"""A week of payouts, what it advises, and what the days after it really burn."""

from collections.abc import Sequence
from decimal import Decimal
from io import StringIO
from math import ceil
from typing import Any

import pytest
from django.core.management import call_command

from payouts import tasks as payout_tasks
from payouts.models import Payout, Router, RouterType
from payouts.services.route import router_assign
from staking.advice import staking_advice
from tests import builders
from tests.sandbox.people import funded
from tests.sandbox.process import SandboxProcess
from tests.staking.world import Staker, staker_on
from tron.models import ChainTransaction

pytestmark = pytest.mark.django_db
SAVED = Decimal("0.05")


@pytest.fixture
def payer(db: None, chain: SandboxProcess) -> Staker:
    """A wallet with TRX to stake and to burn, that pays for all routers."""
    made = staker_on(chain, trx=200_000, usdt=10_000)
    for router_type in RouterType:
        Router.objects.get_or_create(type=router_type)
    router_assign(wallet=made.wallet)
    return made


def pay_for_a_day(payer: Staker, holders: Sequence[str]) -> list[ChainTransaction]:
    """Let a day pass, and pay who holds USDT and two who do not; return the transactions."""
    payer.later(1)
    owner = builders.user()
    recipients = [*holders, builders.address(), builders.address()]
    asked = [builders.payout(owner, recipient_address=one).pk for one in recipients]
    payer.read()
    payout_tasks.sign()
    payer.send()
    payer.solidify()
    payout_tasks.settle()
    paid = Payout.objects.filter(pk__in=asked).select_related("transaction")
    assert {one.status for one in paid} == {"confirmed"}
    payer.work()
    payer.books_closed()
    return [one.transaction for one in paid if one.transaction]


def burned_trx(rows: Sequence[ChainTransaction]) -> Decimal:
    """Return what these burned in all."""
    return Decimal(sum(row.fee_sun or 0 for row in rows)) / 10**6


def close(forecast: Any, actual: Decimal) -> bool:
    """Whether a forecast is less than 5 % off."""
    return abs(Decimal(forecast) - actual) < SAVED * max(actual, Decimal("0.000001"))


@pytest.mark.call("GET /tron/staking/advice")
@pytest.mark.slow
@pytest.mark.contract("C-STAKE-8")
def test_what_a_week_advises_makes_the_next_day_burn_nothing(payer: Staker, settings: Any) -> None:
    settings.STAKING_RENT_SUN_PER_ENERGY_DAY = 60
    holders = [funded(payer.node, usdt=1).address for _ in range(2)]
    week = [row for _ in range(7) for row in pay_for_a_day(payer, holders)]
    advised = payer.api.get("/tron/staking/advice?days=30").body
    assert (advised["transfers"], advised["days_covered"]) == (28, 7)
    assert advised["burned_trx"] == burned_trx(week) > 0
    energy, bandwidth = advised["energy"], advised["bandwidth"]
    assert energy["busiest_24h"] == energy["needed"] == 2 * (64_285 + 130_285)
    assert energy["limit"] == 0
    assert energy["stake_trx"] > 41_000
    assert bandwidth["needed"] == 4 * 345
    saves = energy["saves_trx_per_30_days"]
    assert abs(saves - 30 * 2 * (64_285 + 130_285) / Decimal(10_000)) < 1
    assert energy["pays_back_days"] == ceil(energy["stake_trx"] * 30 / saves)
    assert (advised["forecast"]["as_advised_trx"], advised["unstaking_days"]) == (0, 14)
    rent = advised["renting"]["trx_per_30_days"]
    assert rent == Decimal(energy["needed"] * 60 * 30) / 10**6
    assert advised["renting"]["saves_trx_per_30_days"] == saves - rent
    (wallet,) = advised["wallets"]
    assert wallet["wallet_id"] == payer.wallet.public_id

    # The next day is like those before it, and costs what was said.
    day = pay_for_a_day(payer, holders)
    assert close(advised["forecast"]["as_staked_trx"], burned_trx(day))

    payer.done("stake", amount_trx=energy["stake_trx"], resource="ENERGY")
    again = payer.api.get("/tron/staking/advice?days=7").body
    assert (again["energy"]["stake_trx"], again["energy"]["saves_trx_per_30_days"]) == (0, 0)
    day = pay_for_a_day(payer, holders)
    receipts = [payer.node.info(row.txid)["receipt"] for row in day]
    assert [one.get("energy_fee", 0) for one in receipts] == [0] * 4
    assert sum(one["energy_usage"] for one in receipts) == energy["needed"]
    assert close(again["forecast"]["as_staked_trx"], burned_trx(day))

    payer.done("stake", amount_trx=bandwidth["stake_trx"], resource="BANDWIDTH")
    assert burned_trx(pay_for_a_day(payer, holders)) == again["forecast"]["as_advised_trx"] == 0

    out = StringIO()
    call_command("advice", "--days", "7", stdout=out)
    assert "0 TRX more save 0 TRX in 30 days." in out.getvalue()


def test_the_command_says_what_to_do(payer: Staker, settings: Any) -> None:
    out = StringIO()
    call_command("advice", stdout=out)
    assert out.getvalue() == "0 transfers within 1 days burned 0 TRX.\n"
    settings.STAKING_RENT_SUN_PER_ENERGY_DAY = 60
    pay_for_a_day(payer, [])
    out = StringIO()
    call_command("advice", stdout=out)
    stake = staking_advice(days=30).energy.stake_sun // 10**6
    assert f"manage.py stake {payer.address} {stake} --resource ENERGY" in out.getvalue()
    assert "To rent the energy" in out.getvalue()
