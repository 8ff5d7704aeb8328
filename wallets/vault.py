"""The only module that sees a private key, with ``hd.py`` and ``keystore.py``, its two tools.

Keys rest in sealed boxes (``lucidpay/sealing.py``). Whoever has the vault's public half can seal,
and the web side does; only a worker is given the other half and can open. Of words and of
keystores the key alone is kept: it is what a backup holds, and the words would open accounts that
nobody has asked us to keep.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from coincurve import PrivateKey

from lucidpay import sealing
from lucidpay.sealing import KEY_BYTES, DoesNotOpen
from tron.address import address_of_public_key, address_parse
from wallets import hd, keystore
from wallets.hd import PATH_DEFAULT as PATH_DEFAULT
from wallets.hd import WORDS as WORDS
from wallets.hd import NotAPath as NotAPath
from wallets.hd import NotWords as NotWords
from wallets.hd import child_addresses as child_addresses
from wallets.keystore import OPENING_MAX as OPENING_MAX
from wallets.keystore import KeystoreMalformed as KeystoreMalformed
from wallets.keystore import KeystoreTooCostly as KeystoreTooCostly
from wallets.keystore import TooManyAtOnce as TooManyAtOnce
from wallets.keystore import WrongPassword as WrongPassword

# What else is in boxes says what it is and whose: a box of something else opens nothing.
_WORDS, _PASSWORD = b"lucidpay wallet words ", b"lucidpay backup password "
_SEED = b"lucidpay deposit seed "
SEED_WORDS = 24


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


def path_check(path: str) -> None:
    """Raise ``NotAPath`` for what is no path of TRON's."""
    hd.place_parse(path)


def seal_words(words: str, path: str = PATH_DEFAULT) -> tuple[str, str]:
    """Return (address, sealed key) at a path of these words, or raise ``NotWords``, ``NotAPath``.

    Neither the words nor their seed are kept.
    """
    place = hd.place_parse(path)
    return _seal(PrivateKey(hd.key_at(hd.seed_of(words), place)))


def seal_keystore(backup: Any, password: str) -> tuple[str, str]:
    """Return (address, sealed key) of a Web3 keystore V3.

    Takes up to a second or two and 256 MiB. Raises ``KeystoreMalformed``, ``KeystoreTooCostly``,
    ``TooManyAtOnce``, ``WrongPassword``, or ``NotAPrivateKey`` when what is in it is none.
    """
    return _seal(_from_bytes(keystore.keystore_open(backup, password)))


def make() -> tuple[str, str]:
    """Return (address, sealed key) of a fresh key; called in the worker.

    It is opened once before anybody learns its address: people would pay into a wallet whose
    key no process can open. Raises ``VaultClosed`` outside a worker.
    """
    return _proven(PrivateKey())


def make_words(count: int, *, reader: str, wallet_id: UUID) -> tuple[str, str, str]:
    """Return (address, sealed key, box) of fresh words; called in the worker, as ``make``.

    The words are in the box alone, which nobody opens but the process that reads at ``reader``
    (``sealing.Mailbox``).
    """
    words = hd.words_make(count)
    place = hd.place_parse(PATH_DEFAULT)
    address, sealed = _proven(PrivateKey(hd.key_at(hd.seed_of(words), place)))
    return address, sealed, sealing.seal_for(reader, _WORDS + wallet_id.bytes + words.encode())


def read_words(box: str, *, mailbox: sealing.Mailbox, wallet_id: UUID) -> str:
    """Return the words that a worker has made for this mailbox. Raises ``DoesNotOpen``."""
    return _tagged(mailbox.open(box), _WORDS + wallet_id.bytes).decode()


def open_key(*, sealed_key: str, address: str) -> WalletSigner:
    """Return the signer of an address. Raises ``VaultClosed`` outside a worker.

    The key is checked against the address, so a sealed key that was swapped in the database
    signs nothing.
    """
    return WalletSigner(address, _open(sealed_key, address))


def seal_password(password: str, request_id: UUID) -> str:
    """Return a box of the password that a backup is wanted under."""
    return sealing.seal(_PASSWORD + request_id.bytes + password.encode())


def backup(
    *, sealed_key: str, address: str, sealed_password: str, request_id: UUID
) -> dict[str, Any]:
    """Return a key as a Web3 keystore V3 under a sealed password; called in the worker.

    Takes about a second and 128 MiB. Raises ``VaultClosed``, or ``KeyDoesNotOpen`` when the key
    or the password does not open.
    """
    key = _open(sealed_key, address)
    try:
        password = _tagged(sealing.unseal(sealed_password), _PASSWORD + request_id.bytes).decode()
    except DoesNotOpen:
        raise KeyDoesNotOpen from None
    return keystore.keystore_make(key.secret, address_parse(address)[1:], password)


def opens(backup: Any, password: str) -> bool:
    """Return whether this password opens a keystore that was made here, or raise
    ``TooManyAtOnce``.
    """
    try:
        keystore.keystore_open(backup, password)
    except WrongPassword:
        return False
    return True


def make_seed(account: int, *, account_id: UUID) -> tuple[str, str]:
    """Return (extended public key, sealed seed) of a fresh account; called in the worker.

    Its seed is opened once before anybody pays into an address of it, as in ``make``.
    """
    seed = hd.seed_of(hd.words_make(SEED_WORDS))
    sealed = sealing.seal(_SEED + account_id.bytes + seed)
    _seed(sealed, account_id)
    return hd.account_public_key(seed, account), sealed


def open_child(
    *, sealed_seed: str, account_id: UUID, account: int, index: int, address: str
) -> WalletSigner:
    """Return the signer of a deposit address. Raises ``VaultClosed``, and ``KeyDoesNotOpen``."""
    seed = _seed(sealed_seed, account_id)
    key = PrivateKey(hd.key_at(seed, hd.Place(account, index)))
    if address_of_public_key(key.public_key) != address:
        raise KeyDoesNotOpen
    return WalletSigner(address, key)


def _seed(sealed: str, account_id: UUID) -> bytes:
    try:
        return _tagged(sealing.unseal(sealed), _SEED + account_id.bytes)
    except DoesNotOpen:
        raise KeyDoesNotOpen from None


def _tagged(inside: bytes, tag: bytes) -> bytes:
    if not inside.startswith(tag):
        raise DoesNotOpen
    return inside.removeprefix(tag)


def _proven(key: PrivateKey) -> tuple[str, str]:
    address, sealed = _seal(key)
    _open(sealed, address)
    return address, sealed


def _open(sealed_key: str, address: str) -> PrivateKey:
    try:
        raw = sealing.unseal(sealed_key)
    except DoesNotOpen:
        raise KeyDoesNotOpen from None
    if len(raw) != KEY_BYTES:  # a box of something else
        raise KeyDoesNotOpen
    key = PrivateKey(raw)
    if address_of_public_key(key.public_key) != address:
        raise KeyDoesNotOpen
    return key


def _seal(key: PrivateKey) -> tuple[str, str]:
    return address_of_public_key(key.public_key), sealing.seal(key.secret)


def _private_key(text: str) -> PrivateKey:
    try:
        return _from_bytes(bytes.fromhex(text.strip().removeprefix("0x")))
    except ValueError:
        raise NotAPrivateKey from None


def _from_bytes(raw: bytes) -> PrivateKey:
    if len(raw) != KEY_BYTES:
        raise NotAPrivateKey
    try:
        return PrivateKey(raw)
    except ValueError:
        raise NotAPrivateKey from None
