"""What the OpenAPI document says of the whole API, and how its pages are served."""

from typing import Any

DESCRIPTION = """\
Pay people in USDT on TRON: never twice, never lost, and provably so.

**Start here.** Send `Authorization: Bearer <token>` with an API key or a JWT. Create a payout
with an `Idempotency-Key`; whatever happens to the answer, send the same request again until you
have one. Then read the payout until its `status` is `confirmed`, `failed` or `cancelled`: these
are final. `confirmed` means that a solid block holds exactly this transfer.

**Paths** answer with and without a trailing slash; `payouts…` also under `/api/v1/`. Any other
method answers 405 with `Allow`, any other path 404.

**Money** is a JSON number or a decimal string on its way in and a JSON number with at most 6
decimals on its way out, exact digit for digit: parse it as a decimal, not as a binary float.
Amounts you ask for have at most 2 decimals.

**Times** are ISO 8601 in UTC with `Z`.

**Errors** have one shape, and `error.code` is stable. Correct what `error.details` names after a
400; ask for other credentials after 401, for a scope after 403; wait `Retry-After` seconds after
429; send the same request again after 500. What is unknown, in a query or in a body, is an error
too: a mistyped name must not pass silently.

**Repeating.** The same `Idempotency-Key` and body replay the stored answer with
`Idempotent-Replayed: true`. The same key with another body is 422; while the first request still
runs it is 409. Keys are yours alone. `reference_id` is unique among your payouts; without a key it
acts as one.

**Limits** are per user and endpoint and minute; `X-RateLimit-*` tell where you stand.

**Webhooks** tell you what happens; docs/webhooks.md says how to verify and what to expect.

**Lists** are newest first. Page with `offset` up to 10 000, or with `cursor=<next_cursor>` to any
depth at constant cost.
"""
TAGS = [
    {"name": "payouts", "description": "Ask for payouts, follow them, take them back."},
    {"name": "usdt", "description": "See and move USDT, allow it, and what that costs."},
    {"name": "kyc", "description": "Whose identity was checked."},
    {"name": "trusted-recipients", "description": "Who may be paid directly."},
    {"name": "webhooks", "description": "Be told of what happens, or ask."},
    {"name": "payments", "description": "Take payments, follow them, give them back."},
    {"name": "reports", "description": "Payments of a period, as a file for the accounts."},
    {"name": "stats", "description": "What was paid, in numbers."},
    {"name": "health", "description": "Whether payouts can be accepted."},
    {"name": "auth", "description": "Tokens for people and their programs."},
    {"name": "kill-switch", "description": "Stop all signing and sending."},
    {"name": "network", "description": "See how the chain is, and what it holds."},
    {"name": "operations", "description": "What wallets do beside paying, and how it stands."},
    {
        "name": "wallets",
        "description": "Make, import, back up and watch wallets; sign for those of people.",
    },
    {"name": "staking", "description": "Stake TRX, so that payouts burn none."},
    {"name": "service", "description": "For operators and probes: how each part does."},
]
OPENAPI: dict[str, Any] = {
    "TITLE": "LucidPay",
    "DESCRIPTION": DESCRIPTION,
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "OAS_VERSION": "3.1.1",
    "SERVERS": [{"url": "/", "description": "This instance."}],
    "TAGS": TAGS,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "WEBHOOKS": "webhooks.api.told.EVENTS",
    "PREPROCESSING_HOOKS": ["lucidpay.api.openapi.documented_endpoints"],
    # Not drf-spectacular's own hook, which gives every list of choices a name of its own and
    # another one as soon as two fields share theirs.
    "POSTPROCESSING_HOOKS": ["lucidpay.api.openapi.finished"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/(api/(payment|auth|v1/payments)|tron)",
    # Names that say no more than the values.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}
