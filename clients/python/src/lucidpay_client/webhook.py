"""Webhooks: is this from the platform? Standard Webhooks 1.0.0."""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence

from lucidpay_client.answers import Event
from lucidpay_client.errors import WebhookRefused
from lucidpay_client.exact import loads
from lucidpay_client.reading import Unreadable, read

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
SIMPLE_SIGNATURE = "x-webhook-signature"
TOLERANCE_S = 300
_PREFIX = "whsec_"


def verify_webhook(
    body: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    tolerance_s: float = TOLERANCE_S,
    *,
    now_s: float | None = None,
) -> Event:
    """Return the event of a webhook that is from the platform; its ``event_id`` is ``webhook-id``.

    ``body`` is the bytes that came, before any parser saw them; ``headers`` in any case;
    ``secrets`` one or several ``whsec_…``, of which one must fit: while you change to a new one,
    name both. ``now_s`` is the time since the epoch, this machine's unless given.

    Raises ``WebhookRefused`` when it must not be believed: no signature fits, or it is more than
    ``tolerance_s`` older or newer than now. Raises ``ValueError`` for a secret that is none and
    ``TypeError`` for a body that is text. Events can come twice: keep the ids that you have done.
    """
    if not isinstance(body, bytes | bytearray | memoryview):
        raise TypeError("body is the bytes that came: text has been through a parser.")
    body = bytes(body)
    keys = [_key_of(one) for one in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise ValueError("Give the secret that the webhook was registered with.")
    found = {name.lower(): value for name, value in headers.items()}
    event_id, timestamp = found.get(ID, ""), found.get(TIMESTAMP, "")
    _check_time(timestamp, tolerance_s, time.time() if now_s is None else now_s)
    given = found.get(SIGNATURE, "").encode("utf-8", "surrogateescape").split(b" ")
    rights = [_signature(key, event_id, timestamp, body) for key in keys]
    # All are compared, whichever fits: how long it takes tells nothing.
    fits = [hmac.compare_digest(right, one) for right in rights for one in given]
    if not any(fits):
        raise WebhookRefused("No signature fits the body, its id and its time.")
    return _event(body, event_id)


def webhook_headers(body: bytes, event_id: str, secret: str, *, now_s: int) -> dict[str, str]:
    """Return the headers with which the platform would send this body now, for tests of receivers.

    ``now_s`` is the time since the epoch. Raises ``ValueError`` for a secret that is none.
    """
    signature = _signature(_key_of(secret), event_id, str(now_s), body)
    return {
        "Content-Type": "application/json",
        ID: event_id,
        TIMESTAMP: str(now_s),
        SIGNATURE: signature.decode(),
        SIMPLE_SIGNATURE: hmac.digest(secret.encode(), body, hashlib.sha256).hex(),
    }


def _check_time(timestamp: str, tolerance_s: float, now_s: float) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 15):
        raise WebhookRefused("It has no webhook-timestamp.")
    if abs(now_s - int(timestamp)) > tolerance_s:
        raise WebhookRefused(f"Its time is more than {tolerance_s:g} s from now: a recording?")


def _signature(key: bytes, event_id: str, timestamp: str, body: bytes) -> bytes:
    signed = b".".join((event_id.encode("utf-8", "surrogateescape"), timestamp.encode(), body))
    return b"v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256))


def _key_of(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:  # with an empty key, anybody could sign
        raise ValueError("A webhook's secret is whsec_ and base64, as it was shown.")
    return key


def _event(body: bytes, event_id: str) -> Event:
    try:
        told = loads(body)
        return read(Event, {**told, "event_id": event_id})
    except (ValueError, TypeError, Unreadable) as error:
        raise WebhookRefused("It is signed, and is no event.") from error
