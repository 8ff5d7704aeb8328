"""`manage.py payments`: what operators do about payments from a shell."""

import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from access.commands import account_here
from gateway.models import PaymentEvent
from gateway.models_back import Refund
from tests import builders
from tests.gateway.world import USDT, Shop, booked
from wallets.models import Account, Asset

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> None:
    """Run a verb."""
    call_command("payments", *arguments)


def test_it_lists_and_shows(shop: Shop, capsys: Any) -> None:
    made = [shop.made(shop.payer(), amount=amount) for amount in (1, 2)]
    run("list")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [one["payment_id"] for one in reversed(made)]
    run("list", "--status", "completed")
    assert capsys.readouterr().out == ""
    run("show", made[0]["payment_id"])
    assert json.loads(capsys.readouterr().out)["deposit_address"] == made[0]["deposit_address"]


def test_it_cancels_and_what_comes_all_the_same_goes_back(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    run("cancel", made["payment_id"], "--reason", "typed twice", "--by", "olga")
    assert shop.told(made)["status"] == "cancelled"
    event = PaymentEvent.objects.filter(payment=shop.row(made)).latest("pk")
    assert (event.by, event.note) == ("olga", "cancelled: typed twice")
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert (shop.told(made)["status"], shop.has(payer.address)) == ("cancelled", 99 * USDT)
    assert Refund.objects.get().cause == "late"
    shop.in_order()


def test_it_refuses_to_cancel_what_was_paid(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 10 * USDT)
    shop.done()
    with pytest.raises(CommandError, match="nothing has come in"):
        run("cancel", made["payment_id"], "--reason", "no")
    assert shop.told(made)["status"] == "pending"


def test_it_accepts_late_money(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.wait(minutes=61)
    shop.work()
    with pytest.raises(CommandError, match="Only late money"):
        run("accept", made["payment_id"], "--reason", "he rang up")
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    run("accept", made["payment_id"], "--reason", "he rang up")
    shop.work()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


def credit(username: str, amount: str, once: str) -> None:
    run("credit", username, amount, "--once", once, "--reason", "paid in by bank")


def owed_to_merchants() -> int:
    return -booked(Account.Kind.MERCHANT, Asset.USDT)


def test_it_credits_a_merchant(shop: Shop, capsys: Any) -> None:
    assert shop.merchant.user is not None
    username = shop.merchant.user.username
    credit(username, "12.5", "ab" * 32)
    assert capsys.readouterr().out.endswith("has 12.5 USDT with us.\n")
    assert owed_to_merchants() == 12_500_000
    for amount in ("0", "-1", "x", "1e30"):
        with pytest.raises(CommandError):
            credit(username, amount, "another")
    with pytest.raises(CommandError, match="There is no user"):
        credit("nobody", "1", "another")
    assert owed_to_merchants() == 12_500_000


def test_the_same_key_credits_once(shop: Shop, capsys: Any) -> None:
    assert shop.merchant.user is not None
    username = shop.merchant.user.username
    for _ in range(2):
        credit(username, "12.5", "bank 2026-17")
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"{username} has 12.5 USDT with us."
    assert told[1].startswith(f"Credited before, by {account_here()} at ")
    assert told[1].endswith(f": nothing was credited now. {username} has 12.5 USDT with us.")
    assert owed_to_merchants() == 12_500_000
    credit(username, "12.5", "bank 2026-18")
    assert owed_to_merchants() == 25_000_000


def test_a_key_that_has_credited_something_else_is_refused(shop: Shop) -> None:
    assert shop.merchant.user is not None
    credit(shop.merchant.user.username, "12.5", "bank 2026-17")
    rival = builders.user("merchant")
    for username, amount in ((shop.merchant.user.username, "12"), (rival.username, "12.5")):
        with pytest.raises(CommandError, match="credited something else before"):
            credit(username, amount, "bank 2026-17")
    assert owed_to_merchants() == 12_500_000


@pytest.mark.parametrize("once", ["", "  ", "x" * 101])
def test_a_credit_needs_a_key(shop: Shop, once: str) -> None:
    assert shop.merchant.user is not None
    with pytest.raises(CommandError, match="1 to 100 characters"):
        credit(shop.merchant.user.username, "12.5", once)
    with pytest.raises(CommandError, match="--once"):
        run("credit", shop.merchant.user.username, "12.5", "--reason", "no key")
    assert owed_to_merchants() == 0


@pytest.mark.parametrize("verb", ["show", "cancel", "accept", "refund-again"])
def test_an_unknown_payment_is_named(db: None, verb: str) -> None:
    said = [] if verb == "show" else ["--reason", "no"]
    with pytest.raises(CommandError, match="There is no payment pay_x"):
        run(verb, "pay_x", *said)
