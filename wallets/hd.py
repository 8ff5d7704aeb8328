"""Keys and addresses of HD wallets: words (BIP-39), and what grows from them (BIP-32, BIP-44).

Private keys pass through here, so nobody but ``wallets/vault.py`` imports it.
"""

import hmac
import re
from dataclasses import dataclass

from coincurve import PublicKey
from mnemonic import Mnemonic
from slip10 import SLIP10

from lucidpay.errors import ensure
from tron.address import address_of_public_key

WORDS = (12, 15, 18, 21, 24)
# 195 is TRON's (SLIP-44); what TronLink and tronpy use for the first address.
PATH_DEFAULT = "m/44'/195'/0'/0/0"
INDEX_MAX = 2**31 - 1
_PATH = re.compile(r"m/44'/195'/(0|[1-9][0-9]{0,9})'/0/(0|[1-9][0-9]{0,9})", re.ASCII)
BITS_A_WORD = 32 / 3  # of its randomness; the rest is the checksum's


class NotWords(ValueError):
    """A mnemonic is 12, 15, 18, 21 or 24 English words of BIP-39 with a valid checksum."""


class NotAPath(ValueError):
    """A path is m/44'/195'/account'/0/index, with numbers below 2147483648."""


@dataclass(frozen=True)
class Place:
    """Where in a wallet a key is: of which account, and which of its addresses."""

    account: int
    index: int


def words_make(count: int) -> str:
    """Return fresh words; ``count`` is one of ``WORDS``."""
    return Mnemonic("english").generate(int(count * BITS_A_WORD))


def place_parse(path: str) -> Place:
    """Return what a path names, or raise ``NotAPath``."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise NotAPath
    place = Place(int(found[1]), int(found[2]))
    if max(place.account, place.index) > INDEX_MAX:
        raise NotAPath
    return place


def seed_of(words: str) -> bytes:
    """Return the 64-byte seed of words, in any case and spacing, or raise ``NotWords``."""
    english = Mnemonic("english")
    plain = " ".join(words.lower().split())
    if not english.check(plain):
        raise NotWords
    return bytes(english.to_seed(plain))


def key_at(seed: bytes, place: Place) -> bytes:
    """Return the private key at a place."""
    path = f"m/44'/195'/{place.account}'/0/{place.index}"
    return bytes(SLIP10.from_seed(seed).get_privkey_from_path(path))


def account_public_key(seed: bytes, account: int) -> str:
    """Return an account's extended public key (``xpub…``), of which all its addresses grow."""
    return str(SLIP10.from_seed(seed).get_xpub_from_path(f"m/44'/195'/{account}'"))


def child_addresses(account_key: str, indexes: range) -> list[str]:
    """Return an account's addresses of these indexes, from its extended public key.

    The last step of the path is taken here (BIP-32, CKDpub), on libsecp256k1: ``slip10`` steps in
    Python, which for a thousand addresses takes seconds. Raises ``InvariantBroken`` when there
    are no more.
    """
    ensure(indexes.stop - 1 <= INDEX_MAX, "an account has 2147483648 addresses")
    chain_code, key = SLIP10.from_xpub(account_key).get_extended_pubkey_from_path([0])
    parent = PublicKey(key)
    return [address_of_public_key(_child(parent, key, chain_code, index)) for index in indexes]


def _child(parent: PublicKey, key: bytes, chain_code: bytes, index: int) -> PublicKey:
    """Return the public child of a key; raises ``ValueError`` for one in 2¹²⁷ that has none."""
    digest = hmac.digest(chain_code, key + index.to_bytes(4, "big"), "sha512")
    return parent.add(digest[:32])
