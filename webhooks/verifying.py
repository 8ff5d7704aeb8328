"""Checking what arrives, as receivers should: for ``manage.py webhook_listen``."""

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256

from webhooks.secrets import PREFIX
from webhooks.signing import simple_signature

TOLERANCE_S = 300


class NotVerified(ValueError):
    """A request that is not trusted; the text says why."""


def verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    """Check both signatures and the time of a request. Raises ``NotVerified``.

    ``secret`` as it was shown, ``whsec_…``; ``headers`` by any case of their names; ``body`` the
    very bytes that came. The simple signature need not be there, but must be right when it is.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    event_id, timestamp, signatures = (
        _given(by_name, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    _refuse_old(timestamp, now)
    content = f"{event_id}.{timestamp}.".encode(errors="surrogatepass") + body
    digest = hmac.new(_key(secret), content, sha256).digest()
    right = f"v1,{base64.b64encode(digest).decode()}"
    # While a secret is replaced there are several, of which one is ours.
    if not any(_same(right, one) for one in signatures.split(" ")):
        raise NotVerified("no signature in webhook-signature is of this secret and this body")
    simple = by_name.get("x-webhook-signature")
    if simple is not None and not _same(simple_signature(secret, body), simple):
        raise NotVerified("X-Webhook-Signature is not of this secret and this body")


def _given(headers: Mapping[str, str], name: str) -> str:
    if not headers.get(name):
        raise NotVerified(f"{name} is missing")
    return headers[name]


def _refuse_old(timestamp: str, now: datetime) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 12):
        raise NotVerified("webhook-timestamp is no time in epoch seconds")
    apart_s = abs(now.timestamp() - int(timestamp))
    if apart_s > TOLERANCE_S:
        raise NotVerified(f"webhook-timestamp is {apart_s:.0f} s from now, over {TOLERANCE_S} s")


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except ValueError:  # of binascii, and for what is not ASCII
        raise NotVerified("the secret is not whsec_ and base64") from None


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode(errors="surrogatepass"))
