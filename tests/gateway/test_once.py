"""Once, whoever dies and whoever else is at work: no cent too much, and none too little."""

from itertools import count
from typing import Any

import pytest

from gateway.models import Incoming, Payment
from gateway.models_back import Leg, Refund
from gateway.services.direct import directs_match
from gateway.services.expire import payments_expire
from gateway.services.late import late_refund
from gateway.services.pay import legs_make
from gateway.services.refund_pay import refunds_pay
from gateway.services.refund_settle import refunds_settle
from gateway.services.settle import legs_settle
from gateway.services.watch import deposits_take
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.services.screen import payouts_screen
from payouts.services.sign import payouts_sign
from tests.gateway.test_refunds import confirmed
from tests.gateway.world import PAYMENTS, USDT, Shop
from tests.payouts.rivals import Rival, Waiter
from tests.stateful.cuts import PowerCut, at_once, cut_at
from wallets.models_deposit import DepositAccount
from wallets.services.book_flows import flows_book

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def dies_everywhere(verb: Any) -> int:
    """Do it, after it died at each statement of the database that it makes; return how many."""
    for statement in count():
        try:
            with cut_at(statement):
                verb(now=utc_now())
        except PowerCut:
            continue
        return statement
    raise AssertionError("it never ends")


@pytest.mark.contract("C-PAY-13")
def test_an_overpaid_payment_is_passed_on_and_given_back_once(shop: Shop) -> None:
    payer = shop.payer(usdt=150)
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 130 * USDT)
    shop.solid()
    for verb in (flows_book, deposits_take, legs_make):
        assert dies_everywhere(verb) > 3
        assert sum(at_once(*[lambda verb=verb: verb(now=utc_now())] * 3)) == 0
    assert Incoming.objects.count() == Leg.objects.count() == Payout.objects.count() == 1
    shop.sign_and_settle()
    assert dies_everywhere(legs_settle) > 3
    assert dies_everywhere(refunds_pay) > 3
    assert sum(at_once(*[lambda: refunds_pay(now=utc_now())] * 3)) == 0
    shop.sign_and_settle()
    assert dies_everywhere(refunds_settle) > 3
    shop.work()
    assert Refund.objects.count() == 1
    assert shop.has(made["payee_address"]) == 99_850_000
    assert shop.has(payer.address) == 49 * USDT
    shop.in_order()


@pytest.mark.contract("C-PAY-13")
def test_three_watchers_take_each_deposit_once(shop: Shop) -> None:
    payer = shop.payer()
    made = [shop.made(payer) for _ in range(4)]
    for one in made:
        shop.pay(payer, one["deposit_address"], 100 * USDT)
    shop.solid()
    at_once(*[lambda: flows_book(now=utc_now())] * 3)
    assert sum(at_once(*[lambda: deposits_take(now=utc_now())] * 3)) == 4
    assert {shop.told(one)["received_amount"] for one in made} == {100}
    at_once(*[lambda: legs_make(now=utc_now())] * 3)
    shop.work()
    assert [shop.has(one["payee_address"]) for one in made] == [99_850_000] * 4
    shop.in_order()


@pytest.mark.contract("C-PAY-4")
def test_batches_that_share_a_reference_make_one_payment_of_it(shop: Shop) -> None:
    payer = shop.payer()
    shop.made(payer)  # the first of all makes the schedule of fees, for which others wait
    items = [shop.order(payer, reference_id=f"order-{number}") for number in range(5)]
    # Both have looked for earlier ones and found none when they come to the addresses.
    rival = Rival(lambda: DepositAccount.objects.select_for_update().get())
    waiters = [
        Waiter(lambda: shop.merchant.post(f"{PAYMENTS}/batch", {"payments": items}))
        for _ in range(2)
    ]
    for waiter in waiters:
        waiter.until_it_waits()
    rival.commit()
    answers = [waiter.end() for waiter in waiters]
    assert [answer.status for answer in answers] == [201] * 2, answers
    told = {tuple(one["payment_id"] for one in answer.body["results"]) for answer in answers}
    assert len(told) == 1
    assert Payment.objects.count() == 1 + 5


