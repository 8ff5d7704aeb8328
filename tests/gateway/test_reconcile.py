"""Payments compared with the chain and the books: what agrees is verified, what differs named."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models import F

from gateway import tasks
from gateway.models import Incoming, Payment
from gateway.models_after import Reconciliation
from gateway.models_back import Leg, Refund
from gateway.services import reconcile, reconcile_external
from gateway.services.reconcile import reconciliations_retry
from gateway.services.reconcile_due import payments_reconcile
from gateway.states import CheckStatus
from lucidpay.clock import utc_now
from payouts.models import Payout
from tests import builders
from tests.api.client import Answer, caller, refused
from tests.corruption import guards_off
from tests.gateway.world import PAYMENTS, STEPS, USDT, Shop
from tests.sandbox.people import Person
from tron.models import ChainFlow, ChainTransaction, ScanCursor, WatchedAddress
from tron.reads import ChainAway
from wallets.models import Entry, Journal
from wallets.models_deposit import Deposit

pytestmark = pytest.mark.django_db
PATH = f"{PAYMENTS}/reconcile"
FIELDS = [
    "reconciliation_id", "payment_id", "status", "verified", "verified_at", "notes", "differences",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _watched(shop: Shop) -> None:
    """Let the scanner see what leaves the hot wallet, as of one that was opened here."""
    cursor = ScanCursor.objects.get()
    WatchedAddress.objects.create(address=str(shop.hot.address), from_block=cursor.number + 1)


def asked(shop: Shop, payment: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return the answer to a request for a comparison."""
    answer: Answer = shop.merchant.post(PATH, {"payment_id": payment["payment_id"], **fields})
    assert answer.status == 201, answer
    return dict(answer.body)


def differing(shop: Shop, payment: dict[str, Any], **fields: Any) -> list[str]:
    """Return the names of what differs."""
    told = asked(shop, payment, **fields)
    assert told["verified"] is (told["status"] == "completed") is (not told["differences"])
    return [one["field"] for one in told["differences"]]


def paid(shop: Shop, payer: Person | None = None) -> dict[str, Any]:
    """Return a payment that was paid, and so is completed."""
    payer = payer or shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    return made


@pytest.mark.contract("C-AFTER-3")
def test_a_payment_that_agrees_is_verified(shop: Shop) -> None:
    made = paid(shop)
    told = asked(shop, made, notes="month-end")
    assert list(told) == FIELDS
    assert (told["status"], told["verified"], told["differences"]) == ("completed", True, [])
    assert (told["payment_id"], told["notes"]) == (made["payment_id"], "month-end")
    row = Reconciliation.objects.get()
    assert row.public_id == told["reconciliation_id"]
    assert row.owner == shop.merchant.user
    assert row.solid_block


