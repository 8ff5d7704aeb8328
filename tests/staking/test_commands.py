"""`manage.py stake` and its like: what they do is an operation, what they say helps."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.sandbox.people import Person
from tests.staking.world import TRX, Staker, staked_sun
from tests.wallets.operating import keyless
from tron.address import address_text
from tron.sandbox.genesis import WITNESSES
from wallets.models import WalletKind
from wallets.models_operation import Operation

pytestmark = pytest.mark.django_db
WITNESS = address_text(WITNESSES[0])
Run = Callable[..., str]


@pytest.fixture
def run(staker: Staker) -> Run:
    def run(verb: str, *args: Any, wallet: str = "") -> str:
        out = StringIO()
        call_command(verb, wallet or staker.wallet.name, *args, "--wait", "0", stdout=out)
        return out.getvalue()

    return run


@pytest.mark.contract("C-STAKE-1")
def test_every_verb_has_a_command(staker: Staker, receiver: Person, run: Run) -> None:
    told = run("stake", "1000")
    operation = Operation.objects.get()
    assert operation.public_id in told
    assert "Not signed yet" in told
    assert "TRX at most" in told
    assert operation.by.startswith("manage.py, ")
    staker.work()
    assert staked_sun(staker) == 1_000 * TRX
    for verb, *args in (
        ("delegate", receiver.address, "100", "--lock-days", "3"),
        ("vote", f"{WITNESS}=1000"),
        ("unstake", "10.5", "--resource", "ENERGY"),
    ):
        run(verb, *args)
        staker.work()
    staker.later(days=14.1)
    for verb, *args in (
        ("undelegate", receiver.address, "100"),
        ("withdraw",),
        ("claim",),
        ("unstake", "5"),
    ):
        run(verb, *args)
        staker.work()
    run("unstake", "--cancel", wallet=staker.address)
    staker.work()
    assert set(Operation.objects.values_list("status", flat=True)) == {"confirmed"}
    assert Operation.objects.count() == 9
    assert staked_sun(staker) == 989_500_000
    staker.books_closed()


def test_the_txid_is_told_once_it_is_signed(staker: Staker, monkeypatch: Any) -> None:
    monkeypatch.setattr("staking.management.asking.ring", lambda _: staker.sign())
    out = StringIO()
    call_command("stake", staker.wallet.public_id, "5", stdout=out)
    operation = Operation.objects.select_related("transaction").get()
    assert operation.transaction is not None
    assert f"txid {operation.transaction.txid}" in out.getvalue()


@pytest.mark.contract("C-STAKE-6")
def test_for_a_wallet_of_people_it_says_how_they_sign(staker: Staker, run: Run) -> None:
    cold, _ = keyless(staker.node, WalletKind.COLD)
    told = run("stake", "5", wallet=cold.name)
    assert f"/tron/wallets/{cold.public_id}/unsigned" in told
    staker.work()
    assert Operation.objects.get().transaction is None


@pytest.mark.contract("C-STAKE-2")
def test_an_error_is_one_line_and_nothing_is_stored(staker: Staker, run: Run) -> None:
    for verb, args, why in (
        ("stake", ["0.5"], "At least 1 TRX"),
        ("stake", ["much"], "no amount"),
        ("stake", ["200000"], "available_trx: 100000"),
        ("unstake", ["1"], "staked_trx: 0"),
        ("unstake", [], "Give an amount"),
        ("delegate", ["T123", "5"], "no TRON address"),
        ("vote", [f"{WITNESS}=x"], "no vote"),
        ("withdraw", [], "No unstaking"),
    ):
        with pytest.raises(CommandError, match=why):
            run(verb, *args)
    with pytest.raises(CommandError, match="no wallet nobody"):
        run("claim", wallet="nobody")
    assert not Operation.objects.exists()
