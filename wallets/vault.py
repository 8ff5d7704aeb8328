"""The only module that sees a private key.

Keys rest as X25519 sealed boxes (libsodium ``crypto_box_seal``). Whoever has the public half
can seal, and the web side does; only a worker is given the other half and can open.
"""

import base64
import binascii
from dataclasses import dataclass, field

from coincurve import PrivateKey
from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey as BoxKey
from nacl.public import PublicKey as BoxPublicKey
from nacl.public import SealedBox

from tron.address import address_of_public_key

KEY_BYTES = 32


class VaultClosed(RuntimeError):
    """This process was not given the vault's key. Set VAULT_KEY_FILE on workers only."""


class VaultMisconfigured(RuntimeError):
    """VAULT_KEY and VAULT_PUBLIC_KEY must be base64 of 32 bytes, halves of one pair."""


class KeyDoesNotOpen(RuntimeError):
    """The sealed key does not belong to this vault, or to this address."""


class NotAPrivateKey(ValueError):
    """A private key is 64 hex digits, and not zero or beyond the curve's order."""


@dataclass(frozen=True)
class WalletSigner:
    """Signs for one address; the key inside shows in no repr, log or traceback line."""

    address: str
    _key: PrivateKey = field(repr=False)

    def sign(self, digest: bytes) -> bytes:
        """Return the 65-byte recoverable signature of a 32-byte digest."""
        return self._key.sign_recoverable(digest, hasher=None)


def vault_key_pair() -> tuple[str, str]:
    """Return a fresh (VAULT_KEY, VAULT_PUBLIC_KEY), each base64."""
    key = BoxKey.generate()
    return (
        base64.b64encode(bytes(key)).decode(),
        base64.b64encode(bytes(key.public_key)).decode(),
    )


def seal(private_key_hex: str) -> tuple[str, str]:
    """Return (address, sealed key) of an imported private key; the clear key is not kept."""
    return _seal(_private_key(private_key_hex))


def make() -> tuple[str, str]:
    """Return (address, sealed key) of a fresh key; called in the worker.

    It is opened once before anybody learns its address: people would pay into a wallet whose
    key no process can open. Raises ``VaultClosed`` outside a worker.
    """
    address, sealed = _seal(PrivateKey())
    open_key(sealed_key=sealed, address=address)
    return address, sealed


def open_key(*, sealed_key: str, address: str) -> WalletSigner:
    """Return the signer of an address. Raises ``VaultClosed`` outside a worker.

    The key is checked against the address, so a sealed key that was swapped in the database
    signs nothing.
    """
    try:
        raw = SealedBox(_vault_key()).decrypt(base64.b64decode(sealed_key, validate=True))
    except (CryptoError, binascii.Error, ValueError):
        # ``from None``: the cause could carry key material into a traceback.
        raise KeyDoesNotOpen from None
    key = PrivateKey(raw)
    if address_of_public_key(key.public_key) != address:
        raise KeyDoesNotOpen
    return WalletSigner(address, key)


def _seal(key: PrivateKey) -> tuple[str, str]:
    box = SealedBox(_public_key())
    sealed = base64.b64encode(box.encrypt(key.secret)).decode()
    return address_of_public_key(key.public_key), sealed


def _private_key(text: str) -> PrivateKey:
    try:
        raw = bytes.fromhex(text.strip().removeprefix("0x"))
        if len(raw) != KEY_BYTES:
            raise NotAPrivateKey
        return PrivateKey(raw)
    except ValueError:
        raise NotAPrivateKey from None


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
