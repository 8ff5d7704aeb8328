"""Signatures of what is sent: Standard Webhooks 1.0.0, and a simple one beside it."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

from webhooks.secrets import PREFIX

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SIMPLE_SIGNATURE = "X-Webhook-Signature"


def signed_headers(
    *, event_id: str, timestamp_s: int, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """Return the headers that prove where a body comes from.

    ``secrets`` are those that sign, as they are shown (``whsec_…``), the present one first: each
    has its signature in ``webhook-signature``, so receivers may change theirs in their own time.
    The simple header has room for one.
    """
    return {
        ID: event_id,
        TIMESTAMP: str(timestamp_s),
        SIGNATURE: " ".join(_standard(one, event_id, timestamp_s, body) for one in secrets),
        SIMPLE_SIGNATURE: simple_signature(secrets[0], body),
    }


def _standard(secret: str, event_id: str, timestamp_s: int, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    content = b".".join((event_id.encode(), str(timestamp_s).encode(), body))
    digest = hmac.digest(key, content, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


def simple_signature(secret: str, body: bytes) -> str:
    """Return the lower-case hex HMAC-SHA256 of a body, keyed with the secret's text as shown."""
    return hmac.digest(secret.encode(), body, hashlib.sha256).hex()
