"""Secrets of endpoints: made here, shown once, and opened by a worker only.

A box (``lucidpay/sealing.py``) also holds what it is for and whose it is. So a box that was copied
to another row, or a wallet's key that was put in its place, signs nothing.
"""

import base64
import json
import secrets
from functools import lru_cache
from uuid import UUID

from lucidpay.sealing import (
    VAULT,
    WEBHOOK_VAULT,
    DoesNotOpen,
    key_of,
    public_key_of,
    seal,
    unseal,
)

PREFIX = "whsec_"
SECRET_BYTES = 32  # Standard Webhooks 1.0.0 asks for 24 to 64
_SECRET, _HEADERS = b"lucidpay webhook secret ", b"lucidpay webhook headers "
BOXES_KEPT = 1000


def vault() -> str:
    """Return the vault that holds secrets of webhooks: their own, where one was given."""
    has_own = key_of(WEBHOOK_VAULT) or public_key_of(WEBHOOK_VAULT)
    return WEBHOOK_VAULT if has_own else VAULT


def secret_make() -> str:
    """Return a fresh secret as it is shown: ``whsec_`` and base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_seal(secret: str, endpoint_id: UUID) -> str:
    """Return the box of a secret. Raises ``VaultMisconfigured`` where no vault key was given."""
    return seal(_SECRET + endpoint_id.bytes + secret.encode(), vault=vault())


def secret_open(sealed: str, endpoint_id: UUID) -> str:
    """Return the secret in a box. Raises ``VaultClosed`` outside a worker, and ``DoesNotOpen``."""
    return _open(sealed, _SECRET + endpoint_id.bytes, vault())


def headers_seal(headers: dict[str, str], endpoint_id: UUID) -> str:
    """Return the box of the headers an owner wants to be sent; empty for none."""
    if not headers:
        return ""
    return seal(_HEADERS + endpoint_id.bytes + json.dumps(headers).encode(), vault=vault())


def headers_open(sealed: str, endpoint_id: UUID) -> dict[str, str]:
    """Return the headers in a box; none for none. Raises as ``secret_open``."""
    if not sealed:
        return {}
    return dict(json.loads(_open(sealed, _HEADERS + endpoint_id.bytes, vault())))


# Of a worker: opening one takes as long as a hundred signatures.
@lru_cache(maxsize=BOXES_KEPT)
def _open(sealed: str, begins: bytes, vault: str) -> str:
    inside = unseal(sealed, vault=vault)
    if not inside.startswith(begins):
        raise DoesNotOpen
    return inside.removeprefix(begins).decode()
