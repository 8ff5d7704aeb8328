"""What is sent to webhooks, for the API's document (``webhooks`` of OpenAPI 3.1)."""

from typing import Any

from drf_spectacular.utils import OpenApiWebhook

from lucidpay.api.schema import id_pattern
from webhooks.kinds import BATCH_KINDS, KINDS, PAYMENT_KINDS, PAYOUT_KINDS, TEST

# Components of the document, whatever layer they are made in.
_PAYOUT = {"$ref": "#/components/schemas/PayoutOut"}
_PAYMENT = {"$ref": "#/components/schemas/PaymentOut"}
_BATCH = {
    "oneOf": [
        {
            "allOf": [
                {"$ref": "#/components/schemas/BatchOut"},
                {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"type": "string", "const": "payout"}},
                },
            ]
        },
        {
            "type": "object",
            "description": "A batch of payments.",
            "required": ["kind", "batch_id", "status"],
            "properties": {
                "kind": {"type": "string", "const": "payment"},
                "batch_id": {"type": "string", "pattern": id_pattern("batch")},
                "total_payments": {"type": "integer"},
                "successful": {"type": "integer"},
                "failed": {"type": "integer"},
                "status": {
                    "type": "string",
                    "enum": ["processing", "partial_failure", "completed"],
                },
                "batch_reference": {"type": ["string", "null"]},
                "created_at": {"type": "string", "format": "date-time"},
            },
        },
    ]
}
_TEXT = {"type": "string"}
_SETTLEMENT = {
    "type": "object",
    "required": ["settlement_id", "status", "amount"],
    "properties": {
        "settlement_id": {"type": "string", "pattern": id_pattern("settlement")},
        "status": {
            "type": "string", "enum": ["initiated", "processing", "completed", "failed"]
        },
        "amount": {"type": "number", "description": "USDT, at most 6 decimals."},
        "payments": {"type": "integer", "description": "Whose fees these are."},
        "recipient_address": _TEXT,
        "covers_from": {"type": "string", "format": "date-time"},
        "covers_until": {"type": "string", "format": "date-time"},
        "payout_id": {"type": ["string", "null"]},
        "transaction_id": {"type": ["string", "null"]},
        "created_at": {"type": "string", "format": "date-time"},
        "completed_at": {"type": ["string", "null"], "format": "date-time"},
    },
}  # fmt: skip
_DATA: dict[str, Any] = {
    **dict.fromkeys(PAYOUT_KINDS, _PAYOUT),
    **dict.fromkeys(BATCH_KINDS, _BATCH),
    **{one: _PAYMENT if one.startswith("payment.") else _SETTLEMENT for one in PAYMENT_KINDS},
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


EVENTS = [OpenApiWebhook(kind, {"post": _operation(kind, _DATA[kind])}) for kind in (*KINDS, TEST)]
