"""Endings of swaps, direct transfers and routes that payments to an address have as well."""

from typing import Any

import pytest
from django.conf import settings

from gateway.kinds import DisputeOutcome
from gateway.models_back import Dispute, Refund
from gateway.services.credit import merchant_credit
from gateway.services.late import late_accept
from gateway.services.rates import rate_set
from lucidpay.clock import utc_now
from payouts.models import Payout
from tests.api.client import Api
from tests.gateway.test_dispute import closed, raised
from tests.gateway.test_routes import operator as operator  # noqa: PLC0414 (a fixture)
from tests.gateway.test_routes import route
from tests.gateway.world import TRX, USDT, Shop
from tests.sandbox.people import Person
from tron.models import WatchedPair

pytestmark = pytest.mark.django_db
BURN_SUN = 2 * TRX  # at most, by a transfer that makes the account of a deposit address


@pytest.fixture
def swap(shop: Shop) -> tuple[Person, dict[str, Any], int]:
    """A payer, a swap of theirs, and what it costs in sun."""
    rate_set(micro_per_trx=250_000, by="user 1", reason="so it is", now=utc_now())
    payer = shop.payer(trx=5_000)
    made = shop.made(payer, payment_method="swap")
    return payer, made, int(made["pay_amount"]) * TRX


def sun_of(shop: Shop, person: Person) -> int:
    """Return the TRX of somebody, in the newest block."""
    answer = shop.node.post("/wallet/getaccount", address=person.address, visible=True)
    return int(answer["balance"])


def assert_all_but_costs_is_back(shop: Shop, payer: Person, had_sun: int) -> None:
    assert 0 <= had_sun - sun_of(shop, payer) <= settings.REFUND_COST_SUN + BURN_SUN


# --- swaps ----------------------------------------------------------------------------------------


def test_a_swap_paid_too_little_goes_back_in_trx_when_it_expires(shop: Shop, swap: Any) -> None:
    payer, made, sun = swap
    had = sun_of(shop, payer)
    shop.pay_trx(payer, made["deposit_address"], sun - 1)
    shop.done()
    assert shop.told(made)["status"] == "pending"
    shop.wait(minutes=61)
    shop.work()
    shop.solid()
    assert shop.told(made)["status"] == "failed"
    refund = Refund.objects.get()
    assert (refund.asset, refund.cause, refund.status) == ("TRX", "underpaid", "completed")
    assert_all_but_costs_is_back(shop, payer, had)
    shop.in_order()


def test_a_swap_paid_too_much_gives_the_rest_back_in_trx(shop: Shop, swap: Any) -> None:
    payer, made, sun = swap
    had = sun_of(shop, payer)
    shop.pay_trx(payer, made["deposit_address"], sun + 50 * TRX)
    shop.done()
    shop.solid()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == 99_850_000
    assert Refund.objects.get().units == 50 * TRX
    assert_all_but_costs_is_back(shop, payer, had - sun)
    shop.in_order()


def test_a_swap_nobody_pays_expires(shop: Shop, swap: Any) -> None:
    _, made, _ = swap
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    assert not Refund.objects.exists()
    shop.in_order()


def test_a_swap_paid_too_late_goes_back_after_a_while(shop: Shop, swap: Any) -> None:
    payer, made, sun = swap
    shop.wait(minutes=61)
    shop.work()
    had = sun_of(shop, payer)
    shop.pay_trx(payer, made["deposit_address"], sun)
    shop.done()
    shop.in_order(owed_sun=sun)
    shop.wait(minutes=61)
    shop.work()
    shop.solid()
    assert shop.told(made)["status"] == "failed"
    assert Refund.objects.get().cause == "late"
    assert_all_but_costs_is_back(shop, payer, had)
    shop.in_order()


def test_a_late_swap_that_a_person_accepts_is_swapped(shop: Shop, swap: Any) -> None:
    payer, made, sun = swap
    shop.wait(minutes=61)
    shop.work()
    shop.pay_trx(payer, made["deposit_address"], sun)
    shop.done()
    late_accept(payment_id=shop.row(made).pk, by="user 1", reason="he rang up", now=utc_now())
    shop.work()
    assert shop.told(made)["status"] == "completed"
    assert shop.has(made["payee_address"]) == 99_850_000
    shop.in_order()