def test_it_agrees_at_every_step_and_in_every_way(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    assert differing(shop, made) == []
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.node.mine()
    assert differing(shop, made) == []  # a block that is not solid counts for nothing
    shop.done()
    over = shop.made(payer)
    shop.pay(payer, over["deposit_address"], 130 * USDT)
    shop.done()
    stranger, victim = shop.payer(), shop.made(payer)
    shop.pay(stranger, victim["deposit_address"], 100 * USDT)
    under = shop.made(payer)
    shop.pay(payer, under["deposit_address"], 40 * USDT)
    stray = shop.made(payer)
    shop.pay_trx(payer, stray["deposit_address"], 5_000_000)
    shop.done()
    shop.wait(hours=2)
    shop.done()
    expected = {
        "completed": (made, over), "disputed": (victim,), "failed": (under, stray),
    }  # fmt: skip
    for status, payments in expected.items():
        for one in payments:
            assert shop.told(one)["status"] == status
            assert asked(shop, one)["differences"] == []
    shop.in_order(owed_micro=100 * USDT)


def test_a_direct_transfer_agrees_and_one_that_is_gone_does_not(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer, payment_method="direct_transfer")
    watched = {"address": made["payee_address"], "from_block": shop.row(made).from_block}
    WatchedAddress.objects.create(**watched)
    shop.pay(payer, made["payee_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    assert differing(shop, made) == []
    removed(Incoming)(shop.row(made))
    assert differing(shop, made) == ["received_units", "status"]


def test_money_on_its_way_into_the_books_is_waited_for(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()  # read, and neither booked nor taken
    told = asked(shop, made)
    assert (told["status"], told["verified"]) == ("pending", False)
    assert reconciliations_retry(now=utc_now()) == 0
    shop.done()
    assert reconciliations_retry(now=utc_now()) == 1
    row = Reconciliation.objects.get()
    assert (row.status, row.verified, row.differences) == (CheckStatus.COMPLETED, True, [])


def test_money_that_never_comes_into_the_books_differs_after_a_while(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    asked(shop, made)
    assert reconciliations_retry(now=utc_now() + timedelta(minutes=9)) == 0
    assert reconciliations_retry(now=utc_now() + timedelta(minutes=11)) == 1
    row = Reconciliation.objects.get()
    assert (row.status, row.verified) == (CheckStatus.DISPUTED, False)
    assert row.differences[0]["expected"] == "100 USDT in the books"


def changed(model: Any, **fields: Any) -> Callable[[Payment], None]:
    """Return a breaking of every row of a model."""

    def breaking(_: Payment) -> None:
        with guards_off(model):
            model.objects.update(**fields)

    return breaking


def removed(model: Any, **which: Any) -> Callable[[Payment], None]:
    """Return a breaking that takes rows away."""

    def breaking(_: Payment) -> None:
        with guards_off(model, Entry):
            if model is Journal:
                Entry.objects.filter(**{f"journal__{k}": v for k, v in which.items()}).delete()
            model.objects.filter(**which).delete()

    return breaking


def moved_flow(payment: Payment) -> None:
    """As if the chain had paid somebody else."""
    ChainFlow.objects.filter(recipient=payment.payee_address).update(recipient="T" * 34)


CORRUPTIONS: dict[str, tuple[Callable[[Payment], None], str]] = {
    "what came in": (changed(Incoming, units=7), "incoming "),
    "who has sent it": (changed(Incoming, sender="T" * 34), "incoming "),
    "a flow that is gone": (removed(ChainFlow, asset="USDT"), "incoming "),
    "a deposit that is gone": (removed(Deposit), "flow "),
    "an incoming that is gone": (removed(Incoming), "flow "),
    "received": (changed(Payment, received_units=F("received_units") + 5), "received_units"),
    "refunded": (changed(Payment, refunded_micro=3), "refunded_micro"),
    "the payee got less": (changed(Payout, amount_micro=F("amount_micro") - 1), "leg "),
    "another payee": (changed(Payout, recipient_address=builders.address()), "leg "),
    "nobody was paid on chain": (moved_flow, "leg payout_"),
    "a proof that is none": (changed(ChainTransaction, status="sent"), "leg "),
    "a leg not in the books": (removed(Journal, kind="payout"), "leg "),
    "completed unpaid": (removed(Leg), "status"),
    "a fee not in the books": (removed(Journal, kind="payment_fee"), "fee"),
    "a deposit not in the books": (removed(Journal, kind="deposit"), "owed USDT"),
    "paid, and not completed": (
        changed(Payment, status="confirmed", completed_at=None), "status",
    ),
}  # fmt: skip


@pytest.mark.contract("C-AFTER-3")
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_corruption_is_named(shop: Shop, name: str) -> None:
    breaking, field = CORRUPTIONS[name]
    made = paid(shop)
    assert differing(shop, made) == []
    breaking(shop.row(made))
    found = differing(shop, made)
    assert [one for one in found if one.startswith(field)] != [], found


REFUND_CORRUPTIONS: dict[str, tuple[Callable[[Payment], None], str]] = {
    "another amount": (changed(Refund, units=7 * USDT), "refund "),
    "not paid": (changed(Payout, status="failed"), "refund "),
    "paid, and not completed": (changed(Refund, status="failed"), "refund "),
    "cost not in the books": (removed(Journal, kind="refund_cost"), "owed USDT"),
    "not in the books": (removed(Journal, kind="payout"), "refund "),
    "one that is gone": (removed(Refund), "refunding_units"),
}


@pytest.mark.parametrize("name", REFUND_CORRUPTIONS)
def test_every_corruption_of_a_refund_is_named(shop: Shop, name: str) -> None:
    breaking, field = REFUND_CORRUPTIONS[name]
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 40 * USDT)
    shop.done()
    shop.wait(hours=2)
    shop.done()
    assert Refund.objects.get().status == "completed"
    assert differing(shop, made) == []
    breaking(shop.row(made))
    found = differing(shop, made)
    assert [one for one in found if one.startswith(field)] != [], found


# --- a transaction that is named ------------------------------------------------------------------


def named(shop: Shop, payment: dict[str, Any], text: str) -> dict[str, Any]:
    """Return what is told of a transaction, when all else agrees."""
    told = asked(shop, payment, external_transaction_id=text)
    [one] = told["differences"]
    assert one["field"] == "external_transaction_id"
    return dict(one, status=told["status"])


def test_its_own_transactions_are_known_however_they_are_written(shop: Shop) -> None:
    made = paid(shop)
    came, leg = (one["transaction_id"] for one in shop.told(made)["legs"])
    for text in (came, leg, came.upper(), f"0x{leg}"):
        assert differing(shop, made, external_transaction_id=text) == []


def test_what_no_node_knows_or_is_no_id_is_told(shop: Shop) -> None:
    made = paid(shop)
    one = named(shop, made, "ab" * 32)
    assert (one["found"], one["status"]) == ("no such transaction", "disputed")
    one = named(shop, made, "order 17")
    assert (one["found"], one["status"]) == ("order 17", "disputed")


def test_another_transfer_is_told_for_what_it_is(shop: Shop) -> None:
    payer, friend = shop.payer(), builders.address()
    made = paid(shop, payer)
    txid = shop.pay(payer, friend, 3 * USDT)
    shop.solid()
    one = named(shop, made, txid)
    assert one["found"].startswith(f"solid: 3 USDT from {payer.address} to {friend} in block ")
    assert "of something else" in one["meaning"]


def test_one_of_another_payment_is_told_as_that(shop: Shop) -> None:
    mine, other = paid(shop), paid(shop)
    txid = shop.told(other)["legs"][0]["transaction_id"]
    assert named(shop, mine, txid)["meaning"] == "It has paid another payment."


def test_one_of_somebody_elses_payment_is_any_transfer_to_a_merchant(shop: Shop) -> None:
    mine, rival = paid(shop), replace(shop, merchant=caller("merchant", scopes=None))
    other = paid(rival)
    txid = rival.told(other)["legs"][0]["transaction_id"]
    one = named(shop, mine, txid)
    assert one["meaning"] == "It is of something else. This payment knows nothing of it."
    assert one["found"].startswith("solid: 100 USDT from ")
    staff = replace(shop, merchant=caller("operator", scopes=None))
    assert named(staff, mine, txid)["meaning"] == "It has paid another payment."
    with pytest.raises(SystemExit):
        call_command("reconcile", mine["payment_id"], transaction=txid)
    assert Reconciliation.objects.latest("created_at").differences[0]["meaning"] == (
        "It has paid another payment."
    )


def test_one_that_is_not_solid_is_waited_for(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    txid = shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.node.mine()
    one = named(shop, made, txid)
    assert (one["status"], one["found"].partition(":")[0]) == ("pending", "included")
    shop.done()
    assert reconciliations_retry(now=utc_now()) == 1
    assert Reconciliation.objects.get().status == CheckStatus.COMPLETED


def test_while_no_node_answers_it_waits_and_is_given_up_after_a_day(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = paid(shop)

    def away(_: str) -> None:
        raise ChainAway

    with monkeypatch.context() as patch:
        patch.setattr(reconcile_external, "transaction_find", away)
        told = asked(shop, made, external_transaction_id="ab" * 32)
        assert (told["status"], told["differences"]) == ("pending", [])
        second = asked(shop, made, external_transaction_id="cd" * 32)
        assert reconciliations_retry(now=utc_now() + timedelta(hours=23)) == 0
        key = Reconciliation.objects.order_by("pk")[0].pk
        Reconciliation.objects.filter(pk=key).update(created_at=utc_now() - timedelta(days=2))
        assert reconciliations_retry(now=utc_now()) == 1
    assert Reconciliation.objects.get(pk=key).status == CheckStatus.FAILED
    assert second["status"] == "pending"
    assert reconciliations_retry(now=utc_now()) == 1
    assert Reconciliation.objects.order_by("-pk")[0].status == CheckStatus.DISPUTED


def test_a_difference_here_is_told_also_while_no_node_answers(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = paid(shop)
    changed(Payment, refunded_micro=3)(shop.row(made))

    def away(_: str) -> None:
        raise ChainAway

    monkeypatch.setattr(reconcile_external, "transaction_find", away)
    assert differing(shop, made, external_transaction_id="ab" * 32) == [
        "refunded_micro", "external_transaction_id",
    ]  # fmt: skip


# --- by schedule ----------------------------------------------------------------------------------


def test_the_schedule_leaves_one_row_of_a_payment_that_has_ended(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    tasks.reconcile()
    assert payments_reconcile(now=utc_now()) == 0
    shop.wait(minutes=6)
    assert payments_reconcile(now=utc_now()) == 1
    assert not Reconciliation.objects.exists()
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    tasks.reconcile()
    row = Reconciliation.objects.get()
    assert (row.status, row.owner, row.payment) == (CheckStatus.COMPLETED, None, shop.row(made))
    assert payments_reconcile(now=utc_now() + timedelta(days=1)) == 0


def test_one_that_has_ended_is_compared_again_when_its_refund_is_paid(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 130 * USDT)
    shop.solid()
    while shop.told(made)["status"] != "completed":
        shop.sign_and_settle()
        for step in STEPS[:-3]:  # no refund is paid yet
            step(now=utc_now())
    assert payments_reconcile(now=utc_now()) == 1
    assert payments_reconcile(now=utc_now()) == 0
    shop.done()
    assert payments_reconcile(now=utc_now()) == 1
    assert [one.verified for one in Reconciliation.objects.all()] == [True, True]


def test_the_schedule_tells_a_difference_once_and_its_end(shop: Shop) -> None:
    made = shop.made(shop.payer())
    now = utc_now()

    def look(minutes: int) -> list[str]:
        assert payments_reconcile(now=now + timedelta(minutes=minutes)) == 1
        rows = Reconciliation.objects.order_by("pk")
        return [str(one.status) for one in rows]

    assert look(0) == []
    changed(Payment, refunded_micro=3)(shop.row(made))
    assert look(6) == ["disputed"]
    assert look(12) == ["disputed"]
    changed(Payment, refunded_micro=4)(shop.row(made))
    assert look(18) == ["disputed"] * 2
    changed(Payment, refunded_micro=0)(shop.row(made))
    assert look(24) == ["disputed"] * 2 + ["completed"]
    assert look(30) == ["disputed"] * 2 + ["completed"]


def test_what_is_under_way_is_looked_at_again_by_itself(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    tasks.reconcile()
    assert Reconciliation.objects.get().status == CheckStatus.PENDING
    shop.pay(payer, made["deposit_address"], 5 * USDT)
    shop.solid()  # more of the same: it differs in another way than before
    assert payments_reconcile(now=utc_now() + timedelta(minutes=6)) == 1
    assert Reconciliation.objects.count() == 1
    shop.done()
    tasks.reconcile()
    assert Reconciliation.objects.filter(status=CheckStatus.PENDING).count() == 0


def test_the_oldest_look_goes_first_and_no_more_than_a_chunk(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.services.reconcile_due.CHUNK", 2)
    payer = shop.payer()
    keys = [shop.row(shop.made(payer)).pk for _ in range(3)]
    now = utc_now() + timedelta(minutes=1)
    assert payments_reconcile(now=now) == 2
    assert payments_reconcile(now=now + timedelta(minutes=1)) == 1
    assert payments_reconcile(now=now + timedelta(minutes=7)) == 2
    looked = dict(Payment.objects.values_list("pk", "reconciled_at"))
    first, second, third = (looked[key] for key in keys)
    assert first == second == now + timedelta(minutes=7)
    assert third == now + timedelta(minutes=1)


def test_its_cost_does_not_grow_with_how_many_there_are(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        paid(shop)
    with django_assert_max_num_queries(18):
        assert payments_reconcile(now=utc_now()) == 3


# --- who may, and how it is said ------------------------------------------------------------------


def test_others_payments_do_not_exist(shop: Shop) -> None:
    made = shop.made(shop.payer())
    body = {"payment_id": made["payment_id"]}
    refused(caller("merchant", scopes=None).post(PATH, body), 404, "LUCID_ERR_1003")
    refused(shop.merchant.post(PATH, {"payment_id": "pay_1"}), 404, "LUCID_ERR_1003")
    assert caller("operator", scopes=None).post(f"{PATH}/", body).status == 201


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"notes": "x" * 501}, "notes"),
        ({"external_transaction_id": "x" * 101}, "external_transaction_id"),
        ({"payment_id": 5}, "payment_id"),
        ({"note": "x"}, "note"),
    ],
)
def test_it_refuses_what_is_wrong(shop: Shop, fields: dict[str, Any], name: str) -> None:
    body = {"payment_id": "pay_" + "0" * 32, **fields}
    assert set(refused(shop.merchant.post(PATH, body), 400, "LUCID_ERR_1001")) == {name}
    refused(caller("auditor").post(PATH, body), 403, "LUCID_ERR_2010")


def test_the_command_compares_one_or_all(shop: Shop, capsys: Any) -> None:
    made = paid(shop)
    call_command("reconcile", made["payment_id"])
    assert ": completed, up to block" in capsys.readouterr().out
    call_command("reconcile")
    assert "1 payments compared" in capsys.readouterr().out
    changed(Payment, refunded_micro=3)(shop.row(made))
    with pytest.raises(SystemExit):
        call_command("reconcile", made["payment_id"])
    assert "DIFFERS: refunded_micro: 0 USDT expected, 0.000003 USDT found." in (
        capsys.readouterr().out
    )


def test_the_command_says_by_its_status_that_one_of_all_differs(shop: Shop, capsys: Any) -> None:
    made = paid(shop)
    changed(Payment, refunded_micro=3)(shop.row(made))
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile")
    assert ended.value.code == 1
    assert f"DIFFERS: {made['payment_id']}: refunded_micro" in capsys.readouterr().out
    # Told once: what differs as before leaves no new row, and still differs.
    Payment.objects.update(reconciled_at=None)
    with pytest.raises(SystemExit):
        call_command("reconcile")
    assert f"DIFFERS: {made['payment_id']}: refunded_micro" in capsys.readouterr().out
    assert Reconciliation.objects.count() == 1


def test_patience_and_nodes_have_bounds() -> None:
    assert timedelta(minutes=5) < reconcile.PATIENCE < reconcile.NODES_AWAY_MAX
