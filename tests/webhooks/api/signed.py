"""Requests as they are sent, made by the standard's own words and none of the platform's code."""

import base64
import hmac
from datetime import datetime
from hashlib import sha256

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_plJ3nmyCDGBKInavdOK15jsl2VbqDqSw"
EVENT_ID = "evt_01890a5dac96774bbcceb302099a8057"
BODY = (
    '{"type":"payout.confirmed","timestamp":"2026-01-31T09:00:00Z","data":{"name":"Zoë"}}'.encode()
)


def signed(
    now: datetime, *, secrets: tuple[str, ...] = (SECRET,), body: bytes = BODY,
    event_id: str = EVENT_ID,
) -> dict[str, str]:  # fmt: skip
    """Return the headers of a request of this moment, signed with these secrets."""
    timestamp = str(int(now.timestamp()))
    content = f"{event_id}.{timestamp}.".encode() + body
    signatures = []
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, content, sha256).digest()
        signatures.append(f"v1,{base64.b64encode(digest).decode()}")
    return {
        "Content-Type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(signatures),
        "X-Webhook-Signature": hmac.new(secrets[0].encode(), body, sha256).hexdigest(),
    }
