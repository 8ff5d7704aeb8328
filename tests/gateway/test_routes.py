"""Payments by route: a wallet kept here pays, under the limits and reviews of any payout."""

from typing import Any

import pytest

from gateway.models import Payment
from lucidpay.clock import utc_now
from payouts.models import Payout
from payouts.models_limits import LimitKind, LimitWindow
from payouts.services.cancel import payout_cancel
from payouts.services.limits import limit_set
from tests import builders
from tests.api.client import Answer, Api, caller, nothing_written, refused
from tests.gateway.world import PAYMENTS, USDT, Shop, booked
from wallets.models import Account, Asset

pytestmark = pytest.mark.django_db
KIND = Account.Kind


@pytest.fixture
def operator(shop: Shop) -> Api:
    """Somebody who may take payments and spend from wallets."""
    shop.merchant = caller("operator", scopes=None)
    return shop.merchant


def route(shop: Shop, **fields: Any) -> Answer:
    """Ask for a payment from the hot wallet."""
    body = {
        "payer_address": shop.hot.address, "payee_address": builders.address(), "amount": 100,
        "payment_method": "route", **fields,
    }  # fmt: skip
    return shop.merchant.post(f"{PAYMENTS}/create", body)


@pytest.mark.contract("C-PAY-11")
def test_the_wallet_pays_and_the_fee_is_earned(shop: Shop, operator: Api) -> None:
    made = route(shop).body
    assert (made["deposit_address"], made["payment_uri"], made["expires_at"]) == (None, None, None)
    assert shop.told(made)["status"] == "pending"
    shop.work()
    now = shop.told(made)
    assert (now["status"], now["legs"][0]["kind"]) == ("completed", "payee")
    assert shop.has(made["payee_address"]) == 99_850_000
    assert Payout.objects.get().router_type == "PayoutRouterV0"
    assert booked(KIND.EARNED, Asset.USDT) == -150_000
    assert booked(KIND.PAYOUTS, Asset.USDT) == 100 * USDT
    shop.in_order()


@pytest.mark.contract("C-PAY-11")
def test_who_may_not_spend_from_wallets_is_refused(shop: Shop) -> None:
    with nothing_written():
        refused(route(shop), 403, "LUCID_ERR_2010")


def test_the_payer_must_be_a_wallet_kept_here(shop: Shop, operator: Api) -> None:
    with nothing_written():
        answer = route(shop, payer_address=builders.address())
        assert set(refused(answer, 400, "LUCID_ERR_1001")) == {"payer_address"}


@pytest.mark.contract("C-PAY-11")
def test_router_limits_are_asked_when_it_is_created(shop: Shop, operator: Api) -> None:
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=150 * USDT,
        daily_micro=None, by="tests", now=utc_now(),
    )  # fmt: skip
    assert route(shop).status == 201
    with nothing_written():
        refused(route(shop), 400, "LUCID_ERR_2002")
    window = LimitWindow.objects.get(kind=LimitKind.ROUTER, period="hour")
    assert window.used_micro == 99_850_000


def test_kyc_decides_the_router(shop: Shop, operator: Api) -> None:
    address = builders.kyc()
    made = route(shop, payee_address=address).body
    assert Payout.objects.get().router_type == "PayoutRouterKYC"
    assert shop.row(made).leg_micro == 99_850_000


def test_a_large_one_waits_for_people_as_any_payout(shop: Shop, operator: Api) -> None:
    builders.lift_limits()
    made = route(shop, amount=6_000).body
    shop.work()
    assert (shop.told(made)["status"], Payout.objects.get().review) == ("pending", "required")


def test_more_than_the_wallet_has_is_refused(shop: Shop, operator: Api) -> None:
    builders.lift_limits()
    with nothing_written():
        refused(route(shop, amount=200_000), 500, "LUCID_ERR_2007")


def test_with_its_payout_the_payment_is_cancelled(shop: Shop, operator: Api) -> None:
    made = route(shop).body
    payout_cancel(payout_id=Payout.objects.get().pk, by="user 1", reason="no", now=utc_now())
    shop.work()
    assert shop.told(made)["status"] == "cancelled"
    shop.in_order()


def test_it_is_refunded_from_the_merchants_balance_only(shop: Shop, operator: Api) -> None:
    made = route(shop).body
    refused(shop.refund(made), 409, "LUCID_ERR_1005")
    shop.work()
    assert "needed" in refused(shop.refund(made), 409, "LUCID_ERR_1005")


def test_routes_in_a_batch_are_refused_one_by_one(shop: Shop, operator: Api) -> None:
    limit_set(
        kind=LimitKind.ROUTER, subject="PayoutRouterV0", hourly_micro=150 * USDT,
        daily_micro=None, by="tests", now=utc_now(),
    )  # fmt: skip
    one = {
        "payer_address": shop.hot.address, "payee_address": builders.address(), "amount": 100,
        "payment_method": "route",
    }  # fmt: skip
    answer = operator.post(f"{PAYMENTS}/batch", {"payments": [one, one, {**one, "amount": 1}]})
    codes = [item["error"] and item["error"]["code"] for item in answer.body["results"]]
    assert codes == [None, "LUCID_ERR_2002", None]
    assert (answer.body["successful"], Payment.objects.count(), Payout.objects.count()) == (2, 2, 2)
