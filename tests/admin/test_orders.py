"""What a wallet is asked to do on chain, in the admin, on a chain that stakes."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from access.console import amount_text
from lucidpay.clock import utc_now
from staking.advice import staking_advice
from tests import builders
from tests.admin import pages
from tests.admin.conftest import Enter
from tests.sandbox.people import Person, funded
from tests.staking.conftest import chain, node, receiver, sandbox, staker
from tests.staking.test_advice import pay_for_a_day, payer
from tests.staking.world import TRX, Staker, staked_sun
from tron.address import address_text
from tron.halt import pull
from tron.sandbox.genesis import WITNESSES
from wallets.models_operation import Operation
from wallets.operations import operation_of
from wallets.services.open import wallet_open
from wallets.services.take_over import wallet_know

__all__ = ["chain", "node", "payer", "receiver", "sandbox", "staker"]
pytestmark = pytest.mark.django_db
ENERGY = {"resource": "ENERGY", "amount": "100", "reason": "For the payouts of June."}
VERBS = (
    "stake", "unstake", "cancel-unstake", "withdraw", "delegate", "undelegate", "vote",
    "claim-rewards",
)  # fmt: skip


def place(staker: Staker, verb: str) -> str:
    return reverse(f"admin:staking_wallet_{verb}", args=[staker.wallet.pk])


def preview(client: Client, address: str, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the page that shows what would happen, and what its button would send."""
    page = client.post(address, fields).content.decode()
    assert "What will happen" in page, page
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    sent = dict(hidden) | {"confirm": "1"}
    return page, {**fields, "once": sent["once"], "burn_max_sun": sent["burn_max_sun"],
                  "confirm": "1"}  # fmt: skip


def asked(client: Client, address: str, fields: dict[str, Any]) -> Operation:
    """Look, confirm, and return what was stored."""
    _, sent = preview(client, address, fields)
    answer = client.post(address, sent)
    assert answer.status_code == 302, answer.content.decode()
    found = Operation.objects.order_by("-pk").first()
    assert found is not None
    assert answer["Location"] == pages.detail(found)
    return found


def done(staker: Staker, client: Client, address: str, fields: dict[str, Any]) -> None:
    """Let the chain do what is asked for."""
    made = asked(client, address, fields)
    staker.work()
    assert operation_of(made.public_id).status == "confirmed"


def test_a_stake_is_shown_first_and_done_once_however_often_it_is_confirmed(
    enter: Enter, staker: Staker
) -> None:
    client, address = enter("operator"), place(staker, "stake")
    page, sent = preview(client, address, ENERGY)
    assert "100.00 TRX" in page
    assert "available then, at least" in page
    assert not Operation.objects.exists()
    places = {client.post(address, sent)["Location"] for _ in range(2)}
    made = Operation.objects.get()
    assert places == {pages.detail(made)}
    person = client.person  # type: ignore[attr-defined]
    assert (made.reason, made.by, made.owner) == (
        "For the payouts of June.", f"user {person.pk}", person,
    )  # fmt: skip
    assert "For the payouts of June." in client.get(pages.detail(made)).content.decode()
    staker.work()
    assert staked_sun(staker) == 100 * TRX
    # Long after it was done, the same button still does nothing more.
    assert client.post(address, sent)["Location"] == pages.detail(made)
    assert Operation.objects.count() == 1


def test_a_confirmed_order_that_was_changed_on_the_way_is_refused(
    enter: Enter, staker: Staker
) -> None:
    client, address = enter("operator"), place(staker, "stake")
    _, sent = preview(client, address, ENERGY)
    client.post(address, sent)
    again = client.post(address, sent | {"amount": "200"}).content.decode()
    assert "was used with another body" in again
    dearer = client.post(address, sent | {"once": "other", "burn_max_sun": "1"}).content.decode()
    assert "It would cost more by now than was shown" in dearer
    for odd in ("", "x", "²", "-1"):
        client.post(address, sent | {"once": f"odd {odd}", "burn_max_sun": odd})
    assert Operation.objects.count() == 1


