"""Whose the money is that lies here: what went back counts no more, and nobody pays for another."""

from typing import Any

import pytest

from gateway.kinds import DisputeCause, DisputeOutcome
from gateway.models_back import Dispute, Refund
from gateway.page.look import payment_look
from gateway.page.state import Seen, remaining_units, state_of
from gateway.services.credit import merchant_credit
from gateway.services.expire import payments_expire
from gateway.services.rates import rate_set
from gateway.services.refund_again import refund_again, refund_to_repeat
from gateway.services.refund_pay import refunds_pay
from gateway.services.refund_settle import refunds_settle
from lucidpay.clock import utc_now
from lucidpay.verification import payments
from lucidpay.verification.findings import BEGINNING, Scope
from payouts.models import Payout
from payouts.services.cancel import payout_cancel
from tests.api.client import refused
from tests.gateway.test_dispute import COST, closed, from_a_stranger, raised
from tests.gateway.test_refunds import confirmed
from tests.gateway.world import TRX, USDT, Shop
from tests.sandbox.people import Person
from wallets.services.suspense import suspense_assign, suspense_open

pytestmark = pytest.mark.django_db


def fail(recipient: str) -> None:
    """Let the refund to somebody fail: a person cancels its payout."""
    refunds_pay(now=utc_now())
    payout = Payout.objects.get(origin="refund", status="pending", recipient_address=recipient)
    payout_cancel(payout_id=payout.pk, by="user 1", reason="wrong", now=utc_now())
    refunds_settle(now=utc_now())


def again(shop: Shop, made: dict[str, Any]) -> Refund:
    """Let a person ask again for the newest refund that failed."""
    return refund_again(payment_id=shop.row(made).pk, by="user 1", reason="again", now=utc_now())


def spent(shop: Shop, payer: Person, *, had: int) -> int:
    return had - shop.has(payer.address)


def part_that_failed(shop: Shop) -> dict[str, Any]:
    """Return a confirmed payment of 100 of which 30 could not be sent back."""
    made = confirmed(shop)
    assert shop.refund(made, amount=30).status == 201
    fail(made["payer_address"])
    return made


def test_beside_a_part_that_failed_no_other_is_asked_for(shop: Shop) -> None:
    made = part_that_failed(shop)
    details = refused(shop.refund(made, amount=30), 409, "LUCID_ERR_1005")
    assert details["failed_refund_id"] == Refund.objects.get().public_id
    again(shop, made)
    assert shop.refund(made, amount=10).status == 201
    shop.work()
    assert shop.has(made["payer_address"]) == 40 * USDT
    assert shop.has(made["payee_address"]) == 59_850_000
    shop.in_order()


def test_a_part_that_failed_is_not_sent_by_itself_when_the_payee_is_paid(shop: Shop) -> None:
    made = part_that_failed(shop)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    assert (shop.has(made["payer_address"]), shop.has(made["payee_address"])) == (0, 69_850_000)
    # Nor is it paid a second time, out of the merchant's balance.
    credit(shop, 100 * USDT)
    refused(shop.refund(made, amount=30), 409, "LUCID_ERR_1005")
    again(shop, made)
    shop.work()
    assert shop.has(made["payer_address"]) == 30 * USDT
    assert refund_to_repeat(shop.row(made)) is None
    shop.in_order()


def credit(shop: Shop, micro: int) -> None:
    """Let the merchant's balance pay refunds."""
    assert shop.merchant.user is not None
    merchant_credit(
        owner_id=shop.merchant.user.pk, amount_micro=micro, by="user 1", note="deposit",
        now=utc_now(),
    )  # fmt: skip


def test_a_refund_that_failed_is_told_until_somebody_asks_again(shop: Shop) -> None:
    made = part_that_failed(shop)

    def told() -> list[str]:
        scope = Scope(now=utc_now(), since=BEGINNING)
        return [str(one) for check in payments.WAITING for one in check(scope)]

    assert len(told()) == 1
    assert made["payment_id"] in told()[0]
    again(shop, made)
    assert told() == []


def reopened(shop: Shop) -> tuple[dict[str, Any], Person, str]:
    """Return a pending payment whose payer's 40 are back, and where a stranger's 100 still lie."""
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 40 * USDT)
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.done()
    closed(DisputeOutcome.REFUNDED)
    fail(stranger.address)
    shop.work()
    assert spent(shop, payer, had=10_000 * USDT) == COST
    raised(shop.row(made))
    closed(DisputeOutcome.DISMISSED)
    assert shop.told(made)["status"] == "pending"
    return made, payer, stranger.address


