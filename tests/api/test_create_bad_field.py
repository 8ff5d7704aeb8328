"""Fields that are refused, and which code says so."""

from typing import Any

import pytest

from tests.api.client import Api, nothing_written, refused

BAD: dict[str, tuple[str, Any]] = {
    "reason empty": ("reason", ""),
    "reason blank": ("reason", "   "),
    "reason too long": ("reason", "x" * 201),
    "reason a number": ("reason", 5),
    "reason null": ("reason", None),
    "reason with a newline": ("reason", "a\nb"),
    "reason with an escape": ("reason", "\x1b[31m"),
    "reason with delete": ("reason", "\x7f"),
    "reference empty": ("reference_id", ""),
    "reference too long": ("reference_id", "x" * 101),
    "reference a number": ("reference_id", 7),
    "reference null": ("reference_id", None),
    "session too long": ("session_id", "x" * 51),
    "node too long": ("node_id", "x" * 51),
    "node a boolean": ("node_id", True),
    "priority unknown": ("priority", "ASAP"),
    "priority lower case": ("priority", "high"),
    "priority a number": ("priority", 0),
    "priority null": ("priority", None),
    "priority a list": ("priority", ["HIGH"]),
    "batch type unknown": ("batch_type", "MONTHLY"),
    "batch type an object": ("batch_type", {}),
    "custom data a list": ("custom_data", []),
    "custom data a text": ("custom_data", "{}"),
    "custom data null": ("custom_data", None),
    "custom data too large": ("custom_data", {"k": "x" * 993}),  # by one byte
    "custom data too large in bytes": ("custom_data", {"k": "é" * 499}),
    "metadata a list": ("metadata", [1]),
    "metadata too large": ("metadata", {"k": "x" * 4089}),
    "a field nobody knows": ("amount", 5),
    "a field of the answer": ("status", "confirmed"),
    "a field of the row": ("owner", 1),
    "a field with an odd name": ("a\u202eb", 1),
    "a field without a name": ("", 1),
    "a field with a keyword's name": ("self", 1),
}


@pytest.mark.contract("C-CREATE-3", "C-CREATE-4", "C-ERR-4", "C-ERR-5")
@pytest.mark.parametrize(("name", "value"), BAD.values(), ids=BAD.keys())
def test_it_refuses_the_field_and_names_it(alice: Api, name: str, value: Any) -> None:
    with nothing_written():
        details = refused(alice.pay(**{name: value}), 400, "LUCID_ERR_1001")
    assert list(details) == [name]


@pytest.mark.contract("C-CREATE-2")
@pytest.mark.parametrize("blank", [..., None], ids=["absent", "null"])
def test_it_wants_a_reason_or_a_reference(alice: Api, blank: Any) -> None:
    with nothing_written():
        details = refused(alice.pay(reason=blank), 400, "LUCID_ERR_1001")
    assert list(details) == ["reason"]


@pytest.mark.contract("C-ERR-3", "C-CREATE-5")
@pytest.mark.parametrize(
    "router",
    ["PayoutRouterDirect", "PayoutRouterGateway", "V0", "payoutrouterv0", "", None, 5, []],
    ids=["direct", "gateway", "short", "lower case", "empty", "null", "number", "list"],
)
def test_it_refuses_a_wrong_router_with_2004(alice: Api, router: Any) -> None:
    with nothing_written():
        details = refused(alice.pay(router_type=router), 400, "LUCID_ERR_2004")
    assert list(details) == ["router_type"]


@pytest.mark.contract("C-CREATE-6", "C-ERR-3")
def test_it_refuses_the_kyc_router_without_a_record(alice: Api) -> None:
    with nothing_written():
        answer = alice.pay(router_type="PayoutRouterKYC")
        assert list(refused(answer, 400, "LUCID_ERR_2004")) == ["router_type"]
    assert answer.body["detail"] == "Invalid router type"


@pytest.mark.contract("C-ERR-4")
@pytest.mark.parametrize(
    "wrong",
    [
        {"recipient_address": "x", "amount_usdt": 0},
        {"recipient_address": "x", "router_type": "x"},
        {"router_type": "x", "amount_usdt": 0},
        {"recipient_address": "x", "unknown": 1},
        {"recipient_address": "x", "router_type": "x", "amount_usdt": "x", "priority": "x",
         "batch_type": "x", "custom_data": 1, "metadata": 1, "session_id": 1, "node_id": 1,
         "reference_id": 1, "reason": 1, "unknown": 1},
    ],
    ids=["recipient and amount", "recipient and router", "router and amount",
         "recipient and unknown", "all"],
)  # fmt: skip
def test_it_names_everything_that_is_wrong_under_one_code(alice: Api, wrong: dict) -> None:
    with nothing_written():
        assert set(refused(alice.pay(**wrong), 400, "LUCID_ERR_1001")) == set(wrong)


@pytest.mark.contract("C-CREATE-4")
def test_it_accepts_objects_of_exactly_the_largest_size(alice: Api) -> None:
    largest = {"k": "x" * (1000 - len('{"k":""}'))}
    assert alice.pay(custom_data=largest).body["custom_data"] == largest
    largest = {"k": "x" * (4096 - len('{"k":""}'))}
    assert alice.pay(metadata=largest).body["metadata"] == largest


@pytest.mark.contract("C-ERR-5")
@pytest.mark.parametrize(
    "query",
    ["?dry_run=yes", "?dry_run=", "?dry_run=True", "?format=json", "?limit=1", "?a=1&a=2", "?=1"],
)
def test_it_refuses_query_parameters_it_does_not_know(alice: Api, query: str) -> None:
    with nothing_written():
        refused(alice.pay(f"/api/payment/payouts{query}"), 400, "LUCID_ERR_1001")
