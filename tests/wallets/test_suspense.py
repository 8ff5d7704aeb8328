"""What nobody could explain: listed, assigned by a person with a reason, once."""

from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class

from lucidpay.clock import utc_now
from lucidpay.errors import ValidationFailed
from tests.sandbox.process import SandboxProcess
from tests.wallets.books import UNIT, balances, booked, catch_up, faucet, hot, suspense
from tron.address import InvalidAddress
from wallets.models import Account, Asset, FundingSource, Journal, Wallet
from wallets.services.funding import (
    SourceIsWallet,
    SourceKnown,
    SourceUnknown,
    funding_source_add,
    funding_source_remove,
)
from wallets.services.suspense import (
    AssignedBefore,
    NotInSuspense,
    suspense_assign,
    suspense_open,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def unexplained(node: SandboxProcess) -> tuple[Wallet, Journal]:
    """Give a wallet that got 5 USDT from a stranger, and the booking of it."""
    wallet, person = hot(node)
    faucet(node, person.address, usdt=5)
    catch_up(node)
    return wallet, suspense_open().get()


def assign(journal: int, reason: str = "our treasury") -> None:
    suspense_assign(journal=journal, by="ann", reason=reason, now=utc_now())


def test_it_is_listed_until_somebody_assigns_it(unexplained: tuple[Wallet, Journal]) -> None:
    wallet, journal = unexplained
    assert (journal.asset, journal.units) == ("USDT", 5 * UNIT)  # type: ignore[attr-defined]
    before = balances(wallet)
    assign(journal.pk)
    assert not suspense_open().exists()
    assert suspense(Asset.USDT) == 0
    assert booked(Account.Kind.FUNDING, Asset.USDT) == -5 * UNIT
    assert balances(wallet) == before
    assigned = Journal.objects.get(kind="assigned")
    assert (assigned.by, assigned.note) == ("ann", "our treasury")


def test_it_is_not_assigned_twice(unexplained: tuple[Wallet, Journal]) -> None:
    _, journal = unexplained
    assign(journal.pk)
    with pytest.raises(AssignedBefore):
        assign(journal.pk)
    assert booked(Account.Kind.FUNDING, Asset.USDT) == -5 * UNIT


def test_it_needs_a_reason_and_something_to_explain(unexplained: tuple[Wallet, Journal]) -> None:
    _, journal = unexplained
    with pytest.raises(ValidationFailed):
        assign(journal.pk, reason="  ")
    with pytest.raises(NotInSuspense):
        assign(0)
    opening = Journal.objects.filter(kind="opening").earliest("pk")
    with pytest.raises(NotInSuspense):
        assign(opening.pk)
    assert suspense_open().count() == 1


def test_a_source_of_funds_is_added_once_and_can_be_taken_back(node: SandboxProcess) -> None:
    wallet, person = hot(node)
    address = node.state()["faucet"]
    for wrong, error in ((address[:-1] + "x", InvalidAddress), (person.address, SourceIsWallet)):
        with pytest.raises(error):
            funding_source_add(address=wrong, note="", by="ann", now=utc_now())
    funding_source_add(address=address, note="exchange", by="ann", now=utc_now())
    with pytest.raises(SourceKnown):
        funding_source_add(address=address, note="", by="bob", now=utc_now())
    funding_source_remove(address=address, by="bob", now=utc_now())
    with pytest.raises(SourceUnknown):
        funding_source_remove(address=address, by="bob", now=utc_now())
    faucet(node, person.address, usdt=5)
    catch_up(node)
    assert suspense(Asset.USDT) == -5 * UNIT
    funding_source_add(address=address, note="again", by="ann", now=utc_now())
    assert FundingSource.objects.count() == 2


def test_the_command_starts_from_a_terminal(capsys: Any, settings: Any) -> None:
    """Parsed as there: ``call_command`` adds options that a terminal does not have."""
    settings.SETTINGS_MODULE = "lucidpay.settings.test"  # overridden settings have forgotten it
    for verb in ("list", "sources", "suspense"):
        command = load_command_class("wallets", "wallet")
        options = command.create_parser("manage.py", "wallet").parse_args([verb])
        command.execute(**vars(options))
    assert capsys.readouterr().err == ""


def test_the_commands_do_what_the_services_do(
    unexplained: tuple[Wallet, Journal], node: SandboxProcess, capsys: Any
) -> None:
    wallet, journal = unexplained
    call_command("wallet", "suspense")
    shown = capsys.readouterr().out
    assert f"{journal.pk}  " in shown
    assert "5 USDT" in shown
    call_command("wallet", "assign", str(journal.pk), "--reason", "treasury", "--by", "ann")
    assert Journal.objects.get(kind="assigned").by == "ann"
    with pytest.raises(CommandError, match="explained this booking before"):
        call_command("wallet", "assign", str(journal.pk), "--reason", "treasury", "--by", "ann")
    for odd in ("²", "-1", "x"):
        with pytest.raises(CommandError, match="Give the id"):
            call_command("wallet", "assign", odd, "--reason", "treasury")
    address = node.state()["faucet"]
    call_command("wallet", "source-add", address, "--note", "faucet")
    call_command("wallet", "sources")
    assert address in capsys.readouterr().out
    assert FundingSource.objects.get().added_by
    call_command("wallet", "source-remove", address)
    with pytest.raises(CommandError, match="no funding source"):
        call_command("wallet", "source-remove", address)
    with pytest.raises(CommandError, match="no difference"):
        call_command("wallet", "correct", wallet.name, "USDT", "--reason", "x")
    with pytest.raises(CommandError, match="no wallet"):
        call_command("wallet", "correct", "nobody", "USDT", "--reason", "x")
    with pytest.raises(CommandError, match="TRON address"):
        call_command("wallet", "source-add", "Tnonsense")
