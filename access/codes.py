"""Codes of second factors: of an authenticator (RFC 6238), and those kept for its loss.

The secret of an authenticator rests in a box (libsodium ``crypto_secretbox``) whose key is made of
``SECRET_KEY`` and the person it belongs to: a copy of the database yields no code, and a row that
is copied to somebody else does not open. Recovery codes are random enough (80 bits) for a plain
digest.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

SECRET_BYTES = 20
DIGITS = 6
TOLERANCE_STEPS = 1  # of 30 seconds, before and after
RECOVERY_CODES = 10
RECOVERY_BYTES = 10
_PURPOSE = "access.SecondFactor.sealed_secret"


class SecretLost(RuntimeError):
    """This secret was sealed under another SECRET_KEY, or for somebody else."""


@dataclass(frozen=True)
class Opened:
    """The secret of an authenticator. ``is_stale``: sealed under the key before the present."""

    secret: bytes
    is_stale: bool


def secret_new() -> bytes:
    """Return 160 random bits, as RFC 4226 recommends."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_seal(secret: bytes, *, user_id: int) -> str:
    """Return the secret as it may rest, base64."""
    box = SecretBox(_box_key(settings.SECRET_KEY, user_id))
    return base64.b64encode(bytes(box.encrypt(secret))).decode()


def secret_open(sealed: str, *, user_id: int) -> Opened:
    """Return what is in the box of this person. Raises ``SecretLost``."""
    for age, key in enumerate((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)):
        try:
            secret = SecretBox(_box_key(key, user_id)).decrypt(base64.b64decode(sealed))
        except (CryptoError, ValueError):
            continue
        return Opened(bytes(secret), is_stale=age > 0)
    raise SecretLost


def step_of(secret: bytes, code: str, *, now: datetime, after: int) -> int | None:
    """Return the step of 30 seconds whose code this is, if it is later than ``after``.

    The step before and the next count as well: clocks differ.
    """
    totp = TOTP(secret, digits=DIGITS)
    totp.time = now.timestamp()
    if not is_code(code) or not totp.verify(int(code), TOLERANCE_STEPS, min_t=after + 1):
        return None
    return int(totp.t())


def is_code(text: str) -> bool:
    """Return whether it has the form of an authenticator's code."""
    return text.isascii() and text.isdigit() and len(text) == DIGITS


def plain(text: str) -> str:
    """Return a code as it was meant: people type spaces, dashes and capitals."""
    return text.replace(" ", "").replace("-", "").lower()


def recovery_codes_new() -> list[str]:
    """Return fresh recovery codes, as people write them down."""
    texts = [_base32(secrets.token_bytes(RECOVERY_BYTES)).lower() for _ in range(RECOVERY_CODES)]
    return [in_fours(text, "-") for text in texts]


def recovery_digest(code: str) -> str:
    """Return what is stored of a recovery code."""
    return hashlib.sha256(f"{_PURPOSE}:recovery:{plain(code)}".encode()).hexdigest()


def secret_text(secret: bytes) -> str:
    """Return the secret as people type it into an authenticator that cannot see the QR code."""
    return in_fours(_base32(secret), " ")


def secret_uri(secret: bytes, *, user_name: str) -> str:
    """Return what the QR code holds; the name tells networks apart in the authenticator."""
    network = settings.TRON_NETWORK
    issuer = "LucidPay" if network == "mainnet" else f"LucidPay {network}"
    asked = urlencode({"secret": _base32(secret), "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{user_name}')}?{asked}"


def in_fours(text: str, between: str) -> str:
    """Return a text in groups of four."""
    return between.join(text[at : at + 4] for at in range(0, len(text), 4))


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def _box_key(secret_key: str, user_id: int) -> bytes:
    made = salted_hmac(_PURPOSE, str(user_id), secret=secret_key, algorithm="sha256")
    return made.digest()
