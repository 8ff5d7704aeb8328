"""Looking at wallets, changing them, and taking them out of use."""

import json
from io import StringIO
from typing import Any

import pytest
from coincurve import PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lucidpay.clock import utc_now
from payouts.models import Router
from payouts.services.cancel import payout_cancel
from payouts.services.route import router_assign
from tests import builders
from tests.api.client import Api, caller, nothing_written, refused
from tests.builders import TRX, USDT
from tests.sandbox.people import Person, funded
from tests.sandbox.process import SandboxProcess
from tests.sandbox.staking import do
from wallets.ledger import hold, wallet_account
from wallets.models import Asset, Wallet, WalletKind
from wallets.services.alerts import alerts_look
from wallets.services.archive import WalletInUse, archive
from wallets.services.change import wallet_change
from wallets.services.open import keys_make, wallet_create, wallet_import
from wallets.services.take_over import wallet_know

WALLETS = "/tron/wallets"
pytestmark = pytest.mark.django_db


def path_of(wallet: Wallet) -> str:
    return f"{WALLETS}/{wallet.public_id}"


def reasons(answer: Any) -> list[str]:
    """Return why a wallet is not archived."""
    details = refused(answer, 409, "LUCID_ERR_1005")
    return list(details["wallet"])


@pytest.mark.contract("C-WAL-9")
def test_whoever_may_look_sees_all_newest_first_without_a_key(viewer: Api) -> None:
    first = wallet_import(name="payroll", private_key_hex="01" * 32)
    second = wallet_know(name="treasury", kind="cold", address=builders.address())
    page = viewer.get(WALLETS)
    assert [one["name"] for one in page.body["wallets"]] == ["treasury", "payroll"]
    assert [one["has_key"] for one in page.body["wallets"]] == [False, True]
    assert first.sealed_key not in page.text
    for wanted, names in (
        ("kind=cold", ["treasury"]), ("kind=hot", ["payroll"]),
        ("status=opening&limit=1", ["treasury"]),
        ("status=active", []),
    ):  # fmt: skip
        body = viewer.get(f"{WALLETS}?{wanted}").body
        assert [one["name"] for one in body["wallets"]] == names
    assert body["filters"] == {"status": "active"}
    assert viewer.get(path_of(second)).body["address"] == second.address
    for wrong in ("kind=warm", "status=open", "name=payroll"):
        refused(viewer.get(f"{WALLETS}?{wrong}"), 400, "LUCID_ERR_1001")
    refused(caller("merchant").get(WALLETS), 403, "LUCID_ERR_2010")
    refused(caller("end_user").get(path_of(first)), 403, "LUCID_ERR_2010")


@pytest.mark.contract("C-WAL-10")
def test_its_name_and_alerts_change_and_nothing_else(boss: Api, viewer: Api) -> None:
    wallet = builders.hot_wallet(usdt_micro=100 * USDT)
    place = path_of(wallet)
    body = boss.call("PATCH", place, '{"name": "payroll", "alert_below_usdt": 250.5}').body
    assert (body["name"], body["alert_below_usdt"], body["alert_below_trx"]) == (
        "payroll", 250.5, None,
    )  # fmt: skip
    assert body["low_balance"] is False  # nobody has looked yet
    alerts_look(now=utc_now())
    assert viewer.get(place).body["low_balance"] is True
    body = boss.call("PATCH", place, '{"alert_below_usdt": null, "alert_below_trx": "1"}').body
    assert (body["alert_below_usdt"], body["alert_below_trx"], body["low_balance"]) == (
        None, 1, False,
    )  # fmt: skip
    for wrong, field in (
        ({}, "body"), ({"kind": "cold"}, "kind"), ({"address": "T"}, "address"),
        ({"status": "opening"}, "status"), ({"alert_below_trx": 0}, "alert_below_trx"),
        ({"alert_below_trx": -1}, "alert_below_trx"), ({"name": ""}, "name"),
        ({"alert_below_usdt": 0.1234567}, "alert_below_usdt"),
    ):  # fmt: skip
        with nothing_written():
            answer = boss.call("PATCH", place, json.dumps(wrong))
        assert set(refused(answer, 400, "LUCID_ERR_1001")) == {field}
    wallet_create(name="other")
    with nothing_written():
        refused(boss.call("PATCH", place, '{"name": "other"}'), 409, "LUCID_ERR_1005")
    refused(viewer.call("PATCH", place, '{"name": "x"}'), 403, "LUCID_ERR_2010")


def test_a_watched_wallet_has_no_books_to_be_told_of(boss: Api) -> None:
    wallet = wallet_know(name="theirs", kind="watch", address=builders.address())
    answer = boss.call("PATCH", path_of(wallet), '{"alert_below_usdt": 5, "name": "x"}')
    refused(answer, 409, "LUCID_ERR_1005")
    assert Wallet.objects.get().name == "theirs"  # all or nothing


