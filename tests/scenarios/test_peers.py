"""What went wrong elsewhere, each as a test here: payouts paid twice, lost, or told wrongly.

Crashes by SIGKILL at each named point are in ``tests/crash``, races with real connections in
``tests/payouts``; these are the same questions, asked once more from above. What transfers cost
and who lends energy for them: ``test_peers_energy.py``.
"""

import base64
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import CASCADE, ProtectedError

from lucidpay import sealing
from lucidpay.clock import utc_now
from lucidpay.ids import public_id
from payouts import tasks as payout_tasks
from payouts.models import Payout, PayoutEvent
from payouts.services.cancel import NotCancellable, payout_cancel
from payouts.services.request import InsufficientBalance
from payouts.states import Status
from tests import builders
from tests.api.client import PAYOUTS, Api, order
from tests.sandbox.people import USDT, Person, funded
from tests.scenarios.views import RECEIPTS, two_nodes
from tests.scenarios.world import BROADCAST, World
from tests.stateful.cuts import at_once
from tests.tron.lying_node import changes, drops
from tests.webhooks import making
from tests.webhooks.receiver import Receiver, Served
from tron import nodes
from tron import tasks as tron_tasks
from tron.models import LIVE, ChainTransaction, TxStatus
from wallets import vault
from wallets.models import Hold, Wallet
from webhooks.models import Delivery, Event
from webhooks.services.redeliver import delivery_redeliver

pytestmark = pytest.mark.slow


def api(world: World) -> Api:
    """Return a caller who is the world's owner."""
    return Api(builders.token(world.owner), world.owner)


def test_01_the_same_key_in_parallel_is_one_payout_and_one_transaction(world: World) -> None:
    caller, body = api(world), order(amount_usdt=3, reference_id="may-42")
    start = Barrier(4)

    def request(headers: dict[str, str]) -> int:
        start.wait(timeout=20)
        try:
            return caller.post(PAYOUTS, body, **headers).status
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        sent = [pool.submit(request, {"Idempotency_Key": "k"}) for _ in range(4)]
        told = {one.result() for one in sent}
    assert 201 in told
    assert told <= {201, 409}
    payout = Payout.objects.get()
    world.node.mine(3)
    at_once(world.work, world.work)
    world.solidify()
    world.paid_once(payout)


def test_02_the_bytes_are_committed_before_the_first_one_leaves(world: World) -> None:
    """Asked by another connection, in the moment in which the node hears them."""
    payout = world.ask()
    world.node.mine(3)
    world.scan()
    found: list[bool] = []

    def hears(exchange: Any) -> None:
        found.append(
            ChainTransaction.objects.filter(
                signed_hex=exchange.question["transaction"],
                subject=payout.pk,
                status=TxStatus.SIGNED,
            ).exists()
        )
        connection.close()
        exchange.reply(exchange.forward())

    watch(world, BROADCAST, hears)
    world.solidify()
    assert found == [True, True]
    world.paid_once(payout)


def watch(world: World, path: str, behaviour: Any) -> None:
    """Sign and send with both nodes behaving like this."""
    before = settings.TRON_NODES
    with two_nodes(world.node) as pair:
        settings.TRON_NODES = [node.url for node in pair]
        for node in pair:
            node.on(path, behaviour)
        world.sign()
        world.send()
        settings.TRON_NODES = before
        nodes.forget()


def test_03_a_time_out_never_makes_a_second_transaction_before_the_proof(world: World) -> None:
    payout = world.on_the_way()
    world.fault("hang", delay_ms=2_500)
    for _ in range(2):
        world.send()
        world.sign()
        world.unknown(payout)
    world.heal()
    world.solidify()
    world.paid_once(payout)


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("refuse", {"code": "DUP_TRANSACTION_ERROR"}),
        ("refuse", {"code": "SERVER_BUSY"}),
        ("refuse", {"code": "NOT_ENOUGH_EFFECTIVE_CONNECTION"}),
        ("refuse", {"code": "TAPOS_ERROR"}),
        ("status", {"status": 429}),
        ("status", {"status": 503}),
        ("html", {}),
    ],
)
def test_04_no_answer_to_a_broadcast_is_a_success_or_a_failure(
    world: World, fault: str, options: dict[str, Any]
) -> None:
    payout = world.on_the_way()
    world.fault(fault, **options)
    world.send()
    assert world.unknown(payout).status in LIVE
    assert PayoutEvent.objects.filter(payout=payout).last().to_status == Status.PROCESSING


