"""Backups are keystores that others open, and theirs are opened here; costly ones are not."""

import copy
import subprocess
import sys
import time
import tracemalloc
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account as EthAccount

from lucidpay import sealing
from lucidpay.ids import new_id
from tron.address import address_of_public_key, address_parse
from wallets import vault

PASSWORD = "correct horse battery staple"
# As geth makes them by default, cheap enough for a test: of the key 01…20.
KEY = bytes(range(1, 33))
ADDRESS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"


def theirs(kdf: str = "pbkdf2", iterations: int = 2, password: str = PASSWORD) -> dict[str, Any]:
    """Return a keystore that eth-account has made."""
    return dict(EthAccount.encrypt(KEY, password, kdf=kdf, iterations=iterations))


def made(password: str = PASSWORD) -> tuple[str, dict[str, Any]]:
    """Return (address, keystore) of a fresh key, as a worker makes it."""
    address, sealed = vault.make()
    request_id = new_id()
    box = vault.seal_password(password, request_id)
    return address, vault.backup(
        sealed_key=sealed, address=address, sealed_password=box, request_id=request_id
    )


@pytest.mark.contract("C-WAL-8")
def test_eth_account_opens_our_backups_and_its_key_controls_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for password in (PASSWORD, "пароль из слов ", "密码密码密码密码密码密码"):
        address, keystore = made(password)
        monkeypatch.setattr("wallets.keystore.SCRYPT_N", 2**10)  # the first one cost a second
        key = PrivateKey(bytes(EthAccount.decrypt(keystore, password)))
        assert address_of_public_key(key.public_key) == address
        assert keystore["address"] == address_parse(address)[1:].hex()
        assert (keystore["version"], keystore["crypto"]["kdf"]) == (3, "scrypt")
        assert vault.seal_keystore(keystore, password)[0] == address
        assert vault.opens(keystore, password)
        assert not vault.opens(keystore, f"{password}!")


@pytest.mark.parametrize(("kdf", "iterations"), [("scrypt", 2), ("scrypt", 4096), ("pbkdf2", 10)])
def test_it_opens_what_eth_account_makes(kdf: str, iterations: int) -> None:
    address, sealed = vault.seal_keystore(theirs(kdf, iterations), PASSWORD)
    assert address == ADDRESS
    assert vault.open_key(sealed_key=sealed, address=ADDRESS).address == ADDRESS


def test_names_in_any_case_and_hex_with_0x_are_read() -> None:
    """Old geth wrote ``Crypto``; others write 0x before hex and the address in base58."""
    keystore = theirs()
    crypto = keystore.pop("crypto")
    crypto["MAC"] = f"0x{crypto.pop('mac')}"
    keystore |= {"Crypto": crypto, "address": ADDRESS, "name": "more that nobody reads"}
    assert vault.seal_keystore(keystore, PASSWORD)[0] == ADDRESS


def test_a_backup_password_is_for_its_request_alone() -> None:
    address, sealed = vault.make()
    box = vault.seal_password(PASSWORD, new_id())
    for other in (box, sealing.seal(PASSWORD.encode()), sealed, ""):
        with pytest.raises(vault.KeyDoesNotOpen):
            vault.backup(
                sealed_key=sealed, address=address, sealed_password=other, request_id=new_id()
            )


