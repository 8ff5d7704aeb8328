"""What is sent to webhooks, for the API's document (``webhooks`` of OpenAPI 3.1)."""

from typing import Any

from drf_spectacular.utils import OpenApiWebhook

from lucidpay.api.schema import id_pattern
from webhooks.kinds import BATCH_KINDS, KINDS, PAYOUT_KINDS, TEST

# Components of the document, whatever layer they are made in.
_PAYOUT = {"$ref": "#/components/schemas/PayoutOut"}
_BATCH = {
    "allOf": [
        {"$ref": "#/components/schemas/BatchOut"},
        {
            "type": "object",
            "required": ["kind"],
            "properties": {"kind": {"type": "string", "description": "Of payouts, or others."}},
        },
    ]
}
_DATA: dict[str, Any] = {
    **dict.fromkeys(PAYOUT_KINDS, _PAYOUT),
    **dict.fromkeys(BATCH_KINDS, _BATCH),
    TEST: {
        "type": "object",
        "required": ["webhook_id", "message"],
        "properties": {
            "webhook_id": {"type": "string", "pattern": id_pattern("webhook")},
            "message": {"type": "string"},
        },
    },
}


def _header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": True,
        "description": description,
        "schema": {"type": "string", **schema},
    }


_HEADERS = [
    _header(
        "webhook-id",
        "The event's id, the same in every attempt: know by it what came twice.",
        {"pattern": id_pattern("evt")},
    ),
    _header("webhook-timestamp", "When it was sent, in epoch seconds.", {"pattern": "^[0-9]+$"}),
    _header(
        "webhook-signature",
        "`v1,` and the base64 HMAC-SHA256 of id, timestamp and body, joined by dots; several with "
        "blanks between them while the secret is replaced.",
        {"pattern": "^v1,[A-Za-z0-9+/=]+( v1,[A-Za-z0-9+/=]+)*$"},
    ),
    _header(
        "X-Webhook-Signature",
        "Hex HMAC-SHA256 of the body, keyed with the secret's text.",
        {"pattern": "^[0-9a-f]{64}$"},
    ),
]


def _operation(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    body = {
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": {"type": "string", "const": kind},
            "timestamp": {"type": "string", "format": "date-time"},
            "data": data,
        },
    }
    return {
        "operationId": f"told_{kind.replace('.', '_')}",
        "summary": f"Told of {kind}",
        "tags": ["webhooks"],
        "parameters": _HEADERS,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "2XX": {"description": "Taken; it is not sent again."},
            "410": {"description": "Gone: nothing is sent there any more."},
            "default": {"description": "Not taken; tried again, after `Retry-After` if given."},
        },
    }


# Of the promised types, those that something tells already.
EVENTS = [
    OpenApiWebhook(kind, {"post": _operation(kind, _DATA[kind])})
    for kind in (*KINDS, TEST)
    if kind in _DATA
]