def test_05_one_that_fails_takes_nobody_s_result_or_txid(world: World) -> None:
    holder = funded(world.node, usdt=1)
    good = [world.ask(), world.ask()]
    bad = world.on_the_way(recipient_address=holder.address)
    world.empty(holder)
    world.send()
    world.solidify()
    world.paid_nothing(bad)
    for payout in good:
        world.paid_once(payout)
    txids = {world.attempts(payout)[0].txid for payout in (*good, bad)}
    assert len(txids) == 3


def test_05_one_whose_stored_bytes_were_damaged_holds_up_nobody(world: World) -> None:
    damaged, good = world.ask(), world.ask()
    world.node.mine(3)
    world.scan()
    world.sign()
    table = ChainTransaction._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE {table} SET signed_hex = "  # noqa: S608 (the name of a table of ours)
            "replace(signed_hex, 'a9059cbb', 'a9059cbc') WHERE subject = %s",
            [damaged.pk],
        )
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    world.send()
    world.solidify()
    world.see(good, Status.CONFIRMED)
    assert world.attempts(damaged)[0].status == TxStatus.SIGNED
    assert world.transfers(damaged) == []


def test_06_two_equal_payouts_to_one_address_each_know_their_own_txid(world: World) -> None:
    recipient = funded(world.node, usdt=1).address
    pair = [world.ask(recipient_address=recipient, amount_usdt=2 * USDT) for _ in range(2)]
    world.node.mine(3)
    world.work()
    world.solidify()
    told = [world.see(payout, Status.CONFIRMED).transaction.txid for payout in pair]
    assert sorted(told) == sorted(one["txid"] for one in world.transfers(pair[0]))
    assert len(set(told)) == 2


def edited(edit: Any) -> Any:
    """Change every receipt that has a log."""

    def change(receipts: Any) -> Any:
        for receipt in receipts:
            if receipt.get("log"):
                edit(receipt)
        return receipts

    return changes(change)


def no_log(receipt: Any) -> None:
    receipt.pop("log")


def another_amount(receipt: Any) -> None:
    receipt["log"][0]["data"] = f"{1:064x}"


def another_recipient(receipt: Any) -> None:
    receipt["log"][0]["topics"][2] = "00" * 12 + "ab" * 20


def another_contract(receipt: Any) -> None:
    receipt["contract_address"] = "41" + "ab" * 20


@pytest.mark.parametrize("edit", [no_log, another_amount, another_recipient, another_contract])
def test_07_a_receipt_that_is_not_our_transfer_is_never_a_success(
    world: World, settings: Any, edit: Any
) -> None:
    payout = world.on_the_way()
    world.send()
    with two_nodes(world.node) as pair:
        settings.TRON_NODES = [node.url for node in pair]
        for node in pair:
            node.on(RECEIPTS, edited(edit))
        world.solidify()
        world.work()
        found = world.see(payout, Status.PROCESSING)
        assert "person" in found.wait_reason
        assert len(world.attempts(payout)) == 1


def test_07_a_failing_receipt_is_a_failure_with_its_reason_and_its_announcement(
    world: World,
) -> None:
    holder = funded(world.node, usdt=1)
    payout = world.on_the_way(recipient_address=holder.address)
    world.empty(holder)
    world.send()
    world.solidify()
    assert "OUT_OF_ENERGY" in world.paid_nothing(payout).error_message
    assert Event.objects.filter(subject=payout.pk, type="payout.failed").count() == 1


def test_08_it_is_not_paid_before_its_block_is_solid(world: World) -> None:
    payout = world.on_the_way()
    world.send()
    for _ in range(2):
        world.node.mine(1)
        world.work()
        assert world.unknown(payout).block_number is None
    world.node.mine(1)
    world.work()
    world.paid_once(payout)


def test_09_one_that_waits_for_a_person_stops_nobody(world: World) -> None:
    """Its hold was ended by hand, so its end cannot be booked."""
    odd = world.on_the_way()
    Hold.objects.filter(subject=odd.pk).update(status=Hold.Status.VOIDED)
    others = [world.ask(), world.ask()]
    world.node.mine(3)
    world.work()
    world.solidify()
    for payout in others:
        world.see(payout, Status.CONFIRMED)
    assert "person" in world.see(odd, Status.PROCESSING).wait_reason


