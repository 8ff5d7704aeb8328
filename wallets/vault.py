"""The only module that sees a private key.

Keys rest in sealed boxes (``lucidpay/sealing.py``). Whoever has the vault's public half can seal,
and the web side does; only a worker is given the other half and can open.
"""

from dataclasses import dataclass, field

from coincurve import PrivateKey

from lucidpay import sealing
from lucidpay.sealing import KEY_BYTES, DoesNotOpen
from tron.address import address_of_public_key


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
        raw = sealing.unseal(sealed_key)
    except DoesNotOpen:
        raise KeyDoesNotOpen from None
    if len(raw) != KEY_BYTES:  # a box of something else
        raise KeyDoesNotOpen
    key = PrivateKey(raw)
    if address_of_public_key(key.public_key) != address:
        raise KeyDoesNotOpen
    return WalletSigner(address, key)


def _seal(key: PrivateKey) -> tuple[str, str]:
    return address_of_public_key(key.public_key), sealing.seal(key.secret)


def _private_key(text: str) -> PrivateKey:
    try:
        raw = bytes.fromhex(text.strip().removeprefix("0x"))
        if len(raw) != KEY_BYTES:
            raise NotAPrivateKey
        return PrivateKey(raw)
    except ValueError:
        raise NotAPrivateKey from None
