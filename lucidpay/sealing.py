"""What rests sealed: anybody here can close a box, a worker alone can open it.

Boxes are X25519 sealed boxes (libsodium ``crypto_box_seal``) to the vault's key. The web is given
the public half (VAULT_PUBLIC_KEY), workers the other one too (VAULT_KEY): whoever reads the
database and the web's files learns no secret.
"""

import base64
import binascii

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey as BoxKey
from nacl.public import PublicKey as BoxPublicKey
from nacl.public import SealedBox

KEY_BYTES = 32


class VaultClosed(RuntimeError):
    """This process was not given the vault's key. Set VAULT_KEY_FILE on workers only."""


class VaultMisconfigured(RuntimeError):
    """VAULT_KEY and VAULT_PUBLIC_KEY must be base64 of 32 bytes, halves of one pair."""


class DoesNotOpen(RuntimeError):
    """This box was sealed for another vault, or is none."""


def vault_key_pair() -> tuple[str, str]:
    """Return a fresh (VAULT_KEY, VAULT_PUBLIC_KEY), each base64."""
    key = BoxKey.generate()
    return (
        base64.b64encode(bytes(key)).decode(),
        base64.b64encode(bytes(key.public_key)).decode(),
    )


def seal(secret: bytes) -> str:
    """Return a box, base64, that only a worker can open. Raises ``VaultMisconfigured``.

    A box does not say what is in it: whoever opens it must check that it holds what belongs there.
    """
    return base64.b64encode(SealedBox(_public_key()).encrypt(secret)).decode()


def unseal(sealed: str) -> bytes:
    """Return what is in a box. Raises ``VaultClosed`` outside a worker, and ``DoesNotOpen``."""
    try:
        return bytes(SealedBox(_vault_key()).decrypt(base64.b64decode(sealed, validate=True)))
    except (CryptoError, binascii.Error, ValueError):
        # ``from None``: the cause could carry what is secret into a traceback.
        raise DoesNotOpen from None


def halves_match() -> bool:
    """Return whether the two halves this process was given, if it has both, are of one pair."""
    if not (settings.VAULT_KEY and settings.VAULT_PUBLIC_KEY):
        return True
    key = BoxKey(vault_key_decode(settings.VAULT_KEY))
    return bytes(key.public_key) == vault_key_decode(settings.VAULT_PUBLIC_KEY)


def _vault_key() -> BoxKey:
    if not settings.VAULT_KEY:
        raise VaultClosed
    if not halves_match():
        raise VaultMisconfigured
    return BoxKey(vault_key_decode(settings.VAULT_KEY))


def _public_key() -> BoxPublicKey:
    if settings.VAULT_PUBLIC_KEY:
        return BoxPublicKey(vault_key_decode(settings.VAULT_PUBLIC_KEY))
    if settings.VAULT_KEY:
        return BoxKey(vault_key_decode(settings.VAULT_KEY)).public_key
    raise VaultMisconfigured


def vault_key_decode(text: str) -> bytes:
    """Return the 32 bytes of a vault key's half, or raise ``VaultMisconfigured``."""
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error, or a text that is not ASCII
        raise VaultMisconfigured from None
    if len(raw) != KEY_BYTES:
        raise VaultMisconfigured
    return raw