@pytest.mark.parametrize("once", [None, ""])
def test_it_starts_nothing_that_could_be_started_twice(
    enter: Enter, staker: Staker, once: str | None
) -> None:
    client, address = enter("operator"), place(staker, "stake")
    _, sent = preview(client, address, ENERGY)
    del sent["once"]
    page = client.post(address, sent if once is None else sent | {"once": once})
    assert "Nothing was shown that this could confirm" in page.content.decode()
    assert not Operation.objects.exists()


def test_each_verb_of_staking_goes_its_way(enter: Enter, staker: Staker, receiver: Person) -> None:
    client, why = enter("approver"), {"reason": "A drill."}
    done(staker, client, place(staker, "stake"), ENERGY)
    lend = {**ENERGY, "receiver": receiver.address, "amount": "40"}
    done(staker, client, place(staker, "delegate"), lend | {"lock_days": "0"})
    shown = client.get(reverse("admin:staking_wallet", args=[staker.wallet.pk])).content.decode()
    assert receiver.address[:10] in shown
    assert "40.00 TRX" in shown
    done(staker, client, place(staker, "undelegate"), lend)
    one = address_text(WITNESSES[0])
    done(staker, client, place(staker, "vote"), {**why, "votes": f"{one} 50\n"})
    done(staker, client, place(staker, "unstake"), ENERGY | {"amount": "60"})
    done(staker, client, place(staker, "cancel-unstake"), why)
    assert staked_sun(staker) == 100 * TRX
    done(staker, client, place(staker, "unstake"), ENERGY | {"amount": "60"})
    staker.later(days=14.1)
    done(staker, client, place(staker, "withdraw"), why)
    done(staker, client, place(staker, "claim-rewards"), why)
    staker.books_closed()


def test_what_the_chain_would_refuse_is_said_before_anything_is_stored(
    enter: Enter, staker: Staker
) -> None:
    client, why = enter("operator"), {"reason": "x"}
    for verb, fields, said in (
        ("unstake", ENERGY, "Less than this is staked"),
        ("stake", ENERGY | {"amount": "0.5"}, "At least 1 TRX"),
        ("stake", ENERGY | {"resource": "GOLD"}, "Select a valid choice"),
        ("stake", ENERGY | {"amount": "1.0000001"}, "no more than 6 decimal places"),
        ("stake", ENERGY | {"reason": " "}, "This field is required"),
        ("delegate", ENERGY | {"receiver": "T1", "lock_days": "0"}, "no TRON address"),
        ("withdraw", why, "No unstaking of this wallet is over yet"),
        ("cancel-unstake", why, "Nothing is on its way out"),
        ("claim-rewards", why, "earned nothing"),
        ("vote", why | {"votes": "T1 5"}, "No TRON address: T1"),
        ("vote", why | {"votes": f"{builders.address()} many"}, "No number of votes"),
        ("vote", why | {"votes": f"{builders.address()} 5"}, "is no witness"),
    ):
        assert said in client.post(place(staker, verb), fields).content.decode(), (verb, said)
    assert not Operation.objects.exists()


def test_more_than_the_wallet_has_is_refused_when_it_is_confirmed(
    enter: Enter, staker: Staker
) -> None:
    client, address = enter("operator"), place(staker, "stake")
    _, sent = preview(client, address, ENERGY | {"amount": "200000"})
    assert "Insufficient balance" in client.post(address, sent).content.decode()
    assert not Operation.objects.exists()


def test_trx_are_sent_and_the_kill_switch_is_named(enter: Enter, staker: Staker) -> None:
    client = enter("operator")
    address = reverse("admin:wallets_wallet_send-trx", args=[staker.wallet.pk])
    fields = {"recipient": builders.address(), "amount": "2.5", "reason": "Fees of the shop."}
    pull(reason="a drill", by="olivia", now=utc_now())
    page, _ = preview(client, address, fields)
    assert "it waits until that is lifted" in page
    made = asked(client, address, fields)
    assert (made.kind, made.amount_micro) == ("transfer_trx", 2_500_000)
    itself = client.post(address, fields | {"recipient": staker.address}).content.decode()
    assert "It is this wallet." in itself