def test_10_tasks_delivered_many_times_and_late_change_nothing(world: World) -> None:
    payout = world.on_the_way()
    for _ in range(3):
        at_once(world.send, world.send)
    world.solidify()
    at_once(*[payout_tasks.settle] * 3)
    at_once(*[tron_tasks.scan] * 3)
    at_once(*[payout_tasks.sign] * 3)
    world.send()
    world.solidify()
    world.paid_once(payout)


def test_11_cancel_and_send_at_once_have_one_winner_and_both_tell_the_truth(world: World) -> None:
    for _ in range(3):
        payout = world.ask()
        world.node.mine(3)
        world.scan()

        def cancel(payout: Payout = payout) -> bool:
            try:
                payout_cancel(payout_id=payout.pk, by="race", reason="", now=utc_now())
            except NotCancellable:
                return False
            return True

        cancelled, _ = at_once(cancel, world.sign)
        world.work()
        world.solidify()
        if cancelled:
            world.see(payout, Status.CANCELLED)
            assert world.transfers(payout) == []
            assert world.attempts(payout) == []
        else:
            world.paid_once(payout)


def test_14_more_than_the_wallet_has_waits_before_anything_is_signed(
    world: World, settings: Any
) -> None:
    settings.UNDERFUNDED_PAYOUTS = "wait"
    orders = [world.ask(amount_usdt=400 * USDT) for _ in range(3)]  # of 1 000
    world.node.mine(3)
    at_once(world.work, world.work)
    world.solidify()
    found = [Payout.objects.get(pk=one.pk) for one in orders]
    assert [one.status for one in found] == ["confirmed", "confirmed", "pending"]
    assert "short of USDT" in found[2].wait_reason
    assert world.attempts(orders[2]) == []
    settings.UNDERFUNDED_PAYOUTS = "refuse"
    with pytest.raises(InsufficientBalance):
        world.ask(amount_usdt=201 * USDT)


@pytest.mark.parametrize("holds", [True, False], ids=["a holder", "a new holder"])
def test_15_the_fee_limit_covers_this_recipient_with_a_margin(world: World, holds: bool) -> None:
    order = {} if holds else {"recipient_address": builders.address()}
    payout = world.on_the_way(**order)
    world.send()
    world.solidify()
    world.paid_once(payout)
    row = world.attempts(payout)[0]
    price_sun = 100
    assert row.fee_limit_sun >= row.energy_used * price_sun * 125 // 100
    assert row.fee_limit_sun <= 50_000_000


def test_17_the_next_call_goes_to_the_other_node_and_all_away_is_survived(
    world: World, settings: Any
) -> None:
    payout = world.ask()
    world.node.mine(3)
    with two_nodes(world.node) as (a, b):
        settings.TRON_NODES = [a.url, b.url]
        everything = (
            "wallet/getblock",
            "walletsolidity/getblock",
            "wallet/getblockbynum",
            BROADCAST,
        )
        for node in (a, b):
            for path in everything:
                node.on(path, drops)
        world.work()
        assert world.see(payout, Status.PENDING).wait_reason or not world.attempts(payout)
        for path in everything:
            b.on(path, lambda exchange: exchange.reply(exchange.forward()))
        world.work()
        world.send()
        assert b.questions(BROADCAST)
        world.solidify()
        for _ in range(2):
            world.work()
    settings.TRON_NODES = [world.node.url]
    nodes.forget()
    world.work()
    world.paid_once(payout)


def test_18_the_node_is_never_asked_to_build_or_name_a_transaction(
    world: World, settings: Any
) -> None:
    payout = world.ask()
    world.node.mine(3)
    with two_nodes(world.node) as pair:
        settings.TRON_NODES = [node.url for node in pair]
        world.work()
        world.solidify()
        heard = {exchange.path.rpartition("/")[2] for node in pair for exchange in node.heard}
    built = {"triggersmartcontract", "getsignweight", "createtransaction", "broadcasttransaction"}
    assert "broadcasthex" in heard
    assert not heard & built
    world.paid_once(payout)