def test_what_is_back_does_not_count_a_second_time(shop: Shop) -> None:
    made, payer, _ = reopened(shop)
    shop.pay(payer, made["deposit_address"], 60 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "pending"
    assert shop.has(made["payee_address"]) == 0


def test_what_is_back_is_asked_of_the_payer_again(shop: Shop) -> None:
    made, *_ = reopened(shop)
    look = payment_look(made["payment_id"])
    assert look is not None
    assert (state_of(look, now=utc_now()), remaining_units(look)) == (Seen.WAITING, 100 * USDT)


def test_what_is_back_does_not_go_back_a_second_time(shop: Shop) -> None:
    made, payer, stranger = reopened(shop)
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    assert spent(shop, payer, had=10_000 * USDT) == COST
    assert again(shop, made).recipient == stranger
    shop.work()
    assert shop.has(stranger) == 10_000 * USDT - COST
    shop.in_order()


def test_money_that_comes_while_all_is_going_back_is_a_question_again(shop: Shop) -> None:
    made, _ = from_a_stranger(shop)
    closed(DisputeOutcome.REFUNDED)
    shop.pay(shop.payer(), made["deposit_address"], 7 * USDT)
    shop.solid()
    shop.work()
    dispute = Dispute.objects.get(closed_at=None)
    assert (dispute.cause, dispute.incoming and dispute.incoming.units) == ("stranger", 7 * USDT)
    closed(DisputeOutcome.REFUNDED)
    shop.work()
    assert shop.told(made)["status"] == "refunded"
    shop.in_order()


def test_so_is_the_payer_s_own(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer)
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.done()
    closed(DisputeOutcome.REFUNDED)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    assert Dispute.objects.get(closed_at=None).cause == DisputeCause.MORE
    closed(DisputeOutcome.REFUNDED)
    shop.done()
    assert shop.told(made)["status"] == "refunded"
    assert spent(shop, payer, had=10_000 * USDT) == COST
    shop.in_order()


def test_what_was_accepted_and_goes_back_is_not_sent_back_to_another_as_well(shop: Shop) -> None:
    payer, stranger = shop.payer(), shop.payer()
    made = shop.made(payer)
    shop.pay(stranger, made["deposit_address"], 100 * USDT)
    shop.done()
    closed(DisputeOutcome.REFUNDED)
    fail(stranger.address)
    shop.pay(payer, made["deposit_address"], 100 * USDT)
    shop.done()
    closed(DisputeOutcome.ACCEPTED)
    again(shop, made)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(stranger.address) == 10_000 * USDT - COST
    assert spent(shop, payer, had=10_000 * USDT) == 100 * USDT
    shop.in_order()


def test_the_surplus_of_a_stranger_s_money_goes_back_to_the_stranger(shop: Shop) -> None:
    made, stranger = from_a_stranger(shop, 150 * USDT)
    before = shop.has(stranger)
    closed(DisputeOutcome.ACCEPTED)
    shop.done()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(stranger) == before + 50 * USDT - COST
    shop.in_order()


def test_an_earlier_refund_that_failed_is_not_hidden_by_a_later_one(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 40 * USDT)
    shop.done()
    shop.wait(minutes=61)
    assert payments_expire(now=utc_now()) == 1
    fail(payer.address)
    shop.pay(payer, made["deposit_address"], 5 * USDT)
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert spent(shop, payer, had=10_000 * USDT) == 40 * USDT + COST
    again(shop, made)
    shop.work()
    assert spent(shop, payer, had=10_000 * USDT) == 2 * COST
    shop.in_order()


def test_refunds_of_trx_are_beside_the_limit_of_a_day(shop: Shop, settings: Any) -> None:
    settings.TRX_TRANSFER_DAILY_MAX = 1
    rate_set(micro_per_trx=300_000, by="user 1", reason="so it is", now=utc_now())
    payer = shop.payer()
    made = shop.made(payer, payment_method="swap")
    shop.pay_trx(payer, made["deposit_address"], 300 * TRX)
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    assert Refund.objects.get().status == "completed"
    shop.in_order()


def test_another_currency_lies_in_suspense_until_a_person_explains_it(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer)
    shop.pay_trx(payer, made["deposit_address"], 50 * TRX)
    shop.done()
    stray = suspense_open().get()
    assert (stray.asset, stray.units) == ("TRX", 50 * TRX)
    suspense_assign(journal=stray.pk, by="user 1", reason="given back by hand", now=utc_now())
    assert not suspense_open().exists()
    shop.in_order()
