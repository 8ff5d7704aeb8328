"""What rests sealed: anybody here can close a box, a worker alone can open it.

Boxes are X25519 sealed boxes (libsodium ``crypto_box_seal``) to the key of a vault. The web is
given the public half (``VAULT_PUBLIC_KEY``), workers the other one too (``VAULT_KEY``): whoever
reads the database and the web's files learns no secret. Webhooks may have a vault of their own, so
that who talks to strangers need not hold the key that opens wallets.
"""

import base64
import binascii

from django.conf import settings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey as BoxKey
from nacl.public import PublicKey as BoxPublicKey
from nacl.public import SealedBox

KEY_BYTES = 32
VAULT, WEBHOOK_VAULT = "VAULT", "WEBHOOK_VAULT"  # as their settings begin
VAULTS = (VAULT, WEBHOOK_VAULT)


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


def seal(secret: bytes, *, vault: str = VAULT) -> str:
    """Return a box, base64, that only a worker can open. Raises ``VaultMisconfigured``.

    A box does not say what is in it: whoever opens it must check that it holds what belongs there.
    """
    return base64.b64encode(SealedBox(_public_key(vault)).encrypt(secret)).decode()


def unseal(sealed: str, *, vault: str = VAULT) -> bytes:
    """Return what is in a box. Raises ``VaultClosed`` outside a worker, and ``DoesNotOpen``.

    While the vault's key is replaced, what the one before has sealed opens as well.
    """
    key, previous = _vault_key(vault), _previous_key(vault)
    try:
        return _opened(sealed, key)
    except DoesNotOpen:
        if previous is None:
            raise
    return _opened(sealed, previous)


def sealed_anew(sealed: str, *, vault: str = VAULT) -> str | None:
    """Return the same in a box of the vault's present key; ``None`` for what is in one already.

    Raises as ``unseal``. Whose secret it is does not matter here, and is not looked at.
    """
    try:
        _opened(sealed, _vault_key(vault))
    except DoesNotOpen:
        return seal(unseal(sealed, vault=vault), vault=vault)
    return None


def _opened(sealed: str, key: BoxKey) -> bytes:
    try:
        return bytes(SealedBox(key).decrypt(base64.b64decode(sealed, validate=True)))
    except (CryptoError, binascii.Error, ValueError):
        # ``from None``: the cause could carry what is secret into a traceback.
        raise DoesNotOpen from None


class Mailbox:
    """A key pair that lives in the memory of one process, so that it alone can read the answer.

    A worker seals for ``address`` what this process asked for. Nothing of it is ever stored: when
    the process dies, nobody can open what was sealed for it.
    """

    def __init__(self) -> None:
        self._key = BoxKey.generate()

    @property
    def address(self) -> str:
        """Return the public half, base64."""
        return base64.b64encode(bytes(self._key.public_key)).decode()

    def open(self, sealed: str) -> bytes:
        """Return what was sealed for this mailbox. Raises ``DoesNotOpen``."""
        return _opened(sealed, self._key)


def seal_for(address: str, secret: bytes) -> str:
    """Return a box, base64, that only the process of this mailbox can open."""
    public_key = BoxPublicKey(vault_key_decode(address))
    return base64.b64encode(SealedBox(public_key).encrypt(secret)).decode()


def key_of(vault: str) -> str:
    """Return the half that opens, empty where it was not given."""
    return str(getattr(settings, f"{vault}_KEY"))


def previous_key_of(vault: str) -> str:
    """Return the half that opened until it was replaced, empty where there is none."""
    return str(getattr(settings, f"{vault}_KEY_PREVIOUS"))


def public_key_of(vault: str) -> str:
    """Return the half that seals, empty where it was not given."""
    return str(getattr(settings, f"{vault}_PUBLIC_KEY"))


def halves_match(vault: str = VAULT) -> bool:
    """Return whether the two halves this process was given, if it has both, are of one pair."""
    if not (key_of(vault) and public_key_of(vault)):
        return True
    key = BoxKey(vault_key_decode(key_of(vault)))
    return bytes(key.public_key) == vault_key_decode(public_key_of(vault))


def _vault_key(vault: str) -> BoxKey:
    if not key_of(vault):
        raise VaultClosed
    if not halves_match(vault):
        raise VaultMisconfigured
    return BoxKey(vault_key_decode(key_of(vault)))


def _previous_key(vault: str) -> BoxKey | None:
    text = previous_key_of(vault)
    return BoxKey(vault_key_decode(text)) if text else None


def _public_key(vault: str) -> BoxPublicKey:
    if public_key_of(vault):
        return BoxPublicKey(vault_key_decode(public_key_of(vault)))
    if key_of(vault):
        return BoxKey(vault_key_decode(key_of(vault))).public_key
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
