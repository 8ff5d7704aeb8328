"""What people see of sweeps, and which corruptions of them are named."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from gateway.models_sweep import Sweep
from lucidpay.clock import utc_now
from lucidpay.verification.findings import Scope
from lucidpay.verification.run import database_findings
from tests.admin import pages
from tests.admin.conftest import enter
from tests.corruption import guards_off
from tests.gateway.sweep_world import UNIT, Sweeping
from tests.sandbox.process import SandboxProcess
from tests.tron.conftest import node, sandbox
from tron.models import ChainTransaction
from wallets.models_deposit import Deposit
from wallets.models_operation import Operation

__all__ = ["enter", "node", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(node: SandboxProcess, settings: Any) -> Sweeping:
    """Give a world in which 100 USDT were swept."""
    settings.TRON_HEAD_AGE_MAX_S = 36_000
    world = Sweeping(node)
    world.deposit(usdt=100)
    world.work()
    return world


def told(command: str, *arguments: str) -> str:
    """Run a command and return what it printed."""
    out = io.StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_it_is_explained_by_its_txid_its_id_and_its_address(world: Sweeping) -> None:
    sweep, place = world.one(), world.paid[0]
    assert sweep.transaction is not None
    story = told("explain", sweep.public_id)
    assert max(len(line) for line in story.splitlines()) <= 80
    assert story.startswith(f"{sweep.public_id}: SWEPT")
    for word in ("100.00 USDT", place.address, str(world.wallet.address), sweep.transaction.txid):
        assert word in story
    assert "Paid: solid block" in " ".join(story.split())
    by_txid = told("explain", sweep.transaction.txid)
    assert by_txid.startswith(f"Transaction {sweep.transaction.txid}")
    assert by_txid.endswith(story)
    by_address = told("explain", place.address)
    assert by_address.startswith(f"Deposit address {place.address}")
    assert sweep.public_id in by_address


def test_the_admin_shows_them_with_their_reasons(
    world: Sweeping, enter: Callable[[str], Client], settings: Any
) -> None:
    settings.TRX_TRANSFER_DAILY_MAX = 1
    world.deposit(usdt=77)
    world.work(1)
    client = enter("auditor")
    listed = client.get(pages.listing("gateway_sweep")).content.decode()
    for word in ("100.00 USDT", "77.00 USDT", "TRX_TRANSFER_DAILY_MAX", "swept", "wanted"):
        assert word in listed
    sweep = world.one_of("swept")
    assert sweep.transaction is not None
    assert sweep.funding is not None
    page = client.get(pages.detail(sweep)).content.decode()
    for word in (sweep.public_id, sweep.transaction.txid, pages.detail(sweep.funding)):
        assert word in page
    assert pages.detail(sweep) in client.get(pages.detail(sweep.transaction)).content.decode()
    for term in (sweep.public_id, sweep.transaction.txid, world.paid[0].address):
        found = client.get(pages.listing("gateway_sweep"), {"q": term}).content.decode()
        assert "100.00 USDT" in found
        assert "77.00 USDT" not in found


def test_the_command_lets_everything_be_weighed_anew(world: Sweeping, settings: Any) -> None:
    place = world.deposit(usdt=30)
    world.work(1)
    assert world.moved(place) == []
    assert "Nothing is worth moving." in told("sweep_deposits")
    settings.SWEEP_MIN_USDT = 20
    assert "1 wanted: their turn comes" in told("sweep_deposits")
    world.work()
    assert world.moved(place) == [30 * UNIT]
    world.agrees()


def second_transaction(sweep: Sweep) -> None:
    """As if another had been signed beside the one that is known."""
    tx = ChainTransaction.objects.get(subject=sweep.pk)
    tx.pk, tx.txid, tx.status, tx.proof = None, "5" * 64, "dead", {}
    tx.save()


def deposit_lost(sweep: Sweep) -> None:
    """As if less had come than left."""
    with guards_off(Deposit):
        Deposit.objects.filter(asset="USDT").update(units=99 * UNIT)


def given_elsewhere(sweep: Sweep) -> None:
    """As if the TRX had gone to somebody else."""
    with guards_off(Operation):
        Operation.objects.update(recipient=sweep.wallet.address)


@pytest.mark.parametrize(
    ("breaking", "said"),
    [
        (second_transaction, "has 2 transactions"),
        (deposit_lost, "where 99000000 had come"),
        (given_elsewhere, "as what it was given"),
    ],
)
def test_every_corruption_is_named(
    world: Sweeping, breaking: Callable[[Sweep], None], said: str
) -> None:
    world.agrees()
    breaking(world.one())
    found = [one.what for one in database_findings(Scope(now=utc_now()))]
    assert [what for what in found if said in what] != []