@pytest.mark.parametrize(
    ("outcome", "status"),
    [(DisputeOutcome.ACCEPTED, "completed"), (DisputeOutcome.REFUNDED, "refunded")],
)
def test_a_swap_paid_by_somebody_else_is_decided_by_a_person(
    shop: Shop, swap: Any, outcome: DisputeOutcome, status: str
) -> None:
    _, made, sun = swap
    stranger = shop.payer(trx=5_000)
    had = sun_of(shop, stranger)
    shop.pay_trx(stranger, made["deposit_address"], sun)
    shop.done()
    assert (shop.told(made)["status"], Dispute.objects.get().cause) == ("disputed", "stranger")
    shop.in_order(owed_sun=sun)
    closed(outcome)
    shop.done()
    shop.solid()
    assert shop.told(made)["status"] == status
    is_paid = outcome == DisputeOutcome.ACCEPTED
    assert shop.has(made["payee_address"]) == (99_850_000 if is_paid else 0)
    assert_all_but_costs_is_back(shop, stranger, had - (sun if is_paid else 0))
    shop.in_order()


def test_a_part_of_a_swap_goes_back_in_usdt_after_its_end(shop: Shop, swap: Any) -> None:
    payer, made, sun = swap
    shop.pay_trx(payer, made["deposit_address"], sun)
    shop.done()
    had = shop.has(payer.address)
    assert shop.merchant.user is not None
    merchant_credit(
        owner_id=shop.merchant.user.pk, amount_micro=100 * USDT, by="user 1", note="deposit",
        now=utc_now(),
    )  # fmt: skip
    assert shop.refund(made, amount=30).status == 201
    shop.work()
    assert (shop.told(made)["status"], shop.told(made)["refunded_amount"]) == ("completed", 30)
    assert shop.has(payer.address) == had + 30 * USDT
    shop.in_order()


# --- direct transfers -----------------------------------------------------------------------------


def direct(shop: Shop) -> tuple[Person, dict[str, Any]]:
    """Return a payer and a direct transfer that is waited for."""
    payer = shop.payer()
    return payer, shop.made(payer, payment_method="direct_transfer")


@pytest.mark.parametrize("units", [0, 100 * USDT - 1, 100 * USDT + 1])
def test_a_direct_transfer_of_nothing_or_another_amount_expires(shop: Shop, units: int) -> None:
    payer, made = direct(shop)
    if units:
        shop.pay(payer, made["payee_address"], units)
        shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    assert shop.has(made["payee_address"]) == units  # theirs: it never came here
    assert not WatchedPair.objects.exists()
    shop.in_order()


def test_a_direct_transfer_by_somebody_else_expires(shop: Shop) -> None:
    _, made = direct(shop)
    shop.pay(shop.payer(), made["payee_address"], 100 * USDT)
    shop.done()
    shop.wait(minutes=61)
    shop.work()
    assert shop.told(made)["status"] == "failed"
    shop.in_order()


def test_a_direct_transfer_that_comes_late_stays_failed(shop: Shop) -> None:
    payer, made = direct(shop)
    shop.wait(minutes=61)
    shop.work()
    shop.pay(payer, made["payee_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "failed"
    shop.in_order()


def test_a_disputed_direct_transfer_is_still_watched_for(shop: Shop) -> None:
    payer, made = direct(shop)
    raised(shop.row(made))
    other = shop.made(
        payer, payment_method="direct_transfer", payee_address=made["payee_address"], amount=7
    )
    shop.pay(payer, made["payee_address"], 7 * USDT)
    shop.done()
    # The end of one does not let the other, which may go on, be forgotten.
    assert shop.told(other)["status"] == "completed"
    shop.pay(payer, made["payee_address"], 100 * USDT)
    shop.done()
    assert shop.told(made)["status"] == "disputed"
    closed(DisputeOutcome.DISMISSED)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()


# --- routes ---------------------------------------------------------------------------------------


def test_a_disputed_route_ends_as_its_payout_does(shop: Shop, operator: Api) -> None:
    made = route(shop).body
    raised(shop.row(made))
    assert shop.told(made)["status"] == "disputed"
    shop.done()
    assert Payout.objects.get().status == "confirmed"
    closed(DisputeOutcome.DISMISSED)
    shop.work()
    assert shop.told(made)["status"] == "completed"
    shop.in_order()