@pytest.mark.call(
    "DELETE /tron/wallets/{wallet_id}",
    "PATCH /tron/wallets/{wallet_id}",
    "GET /tron/wallets/{wallet_id}",
)
@pytest.mark.contract("C-WAL-10")
def test_it_is_archived_once_nothing_is_left_in_it(boss: Api, node: SandboxProcess) -> None:
    wallet = builders.hot_wallet(usdt_micro=30 * USDT, trx_sun=5 * TRX)
    place = path_of(wallet)
    payout = builders.payout(caller().user, amount_usdt=20 * USDT)
    said = reasons(boss.call("DELETE", place))
    assert said[:2] == ["It holds 30 USDT.", "It holds 5 TRX."]
    assert said[2:] == [*(f"{router} pays from it." for router in Router.objects.order_by("pk")),
                        "1 payouts are open."]  # fmt: skip
    builders.fund(wallet, usdt_micro=-30 * USDT, trx_sun=-5 * TRX)
    payout_cancel(payout_id=payout.pk, by="tests", reason="", now=utc_now())
    Router.objects.update(wallet=None)
    assert boss.call("DELETE", place).status == 204
    assert boss.get(place).body["status"] == "archived"
    assert boss.call("DELETE", place).status == 204  # again is the same
    with pytest.raises(CommandError, match="archived"):
        call_command("assign_router", wallet.name, stdout=StringIO())
    back = boss.call("PATCH", place, '{"status": "active"}')
    assert back.body["status"] == "active"
    assert router_assign(wallet=Wallet.objects.get(pk=wallet.pk))


def test_accounts_are_locked_before_the_wallet_as_everywhere() -> None:
    """Who pays from it locks them in that order; otherwise the two could wait for each other."""
    wallet = builders.wallet_of(WalletKind.WATCH)
    with CaptureQueriesContext(connection) as asked:
        wallet_change(wallet, {"name": "payroll", "status": "archived"})
    said = [one["sql"] for one in asked]
    locked = next(n for n, sql in enumerate(said) if "FOR UPDATE" in sql and "_account" in sql)
    assert locked < next(n for n, sql in enumerate(said) if 'UPDATE "wallets_wallet"' in sql)
    wallet.refresh_from_db()
    assert (wallet.name, wallet.status) == ("payroll", "archived")


@pytest.mark.contract("C-WAL-10")
def test_what_only_the_chain_knows_keeps_it_too(boss: Api, node: SandboxProcess) -> None:
    owner = funded(node, trx=1000, usdt=7)
    do(node, "freezebalancev2", owner, frozen_balance=600 * TRX, resource="ENERGY")
    node.mine(20)
    wallet = active(owner, kind="hot")
    said = reasons(boss.call("PATCH", path_of(wallet), '{"status": "archived", "name": "x"}'))
    assert said[0].startswith("600 TRX are staked")
    assert said[1].endswith("TRX are on chain.")
    assert said[2] == "7 USDT are on chain."
    assert Wallet.objects.get().name != "x"
    watched = active(Person(owner.key), kind="watch", move=True)
    assert boss.call("DELETE", path_of(watched)).status == 204


def active(person: Person, *, kind: str, move: bool = False) -> Wallet:
    """Return an active wallet of this person's, whose books say nothing."""
    if move:
        Wallet.objects.update(address=builders.address())
    wallet = wallet_know(name=f"of {kind}", kind=kind, address=person.address)
    Wallet.objects.filter(pk=wallet.pk).update(status="active", opened_at_block=1)
    return wallet


def test_without_a_node_nobody_knows_and_it_stays(boss: Api) -> None:
    wallet = active(Person(), kind="hot")
    with nothing_written():
        refused(boss.call("DELETE", path_of(wallet)), 500, "LUCID_ERR_2006")
    assert Wallet.objects.get().status == "active"


def test_one_that_waits_for_its_key_is_archived_and_taken_back(boss: Api) -> None:
    wallet = wallet_create(name="payroll")
    assert boss.call("DELETE", path_of(wallet)).status == 204
    assert keys_make() == 0
    assert boss.call("PATCH", path_of(wallet), '{"status": "active"}').body["status"] == (
        "awaiting_key"
    )
    assert keys_make() == 1


def test_one_that_is_being_opened_is_waited_for(boss: Api, node: SandboxProcess) -> None:
    wallet = wallet_import(name="payroll", private_key_hex=PrivateKey().to_hex())
    answer = boss.call("DELETE", path_of(wallet))
    assert refused(answer, 409, "LUCID_ERR_1005") == {"status": "opening"}


def test_held_money_keeps_it() -> None:
    """Of an open payment, also when its balance would allow to forget it."""
    wallet = builders.hot_wallet(usdt_micro=5 * USDT, trx_sun=0)
    hold(wallet_account(wallet, Asset.USDT), amounts={wallet.pk: 2 * USDT}, at=utc_now())
    with pytest.raises(WalletInUse) as caught:
        archive(wallet, [])
    assert "2 USDT are held for open payments." in caught.value.details["wallet"]
