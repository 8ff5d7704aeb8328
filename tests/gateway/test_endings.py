"""Every ending of a payment, over HTTP and on the chain; the books agree with it after each."""

from decimal import Decimal

import pytest

from gateway.models_back import Dispute, Refund
from gateway.services.accept import payment_accept
from gateway.services.late import late_accept
from lucidpay.clock import utc_now
from payouts.models import Payout
from tests import builders
from tests.api.client import refused
from tests.gateway.world import TRX, USDT, Shop, booked
from wallets.models import Account, Asset, Entry
from webhooks.models import Event

pytestmark = pytest.mark.django_db
KIND = Account.Kind


def told_kinds(shop: Shop, payment: dict) -> list[str]:
    """Return what others were told of a payment, in order."""
    rows = Event.objects.filter(subject=shop.row(payment).pk).order_by("pk")
    return list(rows.values_list("type", flat=True))


@pytest.mark.contract("C-PAY-6")
def test_a_payment_in_time_is_passed_on_less_the_fee(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    txid = shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    now = shop.told(made)
    assert (now["status"], now["received_amount"]) == ("completed", 100)
    assert shop.has(made["payee_address"]) == 99_850_000
    assert [(leg["kind"], leg["status"]) for leg in now["legs"]] == [
        ("incoming", "counted"), ("payee", "confirmed"),
    ]  # fmt: skip
    assert now["legs"][0]["transaction_id"] == txid
    assert now["transaction_id"] == now["legs"][1]["transaction_id"] != txid
    assert now["confirmations"] > 0
    assert told_kinds(shop, made) == [
        "payment.created", "payment.started", "payment.confirmed", "payment.completed",
    ]  # fmt: skip
    assert booked(KIND.EARNED, Asset.USDT) == -150_000
    assert booked(KIND.DEPOSITS, Asset.USDT) == 100 * USDT == shop.has(made["deposit_address"])
    shop.in_order()


def test_two_parts_that_come_in_time_are_one_payment(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 60 * USDT)
    shop.done()
    assert (shop.told(made)["status"], shop.told(made)["received_amount"]) == ("pending", 60)
    shop.pay(payer, made["deposit_address"], 40 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


@pytest.mark.contract("C-PAY-7")
def test_what_is_too_little_goes_back_when_it_expires(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 40 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "pending"
    shop.wait(minutes=61)
    shop.work()
    now = shop.told(made)
    assert (now["status"], now["error_message"]) == (
        "failed", "Expired: 40 of 100 USDT came in time.",
    )  # fmt: skip
    refund = Refund.objects.get()
    assert (refund.cause, refund.status, refund.units, refund.cost_units) == (
        "underpaid", "completed", 40 * USDT, USDT,
    )  # fmt: skip
    assert shop.has(payer.address) == 99 * USDT
    assert told_kinds(shop, made)[-1] == "payment.failed"
    assert booked(KIND.CHARGED, Asset.USDT) == -USDT
    shop.in_order()


def test_too_little_to_send_back_is_kept(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], USDT // 2)
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    assert Refund.objects.get().status == "completed"
    assert not Payout.objects.exists()
    shop.in_order()


@pytest.mark.contract("C-PAY-7")
def test_what_is_too_much_goes_back_when_the_payee_is_paid(shop: Shop) -> None:
    payer = shop.payer(usdt=150)
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 130 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == 99_850_000
    assert shop.has(payer.address) == (20 + 30 - 1) * USDT
    assert Refund.objects.get().cause == "overpaid"
    shop.in_order()


@pytest.mark.contract("C-PAY-7")
def test_what_comes_too_late_goes_back_after_a_while(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["legs"][0]["status"] == "late"
    assert not Refund.objects.exists()
    shop.in_order(owed_micro=100 * USDT)
    shop.wait(minutes=61)
    shop.work()
    assert shop.has(payer.address) == 99 * USDT
    assert shop.told(made)["status"] == "failed"
    shop.in_order()


@pytest.mark.contract("C-PAY-7")
def test_late_money_that_an_operator_accepts_is_passed_on(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    shop.wait(minutes=61)
    shop.work()
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    late_accept(payment_id=shop.row(made).pk, by="user 1", reason="he rang up", now=utc_now())
    shop.work()
    assert shop.told(made)["status"] == "completed"
    shop.wait(minutes=61)
    shop.work()
    assert shop.has(payer.address) == 0
    assert not Refund.objects.exists()
    shop.in_order()


@pytest.mark.contract("C-PAY-7")
def test_money_of_somebody_else_waits_for_a_person(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.done()
    now = shop.told(made)
    assert (now["status"], now["legs"][0]["status"]) == ("disputed", "stranger")
    assert Dispute.objects.get().cause == "stranger"
    assert told_kinds(shop, made)[-1] == "payment.disputed"
    assert not Payout.objects.exists()
    shop.in_order(owed_micro=100 * USDT)


def test_dust_of_somebody_else_stops_nothing(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(stranger, made["deposit_address"], 1)
    shop.pay_trx(stranger, made["deposit_address"], 1)
    shop.done()
    assert shop.told(made)["status"] == "pending"
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


def test_another_currency_is_nobodys_payment_and_a_person_explains_it(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay_trx(payer, made["deposit_address"], 50 * TRX)
    shop.done()
    now = shop.told(made)
    assert (now["status"], now["received_amount"]) == ("pending", 0)
    assert (now["legs"][0]["status"], now["legs"][0]["currency"]) == ("stray", "TRX")
    assert booked(KIND.SUSPENSE, Asset.TRX) == -50 * TRX
    shop.in_order()


def test_a_payment_nobody_pays_expires(shop: Shop) -> None:
    made = shop.made(shop.payer())
    shop.wait(minutes=59)
    shop.work()
    assert shop.told(made)["status"] == "pending"
    shop.wait(minutes=2)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    shop.in_order()


@pytest.mark.contract("C-PAY-6")
def test_who_paid_in_the_last_second_has_paid_in_time(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.wait(minutes=59)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.node.mine()
    shop.wait(minutes=5)  # solid only now, long after the expiry
    shop.work()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


@pytest.mark.contract("C-PAY-9")
def test_a_direct_transfer_is_seen_and_its_fee_billed(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer, payment_method="direct_transfer", amount=20)
    shop.pay(payer, made["payee_address"], 20 * USDT)
    shop.done()
    now = shop.told(made)
    assert (now["status"], now["confirmations"]) == ("completed", None)
    assert told_kinds(shop, made) == [
        "payment.created", "payment.started", "payment.confirmed", "payment.completed",
    ]  # fmt: skip
    assert not Payout.objects.exists()
    assert booked(KIND.BILLED, Asset.USDT) == 30_000 == -booked(KIND.DUE, Asset.USDT)
    assert booked(KIND.EARNED, Asset.USDT) == 0
    shop.in_order()


@pytest.mark.contract("C-PAY-9")
def test_of_two_equal_direct_transfers_the_oldest_gets_the_oldest(shop: Shop) -> None:
    payer, payee = shop.payer(), builders.address()
    made = [
        shop.made(payer, payment_method="direct_transfer", payee_address=payee) for _ in range(3)
    ]
    first = shop.pay(payer, payee, 100 * USDT)
    shop.node.mine()
    second = shop.pay(payer, payee, 100 * USDT)
    shop.done()
    now = [shop.told(one) for one in made]
    assert [one["status"] for one in now] == ["completed", "completed", "pending"]
    assert [one["transaction_id"] for one in now] == [first, second, None]
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made[2])["status"] == "failed"
    shop.in_order()


def test_an_older_transfer_pays_no_direct_payment(shop: Shop) -> None:
    payer, payee = shop.payer(), builders.address()
    shop.made(payer, payment_method="direct_transfer", payee_address=payee, amount=1)
    shop.pay(payer, payee, 100 * USDT)
    shop.solid()
    made = shop.made(payer, payment_method="direct_transfer", payee_address=payee)
    shop.work()
    assert shop.told(made)["status"] == "pending"


def test_other_amounts_and_other_payers_pay_no_direct_payment(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer, payment_method="direct_transfer")
    shop.pay(payer, made["payee_address"], 100 * USDT - 1)
    shop.pay(stranger, made["payee_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "pending"


def test_a_direct_transfer_cannot_be_refunded(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer, payment_method="direct_transfer")
    refused(shop.refund(made), 409, "LUCID_ERR_1005")
    shop.pay(payer, made["payee_address"], 100 * USDT)
    shop.done()
    refused(shop.refund(made), 409, "LUCID_ERR_1005")


def test_accepting_what_a_stranger_paid_pays_the_payee(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.done()
    _accept(shop, made)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == Decimal("99850000")
    shop.in_order()


def _accept(shop: Shop, made: dict) -> None:
    from django.db import transaction

    from gateway.locks import payment_locked

    with transaction.atomic():
        payment = payment_locked(shop.row(made).pk)
        payment_accept(payment, by="user 1", note="known to us", now=utc_now())


def test_books_of_all_endings_sum_to_zero(shop: Shop) -> None:
    payer = shop.payer()
    made = [shop.made(payer, amount=amount) for amount in (1, "0.000001", 33, "1234.567891")]
    for one, micro in zip(made, (USDT, 1, 20 * USDT, 1_300 * USDT), strict=True):
        shop.pay(payer, one["deposit_address"], micro)
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert [shop.told(one)["status"] for one in made] == [
        "completed", "completed", "failed", "completed",
    ]  # fmt: skip
    assert sum(Entry.objects.values_list("units", flat=True)) == 0
    shop.in_order()
