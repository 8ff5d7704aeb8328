"""Backups of keys as others write and read them: Web3 keystore V3, a key under a password.

Private keys pass through here, so nobody but ``wallets/vault.py`` imports it. What comes from
outside is read strictly and weighed before anything is derived: the file itself says how much
memory and time its password costs.
"""

import re
import sys
import threading
from types import ModuleType
from typing import Any

# scrypt's memory is 128·n·r bytes: 128 MiB for what is made here (OWASP's least), and at most
# 256 MiB, geth's own measure, for what is read.
SCRYPT_N = 2**17
SCRYPT_MEMORY_MAX = 2**28
SCRYPT_WORK_MAX = 2**22  # n·r·p; twice geth's
# r·p; geth's are 8 and 48. Before and after the work in C, r·p blocks pass through Python, whose
# time grows with their square: 8 000 of them take ten seconds, and the process with them.
SCRYPT_BLOCKS_MAX = 2**8
PBKDF2_ROUNDS_MAX = 2_000_000
KEY_BYTES = DERIVED_BYTES = 32
SALT_HEX_MAX = 128
# One at a time in a process: each takes up to 256 MiB. So few more are let wait for their turn:
# each holds one of the few threads of the web.
_one = threading.Lock()
OPENING_MAX = 3
_places = threading.BoundedSemaphore(OPENING_MAX)


class KeystoreMalformed(ValueError):
    """Not a Web3 keystore of version 3: aes-128-ctr, with scrypt or pbkdf2 (hmac-sha256)."""


class KeystoreTooCostly(ValueError):
    """This keystore asks for too much work. Most are scrypt with n 262144, r 8 and p 1."""


class WrongPassword(ValueError):
    """The password does not open this keystore."""


class TooManyAtOnce(RuntimeError):
    """As many keystores as may be are being opened in this process already."""


def keystore_make(key: bytes, address_body: bytes, password: str) -> dict[str, Any]:
    """Return a private key under a password.

    The address is the 20 bytes in hex, as all who read version 3 expect it; TronLink and
    eth-account work it out from the key and look at nothing else.
    """
    with _one:
        make = _keyfile().create_keyfile_json
        made = make(key, password.encode(), kdf="scrypt", iterations=SCRYPT_N)
    return {**made, "address": address_body.hex()}


def keystore_open(keystore: Any, password: str) -> bytes:
    """Return the 32 bytes in a keystore.

    Raises ``KeystoreMalformed``, ``KeystoreTooCostly`` or ``TooManyAtOnce`` before anything is
    derived, or ``WrongPassword``. None of them repeats anything of either.
    """
    try:
        plain = _read(keystore)
    except (LookupError, TypeError, AttributeError):
        raise KeystoreMalformed from None
    if not _places.acquire(blocking=False):
        raise TooManyAtOnce
    try:
        with _one:
            return bytes(_keyfile().decode_keyfile_json(plain, password.encode()))
    except (ValueError, UnicodeError):
        # ``from None``: the cause may carry what was read. All else has been looked at.
        raise WrongPassword from None
    finally:
        _places.release()


def _keyfile() -> ModuleType:
    """Load the library when the first keystore comes: it takes a second, with tables of curves.

    Of these py_ecc lifts the recursion limit to 100,000 for the whole process, which is deeper
    than the stack.
    """
    recursion_max = sys.getrecursionlimit()
    from eth_keyfile import keyfile

    sys.setrecursionlimit(recursion_max)
    return keyfile


def _read(keystore: Any) -> dict[str, Any]:
    """Return what a keystore says, of known fields alone; names in any case, as wallets differ."""
    top = _lower(keystore)
    crypto = _lower(top["crypto"])
    if _whole(top["version"]) != 3 or crypto["cipher"] != "aes-128-ctr":
        raise KeystoreMalformed
    return {
        "version": 3,
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": {"iv": _hex(_lower(crypto["cipherparams"])["iv"], 32)},
            "ciphertext": _hex(crypto["ciphertext"], 2 * KEY_BYTES),
            "mac": _hex(crypto["mac"], 64),
            "kdf": crypto["kdf"],
            "kdfparams": _costs(crypto["kdf"], _lower(crypto["kdfparams"])),
        },
    }


def _costs(kdf: Any, given: dict[str, Any]) -> dict[str, Any]:
    if _whole(given["dklen"]) != DERIVED_BYTES:
        raise KeystoreMalformed
    salt = _hex(given["salt"], SALT_HEX_MAX, is_length=False)
    shared: dict[str, Any] = {"dklen": DERIVED_BYTES, "salt": salt}
    if kdf == "scrypt":
        n, r, p = (_whole(given[name]) for name in ("n", "r", "p"))
        is_large = 128 * n * r > SCRYPT_MEMORY_MAX or n * r * p > SCRYPT_WORK_MAX
        if is_large or r * p > SCRYPT_BLOCKS_MAX:
            raise KeystoreTooCostly
        if n < 2 or n & (n - 1):
            raise KeystoreMalformed
        return {**shared, "n": n, "r": r, "p": p}
    if kdf == "pbkdf2" and given["prf"] == "hmac-sha256":
        rounds = _whole(given["c"])
        if rounds > PBKDF2_ROUNDS_MAX:
            raise KeystoreTooCostly
        return {**shared, "c": rounds, "prf": "hmac-sha256"}
    raise KeystoreMalformed


def _lower(fields: dict[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in fields.items()}


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise KeystoreMalformed
    return value


def _hex(value: Any, length: int, *, is_length: bool = True) -> str:
    """Return hex digits of this length, or of at most this one; as text, without 0x."""
    if not isinstance(value, str):
        raise KeystoreMalformed
    digits = value.removeprefix("0x")
    is_odd = len(digits) % 2 or len(digits) > length or (is_length and len(digits) != length)
    if is_odd or not re.fullmatch(r"[0-9a-fA-F]+", digits, re.ASCII):
        raise KeystoreMalformed
    return digits
