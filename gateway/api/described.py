"""Examples of payments, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from access.api.idempotent import key_parameter, replayed_header
from lucidpay.api.schema import id_parameter, location_header

KEY_PARAMETER = key_parameter("request", "doing it")
LOCATION_HEADER = location_header("Where the payment can be read.", statuses=(200, 201))
REPLAYED_HEADER = replayed_header("There when an earlier request had made it.", statuses=(200, 201))
ID_PARAMETER = id_parameter("payment_id", "pay")

PAYER, PAYEE = "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL", "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"
_TXID = "7d5a" * 16
_DEPOSIT = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"
PAYMENT: dict[str, Any] = {
    "payment_id": "pay_01890a5dac96774bbcceb302099a8057",
    "payer_address": PAYER,
    "payee_address": PAYEE,
    "amount": 100,
    "fee": 0.15,
    "net_amount": 99.85,
    "payment_method": "payment_gateway",
    "priority": "normal",
    "status": "pending",
    "reference_id": "order-17",
    "description": "Two chairs",
    "created_at": "2026-01-31T09:00:00Z",
    "estimated_completion_time": 60,
    "deposit_address": _DEPOSIT,
    "pay_amount": 100,
    "pay_currency": "USDT",
    "expires_at": "2026-01-31T10:00:00Z",
    "payment_uri": f"tron:{_DEPOSIT}?amount=100&token=TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "transaction_id": None,
    "confirmations": None,
    "received_amount": 0,
    "refunded_amount": 0,
    "confirmed_at": None,
    "completed_at": None,
    "error_message": None,
    "legs": [],
}
_COMPLETED = {
    **PAYMENT,
    "status": "completed",
    "transaction_id": _TXID,
    "confirmations": 19,
    "received_amount": 100,
    "confirmed_at": "2026-01-31T09:02:00Z",
    "completed_at": "2026-01-31T09:03:10Z",
    "legs": [
        {
            "kind": "incoming", "id": None, "status": "counted", "amount": 100, "currency": "USDT",
            "address": PAYER, "transaction_id": "51c0" * 16, "block_number": 79183400,
        },
        {
            "kind": "payee", "id": "payout_01890a5dac96774bbcceb302099a8058",
            "status": "confirmed", "amount": 99.85, "currency": "USDT", "address": PAYEE,
            "transaction_id": _TXID, "block_number": 79183420,
        },
    ],
}  # fmt: skip
_ORDER = {
    "payer_address": PAYER, "payee_address": PAYEE, "amount": 100, "reference_id": "order-17",
    "description": "Two chairs",
}  # fmt: skip
CREATE_EXAMPLES = [
    OpenApiExample("to a deposit address", value=_ORDER, request_only=True),
    OpenApiExample(
        "direct",
        value={**_ORDER, "payment_method": "direct_transfer", "priority": "low"},
        request_only=True,
    ),
    OpenApiExample("stored", value=PAYMENT, response_only=True, status_codes=["201", "200"]),
]
PAYMENT_EXAMPLES = [
    OpenApiExample("waits", value=PAYMENT, response_only=True, status_codes=["200"]),
    OpenApiExample("completed", value=_COMPLETED, response_only=True, status_codes=["200"]),
]
BATCH_EXAMPLES = [
    OpenApiExample(
        "two",
        value={"payments": [_ORDER, {**_ORDER, "reference_id": "order-18", "amount": 0}],
               "batch_reference": "orders of Monday"},
        request_only=True,
    ),
    OpenApiExample(
        "one was refused",
        value={
            "batch_id": "batch_01890a5dac96774bbcceb302099a8059",
            "kind": "payment",
            "total_payments": 2,
            "successful": 1,
            "failed": 1,
            "status": "partial_failure",
            "batch_reference": "orders of Monday",
            "created_at": "2026-01-31T09:00:00Z",
            "estimated_completion_time": 180,
            "results": [
                {"index": 0, "payment_id": PAYMENT["payment_id"], "status": "pending",
                 "reference_id": "order-17", "deposit_address": _DEPOSIT, "error": None},
                {"index": 1, "payment_id": None, "status": None, "reference_id": None,
                 "deposit_address": None,
                 "error": {"code": "LUCID_ERR_1001",
                           "message": "Validation failed. Correct the fields named in details and "
                           "send the request again.",
                           "details": {"amount": ["The amount must be from 0.000001 to "
                                                  "1000000000."]}}},
            ],
        },
        response_only=True,
        status_codes=["201"],
    ),
]  # fmt: skip
REFUND_EXAMPLES = [
    OpenApiExample(
        "a part",
        value={"payment_id": PAYMENT["payment_id"], "reason": "user_request", "amount": 12.5},
        request_only=True,
    ),
    OpenApiExample(
        "begun",
        value={
            "refund_id": "refund_01890a5dac96774bbcceb302099a8060",
            "payment_id": PAYMENT["payment_id"],
            "status": "initiated",
            "amount": 12.5,
            "currency": "USDT",
            "reason": "user_request",
            "created_at": "2026-01-31T09:02:10Z",
            "estimated_completion_time": 180,
        },
        response_only=True,
        status_codes=["201"],
    ),
]
