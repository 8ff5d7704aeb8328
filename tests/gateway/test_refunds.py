"""Refunds: never more than was paid less what was refunded, whoever asks, and however often."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from gateway.models_back import Leg, Refund
from gateway.services.credit import merchant_credit
from gateway.services.pay import legs_make
from gateway.services.rates import rate_set
from gateway.services.refund_again import refund_again
from gateway.services.settle import legs_settle
from lucidpay.clock import utc_now
from lucidpay.money import units_of
from payouts.models import Payout
from payouts.services.cancel import payout_cancel
from tests.api.client import Api, caller, refused
from tests.gateway.world import TRX, USDT, Shop, booked
from wallets.models import Account, Asset
from webhooks.models import Event

pytestmark = pytest.mark.django_db
KIND = Account.Kind


def confirmed(shop: Shop, **fields: Any) -> dict[str, Any]:
    """Return a payment whose money is solid, and whose payee is not paid yet."""
    payer = shop.payer(usdt=100)
    made = shop.made(payer, **fields)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.solid()
    _watch()
    assert shop.told(made)["status"] == "confirmed"
    return made


def _watch() -> None:
    from gateway.services.watch import deposits_take
    from wallets.services.book_flows import flows_book

    while flows_book(now=utc_now()) + deposits_take(now=utc_now()):
        pass


def completed(shop: Shop) -> dict[str, Any]:
    """Return a payment whose payee is paid."""
    made = confirmed(shop)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    return made


@pytest.mark.contract("C-PAY-12")
def test_before_the_payee_is_paid_all_of_it_goes_back(shop: Shop) -> None:
    made = confirmed(shop)
    answer = shop.refund(made, reason="user_request")
    assert answer.status == 201, answer
    assert (answer.body["status"], answer.body["amount"], answer.body["reason"]) == (
        "initiated", 100, "user_request",
    )  # fmt: skip
    shop.work()
    now = shop.told(made)
    assert (now["status"], now["refunded_amount"]) == ("refunded", 100)
    assert shop.has(made["payer_address"]) == 100 * USDT
    assert shop.has(made["payee_address"]) == 0
    assert Event.objects.filter(type="payment.refunded").count() == 1
    shop.in_order()


@pytest.mark.parametrize("method", ["payment_gateway", "swap"])
def test_with_all_of_it_goes_back_what_was_paid_too_much(shop: Shop, method: str) -> None:
    rate_set(micro_per_trx=300_000, by="t", reason="so it is", now=utc_now())
    payer = shop.payer(trx=1_000)
    made = shop.made(payer, payment_method=method)
    pay = shop.pay_trx if method == "swap" else shop.pay
    units = units_of(Decimal(str(made["pay_amount"])))
    pay(payer, made["deposit_address"], units + 5 * USDT)
    shop.solid()
    _watch()
    assert shop.refund(made).status == 201
    # And more before the refund is paid.
    pay(payer, made["deposit_address"], 3 * USDT)
    shop.solid()
    _watch()
    shop.work()
    assert shop.told(made)["status"] == "refunded"
    causes = [(one.cause, one.units) for one in Refund.objects.order_by("pk")]
    assert causes == [("requested", units), ("overpaid", 8 * USDT)]
    shop.in_order()


def test_a_payout_that_waits_is_taken_back(shop: Shop) -> None:
    made = confirmed(shop)
    assert legs_make(now=utc_now()) == 1
    assert shop.refund(made).status == 201
    assert [one.status for one in Payout.objects.all()] == ["cancelled"]
    shop.work()
    assert (shop.told(made)["status"], shop.has(made["payee_address"])) == ("refunded", 0)
    shop.in_order()


def test_once_the_payout_is_signed_it_is_too_late(shop: Shop) -> None:
    made = confirmed(shop)
    legs_make(now=utc_now())
    _sign(shop)
    assert refused(shop.refund(made), 409, "LUCID_ERR_1005")["payee"] == "is being paid"
    assert not Refund.objects.exists()
    shop.work()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


def _sign(shop: Shop) -> None:
    from payouts.services.screen import payouts_screen
    from payouts.services.sign import payouts_sign

    payouts_screen(wallet_id=shop.hot.pk, now=utc_now())
    assert payouts_sign(wallet_id=shop.hot.pk, now=utc_now()) == 1


def test_a_part_goes_back_and_the_payee_gets_the_rest(shop: Shop) -> None:
    made = confirmed(shop)
    legs_make(now=utc_now())
    assert shop.refund(made, amount=30).status == 201
    shop.work()
    now = shop.told(made)
    assert (now["status"], now["refunded_amount"]) == ("completed", 30)
    assert shop.has(made["payer_address"]) == 30 * USDT
    assert shop.has(made["payee_address"]) == 69_850_000
    assert booked(KIND.EARNED, Asset.USDT) == -150_000
    shop.in_order()


def test_parts_and_then_the_rest(shop: Shop) -> None:
    made = confirmed(shop)
    for amount in (30, "20.5"):
        assert shop.refund(made, amount=amount).status == 201
    shop.refund(made)
    shop.work()
    assert (shop.told(made)["status"], shop.told(made)["refunded_amount"]) == ("refunded", 100)
    assert shop.has(made["payer_address"]) == 100 * USDT
    assert Payout.objects.filter(origin="leg", status="confirmed").count() == 0
    shop.in_order()


@pytest.mark.parametrize("amount", [100.000001, 99.85, "99.9", 0, -1])
def test_an_amount_that_leaves_the_payee_nothing_is_refused(shop: Shop, amount: Any) -> None:
    made = confirmed(shop)
    amount = Decimal(str(amount))
    assert set(refused(shop.refund(made, amount=amount), 400, "LUCID_ERR_1001")) == {"amount"}
    assert not Refund.objects.exists()


@pytest.mark.contract("C-PAY-12")
def test_more_than_is_left_is_refused(shop: Shop) -> None:
    made = confirmed(shop)
    shop.refund(made, amount=60)
    refused(shop.refund(made, amount=60), 400, "LUCID_ERR_1001")
    shop.work()
    shop.in_order()
    assert Refund.objects.count() == 1


@pytest.mark.contract("C-PAY-12")
def test_after_completion_the_merchants_balance_pays(shop: Shop) -> None:
    made = completed(shop)
    details = refused(shop.refund(made), 409, "LUCID_ERR_1005")
    assert (details["needed"], details["available"]) == (100, 0)
    assert shop.merchant.user is not None
    merchant_credit(
        owner_id=shop.merchant.user.pk, amount_micro=150 * USDT, by="user 1", note="deposit",
        now=utc_now(),
    )  # fmt: skip
    assert shop.refund(made, amount=40).status == 201
    assert shop.refund(made).status == 201
    refused(shop.refund(made), 409, "LUCID_ERR_1005")
    shop.work()
    assert (shop.told(made)["status"], shop.told(made)["refunded_amount"]) == ("refunded", 100)
    assert shop.has(made["payer_address"]) == 100 * USDT
    assert booked(KIND.MERCHANT, Asset.USDT) == -50 * USDT
    shop.in_order()


def test_a_balance_pays_no_more_than_it_has(shop: Shop) -> None:
    first, second = completed(shop), completed(shop)
    assert shop.merchant.user is not None
    merchant_credit(
        owner_id=shop.merchant.user.pk, amount_micro=150 * USDT, by="user 1", note="deposit",
        now=utc_now(),
    )  # fmt: skip
    assert shop.refund(first).status == 201
    details = refused(shop.refund(second), 409, "LUCID_ERR_1005")
    assert (details["needed"], details["available"]) == (100, 50)
    shop.work()
    shop.in_order()


def test_a_refund_that_fails_gives_back_what_it_took(shop: Shop) -> None:
    made = completed(shop)
    assert shop.merchant.user is not None
    merchant_credit(
        owner_id=shop.merchant.user.pk, amount_micro=100 * USDT, by="user 1", note="deposit",
        now=utc_now(),
    )  # fmt: skip
    shop.refund(made)
    _cancel_refund(shop)
    assert Refund.objects.get().status == "failed"
    assert shop.told(made)["refunded_amount"] == 0
    assert booked(KIND.MERCHANT, Asset.USDT) == -100 * USDT
    assert shop.refund(made).status == 201
    shop.work()
    assert shop.told(made)["status"] == "refunded"
    shop.in_order()


def _cancel_refund(shop: Shop) -> None:
    from gateway.services.refund_pay import refunds_pay
    from gateway.services.refund_settle import refunds_settle

    refunds_pay(now=utc_now())
    payout = Payout.objects.get(origin="refund", status="pending")
    payout_cancel(payout_id=payout.pk, by="user 1", reason="wrong", now=utc_now())
    refunds_settle(now=utc_now())


def test_a_person_asks_again_for_a_refund_that_failed(shop: Shop) -> None:
    made = confirmed(shop)
    shop.refund(made)
    _cancel_refund(shop)
    shop.work()
    assert (shop.told(made)["status"], shop.told(made)["refunded_amount"]) == ("confirmed", 0)
    assert shop.has(made["payee_address"]) == 0
    shop.in_order(owed_micro=100 * USDT)
    refund_again(payment_id=shop.row(made).pk, by="user 1", reason="again", now=utc_now())
    shop.work()
    assert (shop.told(made)["status"], shop.told(made)["refunded_amount"]) == ("refunded", 100)
    shop.in_order()


def test_two_who_ask_again_get_one(shop: Shop) -> None:
    from gateway.errors import NotRefundable

    made = confirmed(shop)
    shop.refund(made)
    _cancel_refund(shop)
    refund_again(payment_id=shop.row(made).pk, by="user 1", reason="again", now=utc_now())
    with pytest.raises(NotRefundable):
        refund_again(payment_id=shop.row(made).pk, by="user 2", reason="again", now=utc_now())


def test_a_rejected_payee_is_a_question_for_a_person(shop: Shop) -> None:
    made = confirmed(shop)
    legs_make(now=utc_now())
    payout_cancel(payout_id=Payout.objects.get().pk, by="user 1", reason="no", now=utc_now())
    legs_settle(now=utc_now())
    assert shop.told(made)["status"] == "disputed"
    refused(shop.refund(made), 409, "LUCID_ERR_1005")
    assert legs_make(now=utc_now()) == 0
    shop.in_order(owed_micro=100 * USDT)


def test_a_key_makes_one_refund(shop: Shop) -> None:
    made = confirmed(shop)
    body = {"payment_id": made["payment_id"], "amount": 10}
    path = "/api/v1/payments/refund"
    first = shop.merchant.post(path, body, Idempotency_Key="r")
    again = shop.merchant.post(path, body, Idempotency_Key="r")
    assert (first.status, again.body) == (201, first.body)
    assert Refund.objects.count() == 1


def test_older_clients_ask_in_the_query(shop: Shop) -> None:
    made = confirmed(shop)
    path = f"/api/v1/payments/refund?payment_id={made['payment_id']}&reason=system_error&amount=10"
    answer = shop.merchant.post(path)
    assert (answer.status, answer.body["amount"]) == (201, 10)
    refused(shop.merchant.post(path, {"amount": 5}), 400, "LUCID_ERR_1001")


def test_others_cannot_refund(shop: Shop) -> None:
    made = confirmed(shop)
    body = {"payment_id": made["payment_id"]}
    stranger: Api = caller("merchant", scopes=None)
    refused(stranger.post("/api/v1/payments/refund", body), 404, "LUCID_ERR_1003")
    reader = caller("auditor", scopes=None)
    refused(reader.post("/api/v1/payments/refund", body), 403, "LUCID_ERR_2010")


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_what_was_not_paid_is_not_refunded(shop: Shop, status: str) -> None:
    made = shop.made(shop.payer())
    if status == "failed":
        shop.wait(minutes=61)
        shop.work()
    assert refused(shop.refund(made), 409, "LUCID_ERR_1005")["status"] == status


def test_the_database_itself_gives_no_more_than_came(shop: Shop) -> None:
    from django.db import IntegrityError

    made = confirmed(shop)
    row = shop.row(made)
    row.refunding_units = 1
    with pytest.raises(IntegrityError, match="payment_gives_no_more"), transaction.atomic():
        row.save(update_fields=["refunding_units"])
    row.refunding_units, row.refunded_micro = 0, 100 * USDT + 1
    with pytest.raises(IntegrityError, match="payment_refunded_no_more"), transaction.atomic():
        row.save(update_fields=["refunded_micro"])


def test_a_payment_has_one_leg_at_a_time(shop: Shop) -> None:
    from django.db import IntegrityError

    made = confirmed(shop)
    legs_make(now=utc_now())
    leg = Leg.objects.get()
    other = Payout.objects.get(pk=leg.payout_id)
    assert legs_make(now=utc_now()) == 0
    with pytest.raises(IntegrityError), transaction.atomic():
        Leg.objects.create(payment=shop.row(made), payout=other, created_at=utc_now())


TRX_PRICE = 250_000  # micro-USDT


@pytest.mark.contract("C-PAY-10")
def test_a_swap_pays_the_payee_in_usdt_and_can_be_refunded_whole_in_trx(shop: Shop) -> None:
    from gateway.models_fees import Rate

    now = utc_now()
    Rate.objects.create(
        micro_per_trx=TRX_PRICE, source="manual", by="user 1", at=now,
        expires_at=now.replace(year=now.year + 1),
    )  # fmt: skip
    payer = shop.payer(trx=2_000)
    paid, back = (shop.made(payer, payment_method="swap") for _ in range(2))
    assert (paid["pay_amount"], paid["pay_currency"]) == (400, "TRX")
    shop.pay_trx(payer, paid["deposit_address"], 400 * TRX)
    shop.done()
    assert shop.told(paid)["status"] == "completed"
    assert shop.has(paid["payee_address"]) == 99_850_000
    assert booked(KIND.SWAPS, Asset.TRX) == -400 * TRX
    assert booked(KIND.SWAPS, Asset.USDT) == 100 * USDT
    shop.in_order()
    shop.pay_trx(payer, back["deposit_address"], 400 * TRX)
    shop.solid()
    _watch()
    refused(shop.refund(back, amount=10), 400, "LUCID_ERR_1001")
    answer = shop.refund(back)
    assert (answer.body["amount"], answer.body["currency"]) == (400, "TRX")
    shop.work()
    assert shop.told(back)["status"] == "refunded"
    shop.in_order()
