"""Asking for payments over HTTP: what is quoted, what is refused, what is asked once."""

import json
from decimal import Decimal
from typing import Any

import pytest

from gateway.models import Payment, PaymentEvent
from gateway.models_fees import Rate
from gateway.services.rates import rate_set
from lucidpay.clock import utc_now
from payouts.models import Payout
from tests import builders
from tests.api.client import Api, caller, nothing_written, refused, rows
from tests.gateway.world import PAYMENTS, Shop
from tron.models import WatchedAddress, WatchedPair
from webhooks.models import Event

pytestmark = pytest.mark.django_db
CREATE, BATCH = f"{PAYMENTS}/create", f"{PAYMENTS}/batch"


@pytest.mark.contract("C-PAY-1")
def test_it_quotes_a_payment_with_an_address_of_its_own(shop: Shop) -> None:
    payer = shop.payer()
    first, second = shop.made(payer), shop.made(payer, reference_id="order-1")
    assert (first["status"], first["amount"], first["fee"], first["net_amount"]) == (
        "pending", 100, Decimal("0.15"), Decimal("99.85"),
    )  # fmt: skip
    assert first["deposit_address"] != second["deposit_address"]
    assert (first["pay_amount"], first["pay_currency"]) == (100, "USDT")
    assert first["payment_uri"].startswith(f"tron:{first['deposit_address']}?amount=100&token=T")
    assert WatchedAddress.objects.filter(address=first["deposit_address"]).exists()
    assert shop.told(first) == first
    row = shop.row(first)
    assert PaymentEvent.objects.get(payment=row).to_status == "pending"
    assert Event.objects.get(subject=row.pk).type == "payment.created"


@pytest.mark.contract("C-PAY-1")
def test_a_direct_transfer_has_no_address_and_nothing_deducted(shop: Shop) -> None:
    payer = shop.payer()
    made = shop.made(payer, payment_method="direct_transfer", priority="urgent", amount="7.25")
    assert (made["deposit_address"], made["net_amount"]) == (None, Decimal("7.25"))
    assert (made["fee"], made["priority"]) == (Decimal("0.02175"), "urgent")
    pair = WatchedPair.objects.get()
    assert (pair.sender, pair.recipient) == (payer.address, made["payee_address"])


def test_the_place_of_a_payment_is_told(shop: Shop) -> None:
    answer = shop.create(shop.payer())
    assert answer.headers["Location"] == f"{PAYMENTS}/status/{answer.body['payment_id']}"


@pytest.mark.contract("C-PAY-3")
@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": "1000000000.000001"}, "amount"),
        ({"amount": "0.0000001"}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": -1}, "amount"),
        ({"payment_method": "cash"}, "payment_method"),
        ({"priority": "HIGH"}, "priority"),
        ({"description": "x" * 501}, "description"),
        ({"reference_id": "x" * 101}, "reference_id"),
        ({"amonut": 1}, "amonut"),
    ],
)
def test_it_refuses_what_is_wrong_and_writes_nothing(
    shop: Shop, fields: dict[str, Any], name: str
) -> None:
    payer = shop.payer()
    with nothing_written():
        assert set(refused(shop.create(payer, **fields), 400, "LUCID_ERR_1001")) == {name}


@pytest.mark.contract("C-PAY-3")
@pytest.mark.parametrize("name", ["payer_address", "payee_address"])
def test_one_wrong_address_has_a_code_of_its_own(shop: Shop, name: str) -> None:
    payer = shop.payer()
    with nothing_written():
        answer = shop.create(payer, **{name: "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeX"})
        assert set(refused(answer, 400, "LUCID_ERR_2001")) == {name}


def test_nobody_pays_himself_nor_a_deposit_address(shop: Shop) -> None:
    payer = shop.payer()
    earlier = shop.made(payer)["deposit_address"]
    with nothing_written():
        for payee in (payer.address, earlier):
            answer = shop.create(payer, payee_address=payee)
            assert set(refused(answer, 400, "LUCID_ERR_1001")) == {"payee_address"}


