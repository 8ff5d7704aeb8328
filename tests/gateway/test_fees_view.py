"""`fees/calculate`: what a payment would cost, to the sixth decimal."""

from decimal import Decimal
from urllib.parse import urlencode

import pytest

from gateway.services.fees import fees_set
from lucidpay.clock import utc_now
from tests.api.client import Api, caller, refused
from tests.api.conftest import _fresh_counters
from tests.gateway.fees import set_to

pytestmark = pytest.mark.django_db
PATH = "/api/v1/payments/fees/calculate"
__all__ = ["_fresh_counters"]


@pytest.fixture
def merchant() -> Api:
    return caller("merchant")


def path(**query: str) -> str:
    return f"{PATH}?{urlencode(query)}"


@pytest.mark.contract("C-PAY-14")
def test_it_answers_exactly_what_the_contract_names(merchant: Api) -> None:
    body = merchant.get(path(amount="25000")).body
    assert list(body) == [
        "amount", "priority", "fee_rate_percent", "discount_percent", "transaction_fee",
        "net_amount", "payment_method", "timestamp",
    ]  # fmt: skip
    assert body.pop("timestamp").endswith("Z")
    assert body == {
        "amount": 25_000, "priority": "normal", "fee_rate_percent": Decimal("0.15"),
        "discount_percent": 5, "transaction_fee": Decimal("35.625"),
        "net_amount": Decimal("24964.375"), "payment_method": "payment_gateway",
    }  # fmt: skip


def test_numbers_are_exact_digit_for_digit(merchant: Api) -> None:
    answer = merchant.get(path(amount="999999999.999999", priority="urgent"))
    assert '"amount":999999999.999999' in answer.text.replace(" ", "")
    assert '"transaction_fee":2550000,' in answer.text.replace(" ", "")
    answer = merchant.get(path(amount="0.000001", priority="low"))
    assert '"amount":0.000001' in answer.text.replace(" ", "")
    assert '"transaction_fee":0,' in answer.text.replace(" ", "")


def test_a_direct_payment_s_fee_is_not_taken_from_it(merchant: Api) -> None:
    body = merchant.get(path(amount="100", payment_method="direct_transfer")).body
    assert (body["transaction_fee"], body["net_amount"]) == (Decimal("0.15"), 100)


def test_it_goes_by_the_fees_that_hold_now(merchant: Api) -> None:
    assert merchant.get(path(amount="100", priority="low")).body["transaction_fee"] == Decimal(
        "0.1"
    )
    fees_set(**set_to(low=12_345), by="alice", note="try", now=utc_now())
    body = merchant.get(path(amount="100", priority="low")).body
    assert body["fee_rate_percent"] == Decimal("1.2345")
    assert body["transaction_fee"] == Decimal("1.2345")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1000000000.000001"}, "amount"),
        ({"amount": "0.0000001"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1", "priority": "NORMAL"}, "priority"),
        ({"amount": "1", "priority": "2"}, "priority"),
        ({"amount": "1", "payment_method": "cash"}, "payment_method"),
        ({"amount": "1", "amonut": "2"}, "amonut"),
    ],
)
def test_what_it_cannot_take_is_refused_by_name(
    merchant: Api, query: dict[str, str], field: str
) -> None:
    assert list(refused(merchant.get(path(**query)), 400, "LUCID_ERR_1001")) == [field]


def test_the_largest_amount_is_taken(merchant: Api) -> None:
    assert merchant.get(path(amount="1000000000")).body["net_amount"] == 998_725_000


def test_it_answers_with_a_slash_and_counts_under_its_own_name(merchant: Api) -> None:
    answer = merchant.get(f"{PATH}/?amount=1")
    assert answer.status == 200
    standard = Api(merchant.token, merchant.user)
    assert "X-RateLimit-Remaining" in standard.get(path(amount="1")).headers


def test_it_needs_the_scope_to_read_payments() -> None:
    refused(caller("end_user").get(path(amount="1")), 403, "LUCID_ERR_2010")
    refused(Api().get(path(amount="1")), 401, "LUCID_ERR_1002")
    assert caller("auditor").get(path(amount="1")).status == 200
    refused(caller("merchant").post(PATH, {}), 405, "LUCID_ERR_1004")
