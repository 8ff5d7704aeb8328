"""What is asked for: amounts without a float, and a key that belongs to the order."""

from datetime import timedelta
from decimal import Decimal

import pytest

from lucidpay_client import PaymentRequest, PayoutRequest, PayoutResponse
from lucidpay_client.exact import dumps, loads
from lucidpay_client.orders import batch_body, batch_key
from lucidpay_client.reading import Unreadable, read
from tests.sdk.people import salary


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (Decimal("12.50"), "12.50"),
        ("0.01", "0.01"),
        (100, "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("100000000000.000001"), "100000000000.000001"),
    ],
)
def test_an_amount_is_sent_digit_for_digit(given: Decimal | int | str, sent: str) -> None:
    assert salary(given).body()["amount_usdt"] == sent


@pytest.mark.parametrize("given", [12.5, 0.1, True, None, float("nan")])
def test_it_refuses_an_amount_that_is_no_exact_number(given: object) -> None:
    with pytest.raises(TypeError, match="float"):
        salary(given)


@pytest.mark.parametrize(
    "given", ["", "1,5", " 1", "1_0", "-1", "1e3", "NaN", "١", 0, Decimal("NaN"), -3]
)
def test_it_refuses_what_is_no_amount(given: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        salary(given)


def test_an_order_without_a_name_makes_a_key_and_keeps_it() -> None:
    one, other = salary(), salary()
    assert one.idempotency_key
    assert one.idempotency_key != other.idempotency_key
    assert "idempotency_key" not in one.body()


def test_an_order_with_a_reference_needs_no_key() -> None:
    assert salary(reference_id="invoice-7").idempotency_key is None


def test_an_order_that_cannot_be_sent_is_refused_before_anybody_is_paid() -> None:
    with pytest.raises(ValueError, match="reason"):
        PayoutRequest("T", "1")
    with pytest.raises(TypeError, match="JSON"):
        salary(metadata={"when": object()})


def test_numbers_of_metadata_keep_their_digits() -> None:
    text = dumps(salary(metadata={"rate": Decimal("0.100000000000000000001")}).body())
    assert loads(text)["metadata"]["rate"] == Decimal("0.100000000000000000001")


def test_an_amount_of_an_answer_keeps_its_digits() -> None:
    told = """{"payout_id": "payout_1", "status": "confirmed", "recipient_address": "T",
        "amount_usdt": 100000000000.000001, "fee_trx": 0.000001, "energy_used": 64285,
        "created_at": "2026-01-31T09:00:00.5Z", "txid": null, "new": {"field": 1.10}}"""
    payout = read(PayoutResponse, loads(told))
    found = (payout.amount_usdt, payout.fee_trx, payout.raw["new"]["field"])
    assert [str(one) for one in found] == ["100000000000.000001", "0.000001", "1.10"]
    assert payout.created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amount_usdt", "12.5"), ("amount_usdt", True), ("amount_usdt", None), ("status", 1),
        ("created_at", "today"), ("energy_used", Decimal("1.5")), ("metadata", []),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_as_promised_is_not_believed(name: str, value: object) -> None:
    good = {
        "payout_id": "payout_1", "status": "pending", "recipient_address": "T", "amount_usdt": 1,
        "created_at": "2026-01-31T09:00:00Z",
    }  # fmt: skip
    assert read(PayoutResponse, good).amount_usdt == 1
    with pytest.raises(Unreadable, match=name):
        read(PayoutResponse, {**good, name: value})
    with pytest.raises(Unreadable, match="payout_id is missing"):
        read(PayoutResponse, {key: told for key, told in good.items() if key != "payout_id"})


@pytest.mark.parametrize("text", ["NaN", "Infinity", '{"a": -Infinity}'])
def test_it_reads_no_number_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="no JSON number"):
        loads(text)


def test_the_same_orders_are_the_same_batch() -> None:
    orders = [salary(), salary(reference_id="b")]
    assert batch_key(orders) == batch_key(list(orders))
    assert batch_key(orders) != batch_key([salary(), orders[1]])
    assert batch_key([salary(reference_id="a"), salary(reference_id="b")]) is None


def test_a_batch_loses_nothing_that_an_item_says() -> None:
    for_all = {"router_type": None, "priority": None, "batch_type": None}
    with pytest.raises(ValueError, match=r"payouts\[1\]\.priority"):
        batch_body([salary(), salary(priority="URGENT")], **for_all)


def test_a_payment_has_a_key_of_its_own_too() -> None:
    payment = PaymentRequest("T1", "T2", "25")
    assert payment.idempotency_key
    assert payment.body() == {"payer_address": "T1", "payee_address": "T2", "amount": "25"}
