"""Headers, ids and examples of payouts, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from access.api.idempotent import key_parameter, replayed_header
from access.idempotency import KeyInUse, KeyReused
from lucidpay.api.pagination import PAGINATION_EXAMPLE
from lucidpay.api.schema import id_parameter, location_header
from payouts.api.serializers import InvalidRecipient
from payouts.policy.refusals import BreakerOpen, LimitExceeded
from payouts.services.request import InsufficientBalance, InvalidRouter, ReferenceTaken

# Of one payout and of a batch.
CREATE_REFUSALS = (
    InvalidRecipient,
    InvalidRouter,
    LimitExceeded,
    BreakerOpen,
    ReferenceTaken,
    KeyInUse,
    KeyReused,
    InsufficientBalance,
)
KEY_PARAMETER = key_parameter("payout", "paying")
LOCATION_HEADER = location_header(
    "Where the payout can be read. A dry run has none.", statuses=(200, 201)
)
REPLAYED_HEADER = replayed_header(
    "There when an earlier request had made this payout.", statuses=(200, 201)
)
ID_PARAMETER = id_parameter("payout_id", "payout")

_TXID = "7d5a" * 16
_PENDING: dict[str, Any] = {
    "payout_id": "payout_01890a5dac96774bbcceb302099a8057",
    "status": "pending",
    "recipient_address": "TNPeeaaFB7K9cmo4uQpcU32zGK8G1NYqeL",
    "amount_usdt": 12.5,
    "reason": "salary of January",
    "reference_id": "2026-01/4711",
    "metadata": None,
    "router_type": "PayoutRouterV0",
    "priority": "NORMAL",
    "batch_type": "IMMEDIATE",
    "batch_id": None,
    "session_id": None,
    "node_id": None,
    "custom_data": None,
    "retry_of": None,
    "txid": None,
    "transaction_hash": None,
    "confirmations": None,
    "block_number": None,
    "block_timestamp": None,
    "fee_trx": None,
    "energy_used": None,
    "error_code": None,
    "error_message": None,
    "review": "not_required",
    "estimated_completion": "2026-01-31T09:01:00.000000Z",
    "estimated_confirmation": "2026-01-31T09:03:00.000000Z",
    "created_at": "2026-01-31T09:00:00.000000Z",
    "updated_at": "2026-01-31T09:00:00.000000Z",
    "confirmed_at": None,
    "request_id": "6f1d0c6f6c0b4a0f9f5c",
}
_CONFIRMED = _PENDING | {
    "status": "confirmed",
    "txid": _TXID,
    "transaction_hash": _TXID,
    "confirmations": 19,
    "block_number": 61000020,
    "block_timestamp": "2026-01-31T09:00:06Z",
    "fee_trx": 6.4285,
    "energy_used": 64285,
    "updated_at": "2026-01-31T09:01:05.000000Z",
    "confirmed_at": "2026-01-31T09:01:05.000000Z",
}
_CANCELLED = _PENDING | {"status": "cancelled", "updated_at": "2026-01-31T09:00:09.000000Z"}


def answered(name: str, body: dict[str, Any], *statuses: str) -> OpenApiExample:
    """Return an example of a body that is answered with these statuses."""
    return OpenApiExample(name, value=body, response_only=True, status_codes=list(statuses))


def asked(name: str, body: dict[str, Any]) -> OpenApiExample:
    """Return an example of a body that is sent."""
    return OpenApiExample(name, value=body, request_only=True)


CREATE_EXAMPLES = [
    asked(
        "long form",
        {
            "recipient_address": _PENDING["recipient_address"],
            "amount_usdt": 12.5,
            "reason": "salary of January",
            "router_type": "PayoutRouterV0",
            "priority": "HIGH",
        },
    ),
    asked(
        "short form",
        {
            "recipient_address": _PENDING["recipient_address"],
            "amount_usdt": "12.50",
            "reference_id": "2026-01/4711",
            "metadata": {"team": "north"},
        },
    ),
    answered("accepted", _PENDING, "201"),
    answered("made already", _CONFIRMED, "200"),
]


def routed_examples(router: str) -> list[OpenApiExample]:
    """Return the examples of a call whose path names the router."""
    sent = {
        "recipient_address": _PENDING["recipient_address"],
        "amount_usdt": 12.5,
        "reason": "salary of January",
    }
    made = {"router_type": router, "reference_id": None}
    return [
        asked("with a reason", sent),
        answered("accepted", {**_PENDING, **made}, "201"),
        answered("made already", {**_CONFIRMED, **made}, "200"),
    ]


TRANSFER_EXAMPLES = [
    asked(
        "with a memo",
        {
            "from_wallet_id": "wallet_01890a5dac96774bbcceb302099a8057",
            "to_address": _PENDING["recipient_address"],
            "amount": "12.5",
            "memo": "invoice 4711",
        },
    ),
    answered(
        "accepted",
        {**_PENDING, "router_type": "PayoutRouterDirect", "reason": None, "reference_id": None},
        "201",
    ),
]
PAYOUT_EXAMPLES = [answered("pending", _PENDING, "200"), answered("confirmed", _CONFIRMED, "200")]
CANCEL_EXAMPLES = [
    asked("with a reason", {"reason": "typed the wrong address"}),
    answered("cancelled", _CANCELLED, "200"),
]
LIST_EXAMPLE = answered(
    "filtered",
    {
        "payouts": [_CONFIRMED],
        "pagination": PAGINATION_EXAMPLE,
        "filters": {"status": "confirmed"},
    },
    "200",
)