def test_an_expired_payment_is_given_back_once(shop: Shop) -> None:
    payer = shop.payer(usdt=100)
    made = shop.made(payer)
    shop.pay(payer, made["deposit_address"], 50 * USDT)
    shop.done()
    shop.wait(minutes=61)
    at_once(*[lambda: payments_expire(now=utc_now())] * 3)
    at_once(*[lambda: refunds_pay(now=utc_now())] * 3)
    shop.work()
    assert shop.has(payer.address) == 99 * USDT
    shop.pay(payer, made["deposit_address"], 30 * USDT)
    shop.done()
    shop.wait(minutes=61)
    assert sum(at_once(*[lambda: late_refund(now=utc_now())] * 3)) == 1
    shop.work()
    assert shop.has(payer.address) == (99 - 1) * USDT
    shop.in_order()


def test_three_watchers_match_a_direct_transfer_once(shop: Shop) -> None:
    payer = shop.payer()
    made = [shop.made(payer, payment_method="direct_transfer", payee_address=payer_to(shop))
            for _ in range(2)]  # fmt: skip
    shop.pay(payer, made[0]["payee_address"], 100 * USDT)
    shop.solid()
    flows_book(now=utc_now())
    assert sum(at_once(*[lambda: directs_match(now=utc_now())] * 3)) == 1
    assert [shop.told(one)["status"] for one in made] == ["completed", "pending"]
    shop.in_order()


def payer_to(shop: Shop) -> str:
    """Return one payee for all."""
    if not shop.payees:
        shop.payees.append(shop.payer().address)
    return shop.payees[0]


@pytest.mark.contract("C-PAY-12")
def test_of_two_refunds_at_once_one_is_made(shop: Shop) -> None:
    made = confirmed(shop)
    answers = at_once(*[lambda: shop.refund(made).status] * 3)
    assert sorted(answers) == [201, 409, 409]
    shop.work()
    assert shop.has(made["payer_address"]) == 100 * USDT
    assert shop.has(made["payee_address"]) == 0
    shop.in_order()


def test_parts_at_once_are_no_more_than_the_whole(shop: Shop) -> None:
    made = confirmed(shop)
    answers = at_once(*[lambda: shop.refund(made, amount=40).status] * 4)
    assert sorted(answers) == [201, 201, 400, 400]
    shop.work()
    assert shop.has(made["payer_address"]) == 80 * USDT
    assert shop.has(made["payee_address"]) == 100 * USDT - 80 * USDT - 150_000
    shop.in_order()


def test_a_refund_waits_for_the_signer_and_comes_too_late(shop: Shop) -> None:
    made = confirmed(shop)
    legs_make(now=utc_now())
    payouts_screen(wallet_id=shop.hot.pk, now=utc_now())
    payout = Payout.objects.get()
    signer = Rival(lambda: Payout.objects.select_for_update().get(pk=payout.pk))
    waiter = Waiter(lambda: shop.refund(made).status)
    waiter.until_it_waits()
    signer.commit()
    # The signer had only looked: the refund comes first, and the signer finds nothing to sign.
    assert waiter.end() == 201
    assert payouts_sign(wallet_id=shop.hot.pk, now=utc_now()) == 0
    shop.work()
    assert shop.has(made["payer_address"]) == 100 * USDT
    assert shop.has(made["payee_address"]) == 0
    shop.in_order()


def test_a_refund_and_the_payees_turn_exclude_each_other(shop: Shop) -> None:
    made = [confirmed(shop) for _ in range(4)]
    turns = [lambda: legs_make(now=utc_now())] * 2
    at_once(*turns, *[lambda one=one: shop.refund(one).status for one in made])
    shop.work()
    for one in made:
        got = (shop.has(one["payer_address"]), shop.has(one["payee_address"]))
        assert got in ((100 * USDT, 0), (0, 99_850_000))
    shop.in_order()


@pytest.mark.contract("C-PAY-13")
def test_a_refund_and_a_completion_at_once_pay_one_of_them(shop: Shop) -> None:
    made = confirmed(shop)
    legs_make(now=utc_now())
    shop.sign_and_settle()  # the payee is paid, and the gateway does not know yet
    answers = at_once(
        lambda: shop.refund(made).status, lambda: legs_settle(now=utc_now()),
        lambda: shop.refund(made).status,
    )  # fmt: skip
    assert answers[1] == 1
    assert (answers[0], answers[2]) == (409, 409)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payer_address"]) == 0
    shop.in_order()