def test_a_wallet_that_holds_something_stays_in_use_and_says_what(
    enter: Enter, staker: Staker
) -> None:
    address = reverse("admin:wallets_wallet_archive", args=[staker.wallet.pk])
    answer = enter("operator").post(address, {"reason": "no more"}).content.decode()
    assert "It holds 100000 TRX." in answer
    staker.wallet.refresh_from_db()
    assert staker.wallet.status == "active"


def test_a_wallet_is_taken_out_of_use_and_back_with_a_reason_in_the_trail(
    enter: Enter, staker: Staker
) -> None:
    watched = wallet_know(name="theirs", kind="watch", address=builders.address())
    wallet_open(wallet=watched)
    client = enter("operator", username="olivia")
    archive, again = (
        reverse(f"admin:wallets_wallet_{verb}", args=[watched.pk])
        for verb in ("archive", "use-again")
    )
    assert "This field is required" in client.post(archive, {"reason": " "}).content.decode()
    for _ in range(2):
        client.post(archive, {"reason": "Sold to somebody else."})
    watched.refresh_from_db()
    assert watched.status == "archived"
    shown = client.get(pages.detail(watched)).content.decode()
    assert again in shown
    assert archive not in shown
    trail = client.get("/admin/audit/", {"model": "wallets.Wallet"}).content.decode()
    assert trail.count("Reason: Sold to somebody else.") == 1
    client.post(again, {"reason": "Not sold."})
    watched.refresh_from_db()
    assert watched.status == "active"


@pytest.mark.parametrize("role", ["auditor", "end_user", "node_operator", "merchant", None])
def test_who_only_looks_or_may_not_even_look_asks_for_nothing(
    enter: Enter, staker: Staker, role: str | None
) -> None:
    client = enter(role)
    home = reverse("admin:staking_wallet", args=[staker.wallet.pk])
    assert client.get(home).status_code == (200 if role == "auditor" else 403)
    assert client.get(reverse("advice")).status_code == (200 if role == "auditor" else 403)
    for verb in VERBS:
        assert client.get(place(staker, verb)).status_code == 403
        assert client.post(place(staker, verb), ENERGY | {"confirm": "1"}).status_code == 403
    assert not Operation.objects.exists()


def test_another_site_asks_for_nothing(enter: Enter, staker: Staker) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(enter("admin").person)  # type: ignore[attr-defined]
    for verb in VERBS:
        assert client.post(place(staker, verb), ENERGY | {"confirm": "1"}).status_code == 403


def test_the_stakes_are_told_as_the_chain_has_them(enter: Enter, staker: Staker) -> None:
    staker.done("stake", amount_trx=1_000, resource="ENERGY")
    staker.done("unstake", amount_trx=400, resource="ENERGY")
    client = enter("auditor")
    shown = client.get(reverse("admin:staking_wallet", args=[staker.wallet.pk])).content.decode()
    for part in ("600.00 TRX", "400.00 TRX", "Being unstaked", "Nobody lends it", "0 of 600"):
        assert part in shown, part
    assert "No payout stands in a block" in client.get(reverse("advice")).content.decode()


def test_the_advice_says_how_much_to_stake_and_why(enter: Enter, payer: Staker) -> None:
    holder = funded(payer.node, usdt=1).address
    paid = pay_for_a_day(payer, [holder])
    advised = staking_advice(days=7)
    shown = enter("auditor").get(reverse("advice")).content.decode()
    for part in (
        f"Stake {amount_text(advised.energy.stake_sun, 'TRX')} more",
        f"{len(paid)} in 1 days",
        amount_text(advised.burned_sun, "TRX"),
        reverse("admin:staking_wallet", args=[payer.wallet.pk]),
    ):
        assert part in shown, part
    assert enter("auditor").get(reverse("advice"), {"days": "9" * 30}).status_code == 200


def test_a_chain_that_does_not_answer_is_said_so(
    enter: Enter, staker: Staker, settings: Any
) -> None:
    settings.TRON_NODES = ["http://127.0.0.1:9"]
    client = enter("operator")
    for address in (
        reverse("admin:staking_wallet", args=[staker.wallet.pk]), reverse("advice"),
    ):  # fmt: skip
        assert "The chain could not be asked" in client.get(address).content.decode()
    refused = client.post(place(staker, "stake"), ENERGY).content.decode()
    assert "no node gave an answer" in refused