@pytest.mark.contract("C-PAY-2")
def test_a_reference_is_asked_once(shop: Shop) -> None:
    payer = shop.payer()
    body = shop.order(payer, reference_id="order-7")
    first = shop.merchant.post(CREATE, body)
    again = shop.merchant.post(CREATE, body)
    assert (first.status, again.status) == (201, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.body == first.body
    details = refused(shop.merchant.post(CREATE, {**body, "amount": 7}), 409, "LUCID_ERR_1005")
    assert details["payment_id"] == first.body["payment_id"]
    other = caller("merchant", scopes=None)
    assert other.post(CREATE, body).status == 201
    assert Payment.objects.count() == 2


@pytest.mark.contract("C-PAY-2")
def test_a_key_is_asked_once(shop: Shop) -> None:
    body = shop.order(shop.payer())
    first = shop.merchant.post(CREATE, body, Idempotency_Key="k")
    again = shop.merchant.post(CREATE, body, Idempotency_Key="k")
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    refused(
        shop.merchant.post(CREATE, {**body, "amount": 7}, Idempotency_Key="k"),
        422, "LUCID_ERR_1006",
    )  # fmt: skip
    assert Payment.objects.count() == 1


@pytest.mark.contract("C-PAY-5")
def test_others_payments_do_not_exist(shop: Shop) -> None:
    made = shop.made(shop.payer())
    path = f"{PAYMENTS}/status/{made['payment_id']}"
    stranger, operator = caller("merchant", scopes=None), caller("operator", scopes=None)
    refused(stranger.get(path), 404, "LUCID_ERR_1003")
    refused(shop.merchant.get(f"{PAYMENTS}/status/pay_0"), 404, "LUCID_ERR_1003")
    assert operator.get(path).body == made


@pytest.mark.contract("C-PAY-5")
def test_who_may_not_take_payments_is_refused(shop: Shop) -> None:
    user = caller("end_user")
    refused(user.post(CREATE, shop.order(shop.payer())), 403, "LUCID_ERR_2010")
    refused(Api().post(CREATE, {}), 401, "LUCID_ERR_1002")


def test_before_there_is_a_key_for_addresses_it_says_so(db: None, merchant: Api) -> None:
    body = {"payer_address": builders.address(), "payee_address": builders.address(), "amount": 1}
    builders.hot_wallet()
    before = rows()
    refused(merchant.post(CREATE, body), 409, "LUCID_ERR_1005")
    assert rows() == before


@pytest.mark.contract("C-PAY-4")
def test_a_bad_item_of_a_batch_does_not_stop_the_others(shop: Shop) -> None:
    payer = shop.payer()
    known = shop.order(payer, reference_id="known")
    first = shop.merchant.post(CREATE, known).body
    items = [
        shop.order(payer, reference_id="a"),
        shop.order(payer, amount=0),
        shop.order(payer, payee_address="T"),
        shop.order(payer, payment_method="direct_transfer"),
        known,
        {**known, "amount": 3},
        shop.order(payer, reference_id="a", amount=4),
        shop.order(payer, payee_address=payer.address),
        {},
    ]
    answer = shop.merchant.post(BATCH, {"payments": items, "batch_reference": "monday"})
    assert answer.status == 201, answer
    body = answer.body
    codes = [one["error"] and one["error"]["code"] for one in body["results"]]
    assert codes == [
        None, "LUCID_ERR_1001", "LUCID_ERR_2001", None, None, "LUCID_ERR_1005",
        "LUCID_ERR_1005", "LUCID_ERR_1001", "LUCID_ERR_1001",
    ]  # fmt: skip
    assert body["results"][4]["payment_id"] == first["payment_id"]
    assert (body["total_payments"], body["successful"], body["failed"]) == (9, 3, 6)
    assert (body["status"], body["batch_reference"]) == ("partial_failure", "monday")
    assert Payment.objects.count() == 3


def swap_rate() -> Rate:
    """Say what a TRX is worth."""
    return rate_set(micro_per_trx=300_000, by="user 1", reason="so it is", now=utc_now())


@pytest.mark.contract("C-PAY-10")
def test_a_swap_without_a_rate_is_refused(shop: Shop) -> None:
    payer = shop.payer()
    with nothing_written():
        refused(shop.create(payer, payment_method="swap"), 409, "LUCID_ERR_1005")


@pytest.mark.parametrize("fields", [{}, {"reference_id": "order-7"}])
def test_a_swap_that_is_asked_again_is_the_same_though_its_rate_is_over(
    shop: Shop, fields: dict[str, Any]
) -> None:
    swap_rate()
    body = shop.order(shop.payer(), payment_method="swap", **fields)
    key = {} if fields else {"Idempotency_Key": "k"}
    first = shop.merchant.post(CREATE, body, **key)
    assert first.status == 201, first
    shop.wait(days=2)
    refused(shop.merchant.post(CREATE, {**body, "reference_id": "new"}), 409, "LUCID_ERR_1005")
    again = shop.merchant.post(CREATE, body, **key)
    assert again.status in (200, 201), again
    assert again.body == first.body
    assert Payment.objects.count() == 1


def test_a_swap_without_a_rate_does_not_stop_the_others_of_its_batch(shop: Shop) -> None:
    payer = shop.payer()
    items = [shop.order(payer), shop.order(payer, payment_method="swap")]
    answer = shop.merchant.post(BATCH, {"payments": items})
    assert answer.status == 201, answer
    codes = [one["error"] and one["error"]["code"] for one in answer.body["results"]]
    assert codes == [None, "LUCID_ERR_1005"]


def test_the_end_of_a_batch_counts_as_its_answer_did(shop: Shop) -> None:
    payer = shop.payer()
    known, fresh = shop.order(payer, reference_id="a"), shop.order(payer, reference_id="b")
    shop.merchant.post(CREATE, known)
    answer = shop.merchant.post(BATCH, {"payments": [known, fresh, {}]})
    assert (answer.body["successful"], answer.body["failed"]) == (2, 1)
    shop.pay(payer, answer.body["results"][1]["deposit_address"], 100_000_000)
    shop.done()
    told = json.loads(Event.objects.get(type="batch.completed").body)["data"]
    assert (told["successful"], told["failed"], told["status"]) == (2, 1, "partial_failure")


def test_the_wallet_that_pays_payees_is_no_payee(shop: Shop) -> None:
    payer = shop.payer()
    with nothing_written():
        answer = shop.create(payer, payee_address=shop.hot.address)
        assert set(refused(answer, 400, "LUCID_ERR_1001")) == {"payee_address"}


def test_who_made_the_key_does_not_approve_what_it_asked_for(shop: Shop) -> None:
    made = shop.made(payer := shop.payer())
    shop.pay(payer, made["deposit_address"], 100_000_000)
    shop.done()
    leg = Payout.objects.get(origin="leg")
    assert leg.api_key_id is not None
    assert leg.api_key_id == shop.row(made).api_key_id


def test_a_thousand_payments_take_a_few_statements_more_than_ten(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    payer = shop.payer()
    with django_assert_max_num_queries(60):
        answer = shop.merchant.post(BATCH, {"payments": [shop.order(payer) for _ in range(1000)]})
    assert (answer.status, answer.body["successful"]) == (201, 1000)
    assert Payment.objects.values("deposit").distinct().count() == 1000


@pytest.mark.contract("C-PAY-4")
@pytest.mark.parametrize("items", [[], [{}] * 1001, "x"])
def test_a_batch_has_one_to_a_thousand(shop: Shop, items: Any) -> None:
    with nothing_written():
        refused(shop.merchant.post(BATCH, {"payments": items}), 400, "LUCID_ERR_1001")