def test_a_web_process_makes_no_backup(settings: Any) -> None:
    address, sealed = vault.make()
    request_id = new_id()
    box = vault.seal_password(PASSWORD, request_id)
    settings.VAULT_KEY = ""
    with pytest.raises(sealing.VaultClosed):
        vault.backup(sealed_key=sealed, address=address, sealed_password=box,
                     request_id=request_id)  # fmt: skip


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return a keystore with one part changed, or taken out (``...``)."""
    keystore = copy.deepcopy(theirs("scrypt" if "kdfparams.n" in path else "pbkdf2"))
    *parents, name = path.split(".")
    part = keystore
    for parent in parents:
        part = part[parent]
    if value is ...:
        del part[name]
    else:
        part[name] = value
    return keystore


MALFORMED = [
    ("version", ...), ("version", 4), ("version", "3"), ("version", True), ("crypto", ...),
    ("crypto", []), ("crypto", "x"), ("crypto.cipher", "aes-256-gcm"), ("crypto.cipher", None),
    ("crypto.ciphertext", "00" * 31), ("crypto.ciphertext", "zz" * 32), ("crypto.ciphertext", 5),
    ("crypto.ciphertext", "00" * 1000), ("crypto.mac", ...), ("crypto.mac", ""),
    ("crypto.cipherparams", {}), ("crypto.cipherparams.iv", "00"), ("crypto.kdf", "argon2"),
    ("crypto.kdf", ["scrypt"]), ("crypto.kdfparams", {}), ("crypto.kdfparams.c", 0),
    ("crypto.kdfparams.c", -1), ("crypto.kdfparams.c", 2.5), ("crypto.kdfparams.dklen", 16),
    ("crypto.kdfparams.prf", "hmac-md5"), ("crypto.kdfparams.salt", "0"),
    ("crypto.kdfparams.salt", "00" * 65), ("crypto.kdfparams.n", 3), ("crypto.kdfparams.n", 1),
]  # fmt: skip


@pytest.mark.contract("C-WAL-5")
@pytest.mark.parametrize(("path", "value"), MALFORMED)
def test_it_refuses_what_is_no_keystore(path: str, value: Any) -> None:
    with pytest.raises(vault.KeystoreMalformed) as caught:
        vault.seal_keystore(changed(path, value), PASSWORD)
    assert (caught.value.args, caught.value.__cause__) == ((), None)


@pytest.mark.parametrize("keystore", [None, [], "{}", 3, {}, {"version": 3, 5: 6}])
def test_it_refuses_what_is_no_object_of_fields(keystore: Any) -> None:
    with pytest.raises(vault.KeystoreMalformed):
        vault.seal_keystore(keystore, PASSWORD)


@pytest.mark.contract("C-WAL-5")
@pytest.mark.parametrize(
    "costs",
    [
        {"n": 2**40, "r": 8, "p": 1},
        {"n": 2**19, "r": 8, "p": 1},
        {"n": 2, "r": 2**30, "p": 1},
        {"n": 2**18, "r": 8, "p": 2**20},
        {"n": 2**400, "r": 1, "p": 1},
        # Little memory and little work by their product, and hours of Python before any of it.
        {"n": 2, "r": 1, "p": 2**21},
        {"n": 2, "r": 2**10, "p": 1},
        {"n": 4096, "r": 8, "p": 128},
    ],
)
def test_a_keystore_that_costs_too_much_is_refused_before_anything_is_derived(
    costs: dict[str, int],
) -> None:
    keystore = changed("crypto.kdfparams.n", 2)
    keystore["crypto"]["kdfparams"] |= costs
    _refused_at_once(keystore)


def test_so_are_too_many_rounds() -> None:
    _refused_at_once(changed("crypto.kdfparams.c", 10**12))


def _refused_at_once(keystore: dict[str, Any]) -> None:
    tracemalloc.start()
    began_s = time.process_time()
    try:
        with pytest.raises(vault.KeystoreTooCostly):
            vault.seal_keystore(keystore, PASSWORD)
        # Deriving would have taken minutes and gibibytes: two bounds without a nerve.
        assert tracemalloc.get_traced_memory()[1] < 2**24
        assert time.process_time() - began_s < 60
    finally:
        tracemalloc.stop()


@pytest.mark.contract("C-WAL-5")
def test_a_wrong_password_is_told_as_that_and_not_repeated() -> None:
    with pytest.raises(vault.WrongPassword) as caught:
        vault.seal_keystore(theirs(), "not the password")
    assert (caught.value.args, caught.value.__cause__) == ((), None)


def test_a_keystore_of_what_is_no_key_is_refused() -> None:
    """Zero, and the order of secp256k1: a MAC that is right says nothing of what is inside."""
    from eth_keyfile import keyfile

    for value in (0, 2**256 - 1):
        keystore = theirs()
        params, iv = keystore["crypto"]["kdfparams"], keystore["crypto"]["cipherparams"]["iv"]
        derived = keyfile._derive_pbkdf_key(params, PASSWORD.encode())
        text = keyfile.encrypt_aes_ctr(value.to_bytes(32, "big"), derived[:16], int(iv, 16))
        keystore["crypto"] |= {
            "ciphertext": text.hex(),
            "mac": keyfile.keccak(derived[16:32] + text).hex(),
        }
        with pytest.raises(vault.NotAPrivateKey):
            vault.seal_keystore(keystore, PASSWORD)


def test_it_leaves_python_s_recursion_limit_alone() -> None:
    """A library of its own lifts it beyond the stack: a deep body would then end the process."""
    code = (
        "import sys; before = sys.getrecursionlimit(); import wallets.keystore; "
        "wallets.keystore.keystore_make(bytes([1] * 32), bytes(20), 'password'); "
        "print('py_ecc' in sys.modules, before == sys.getrecursionlimit())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]