def test_20_every_end_is_told_though_its_receiver_was_away_and_can_be_told_again(
    world: World, settings: Any
) -> None:
    settings.WEBHOOK_ALLOW_HOSTS = ["127.0.0.1"]
    receiver, now = Receiver(), utc_now()
    with Served(receiver):
        pass  # its port, where nobody listens yet
    _, receiver.secret = making.endpoint(world.owner, receiver.url)
    holder = funded(world.node, usdt=1)
    failed = world.on_the_way(recipient_address=holder.address)
    world.empty(holder)
    world.send()
    world.solidify()
    world.paid_nothing(failed)
    confirmed = world.on_the_way()
    world.send()
    world.solidify()
    world.paid_once(confirmed)
    cancelled = world.ask()
    payout_cancel(payout_id=cancelled.pk, by="user 1", reason="typo", now=utc_now())
    ends = {failed: "failed", confirmed: "confirmed", cancelled: "cancelled"}
    making.send(now)
    with Served(receiver):
        making.send(now + timedelta(days=1))
        heard = [(event["type"], event["data"]["payout_id"]) for event in receiver.events.values()]
        for payout, end in ends.items():
            assert heard.count((f"payout.{end}", payout.public_id)) == 1
        told = Delivery.objects.get(event__subject=failed.pk, event__type="payout.failed")
        delivery_redeliver(delivery_id=told.pk, now=now)
        before = len(receiver.requests)
        making.send(now + timedelta(days=1, minutes=1))
    again = receiver.requests[before:]
    assert [one.event_id for one in again] == [public_id("evt", told.event_id)]
    assert len(receiver.events) == len(heard)
    assert receiver.refused == []


def test_21_a_key_opens_what_its_scopes_say_and_a_password_opens_nothing(world: World) -> None:
    scopes = ["payouts:create", "payouts:read"]
    kept_to_payouts = Api(builders.token(world.owner, scopes=scopes), world.owner)
    assert kept_to_payouts.get(PAYOUTS).status == 200
    for method, path in (
        ("POST", f"{PAYOUTS}/payout_{'0' * 32}/cancel"),
        ("GET", "/api/v1/payments/webhooks"),
        ("POST", "/api/v1/payments/webhooks/register"),
        ("GET", "/config"),
        ("POST", "/restart/payout-router"),
        ("POST", "/tron/kill-switch"),
    ):
        assert kept_to_payouts.call(method, path).status == 403
    name = world.owner.username
    basic = base64.b64encode(f"{name}:{builders.PASSWORD}".encode()).decode()
    for header in (f"Basic {basic}", f"Bearer {builders.PASSWORD}", f"Bearer {basic}"):
        assert Api().get(PAYOUTS, Authorization=header).status == 401


def test_21_no_default_secret_starts_production() -> None:
    env = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    env |= {"DJANGO_SETTINGS_MODULE": "lucidpay.settings.production", "TRON_NETWORK": "nile"}
    check = [sys.executable, "manage.py", "check"]
    said = subprocess.run(check, env=env, capture_output=True, text=True, check=False)
    assert said.returncode != 0
    assert "SECRET_KEY is not set" in said.stderr


def test_22_a_key_is_deleted_with_nobody_and_nothing(world: World) -> None:
    """Neither with a user, nor with payouts, nor by hand."""
    payout = world.ask()
    for victim in (world.owner, payout):
        with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
            victim.delete()
    for delete in (
        lambda: world.wallet.delete(),
        lambda: Wallet.objects.filter(pk=world.wallet.pk)._raw_delete("default"),
    ):
        with pytest.raises((ProtectedError, DatabaseError)), transaction.atomic():
            delete()
    links = [field.remote_field for field in Wallet._meta.fields if field.remote_field]
    assert not any(link.on_delete is CASCADE for link in links)
    kept = Wallet.objects.get(pk=world.wallet.pk)
    assert vault.open_key(sealed_key=kept.sealed_key, address=str(kept.address))


def test_22_the_same_key_is_sealed_differently_each_time_and_by_each_install(
    settings: Any,
) -> None:
    key = Person().key.to_hex()
    (address, first), (_, second) = vault.seal(key), vault.seal(key)
    assert first != second
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = sealing.vault_key_pair()
    with pytest.raises(vault.KeyDoesNotOpen):
        vault.open_key(sealed_key=first, address=address)
