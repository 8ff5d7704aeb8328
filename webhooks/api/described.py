"""Headers, ids and examples of webhooks, for the API's documentation."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from lucidpay.api.pagination import PAGINATION_EXAMPLE
from lucidpay.api.schema import id_parameter, location_header, no_store_header
from webhooks.representation import MASK

ENDPOINT_ID_PARAMETER = id_parameter("webhook_id", "webhook")
DELIVERY_ID_PARAMETER = id_parameter("delivery_id", "delivery")
LOCATION_HEADER = location_header("Where the webhook can be read.", statuses=(201,))
NO_STORE_HEADER = no_store_header(
    "The secret in this answer is for nobody's cache.", statuses=(200, 201)
)

_ENDPOINT_ID = "webhook_01890a5dac96774bbcceb302099a8057"
_URL = "https://shop.example/hooks/lucidpay"
_TIME = "2026-01-31T09:00:00.000000Z"
_SECRET = "whsec_bHVjaWRwYXkgZXhhbXBsZSBvbmx5IQ=="  # noqa: S105 (of nothing)
_ENDPOINT: dict[str, Any] = {
    "webhook_id": _ENDPOINT_ID,
    "url": _URL,
    "events": ["payout.confirmed", "payout.failed"],
    "headers": {"X-Shop": MASK},
    "active": True,
    "disabled_at": None,
    "disabled_reason": None,
    "failures": 0,
    "failing_since": None,
    "paused_until": None,
    "previous_secret_valid_until": None,
    "created_at": _TIME,
    "updated_at": _TIME,
}
_ATTEMPT: dict[str, Any] = {
    "number": 1,
    "at": _TIME,
    "duration_ms": 84,
    "outcome": "refused",
    "status_code": 503,
    "error": "HTTP 503",
    "request": {
        "url": _URL,
        "headers": {"webhook-id": "evt_01890a5dac96774bbcceb302099a8057", "X-Shop": MASK},
    },
    "response": {"headers": {"retry-after": "60"}, "body": "closed for maintenance"},
}
_DELIVERY: dict[str, Any] = {
    "delivery_id": "delivery_01890a5dac96774bbcceb302099a8058",
    "webhook_id": _ENDPOINT_ID,
    "event_id": "evt_01890a5dac96774bbcceb302099a8057",
    "event_type": "payout.confirmed",
    "status": "pending",
    "attempts": 1,
    "next_attempt_at": "2026-01-31T09:01:00.000000Z",
    "created_at": _TIME,
    "completed_at": None,
    "last_attempt": _ATTEMPT,
}
_BODY = '{"type":"payout.confirmed","timestamp":"2026-01-31T09:00:00Z","data":{"amount_usdt":12.5}}'


def _answer(name: str, value: Any, status: str) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _asked(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


ENDPOINT_EXAMPLE = _answer("webhook", _ENDPOINT, "200")
ENDPOINTS_EXAMPLE = _answer(
    "page", {"webhooks": [_ENDPOINT], "pagination": PAGINATION_EXAMPLE, "filters": {}}, "200"
)
REGISTER_EXAMPLES = [
    _asked(
        "register",
        {
            "url": _URL,
            "events": ["payout.confirmed", "payout.failed"],
            "headers": {"X-Shop": "north"},
        },
    ),
    _answer("registered", {**_ENDPOINT, "secret": _SECRET}, "201"),
]
CHANGE_EXAMPLE = _asked("activate", {"active": True})
ROTATE_EXAMPLES = [_asked("overlap of an hour", {"overlap_seconds": 3600})]
SECRET_EXAMPLE = _answer(
    "rotated",
    {
        **_ENDPOINT,
        "previous_secret_valid_until": "2026-01-31T10:00:00.000000Z",
        "secret": _SECRET,
    },
    "200",
)
DELIVERY_EXAMPLES = [_asked("nothing to say", {}), _answer("delivery", _DELIVERY, "202")]
DELIVERY_TOLD_EXAMPLE = _answer(
    "delivery", {**_DELIVERY, "attempts_log": [_ATTEMPT], "request_body": _BODY}, "200"
)
DELIVERIES_EXAMPLE = _answer(
    "page",
    {"deliveries": [_DELIVERY], "pagination": PAGINATION_EXAMPLE, "filters": {"status": "pending"}},
    "200",
)
SINCE_EXAMPLES = [
    _asked("since", {"since": "2026-01-31T08:00:00Z"}),
    _answer("due again", {"redelivered": 42, "more": False, "next_after": None}, "202"),
]
STREAM_EXAMPLE = _answer(
    "stream",
    {
        "events": [
            {
                "event_id": "evt_01890a5dac96774bbcceb302099a8057",
                "sequence": 4712,
                "type": "payout.confirmed",
                "timestamp": _TIME,
                "data": {"payout_id": "payout_01890a5dac96774bbcceb302099a8057",
                         "status": "confirmed", "amount_usdt": 12.5},
            }
        ],
        "next_after": 4712,
        "has_more": False,
        "oldest_sequence": None,
    },
    "200",
)  # fmt: skip
HINT_EXAMPLES = [
    _asked(
        "seen",
        {
            "payout_id": "payout_01890a5dac96774bbcceb302099a8057",
            "status": "confirmed",
            "transaction_hash": "7d5a" * 16,
        },
    ),
    _answer("heard", {"status": "success"}, "200"),
]
