"""Keys: sealed by the web side, opened by the worker only, never shown."""

import pickle
import traceback
from typing import Any

import pytest

from lucidpay import sealing
from tron.transactions import SIGNATURE_BYTES
from wallets import vault

KEY_HEX = bytes(range(1, 33)).hex()
ADDRESS = "TK31Bs4p7BZionueRbSrG5ZTfxPyHCLy3a"


def test_it_opens_what_it_sealed_and_signs_for_that_address() -> None:
    address, sealed = vault.seal(KEY_HEX)
    signer = vault.open_key(sealed_key=sealed, address=address)
    assert (address, signer.address) == (ADDRESS, ADDRESS)
    assert len(signer.sign(b"\x01" * 32)) == SIGNATURE_BYTES


def test_a_process_with_the_public_half_only_seals_and_cannot_open(settings: Any) -> None:
    settings.VAULT_KEY = ""
    address, sealed = vault.seal(KEY_HEX)
    with pytest.raises(sealing.VaultClosed):
        vault.open_key(sealed_key=sealed, address=address)


def test_it_seals_the_same_key_differently_each_time() -> None:
    assert vault.seal(KEY_HEX)[1] != vault.seal(KEY_HEX)[1]


def test_it_refuses_a_sealed_key_of_another_address() -> None:
    """As after somebody swapped two rows: whoever can write the database still signs nothing."""
    _, sealed = vault.make()
    with pytest.raises(vault.KeyDoesNotOpen):
        vault.open_key(sealed_key=sealed, address=ADDRESS)


def test_it_refuses_a_key_sealed_for_another_vault(settings: Any) -> None:
    address, sealed = vault.seal(KEY_HEX)
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = sealing.vault_key_pair()
    with pytest.raises(vault.KeyDoesNotOpen):
        vault.open_key(sealed_key=sealed, address=address)


def test_it_refuses_halves_of_two_pairs(settings: Any) -> None:
    address, sealed = vault.seal(KEY_HEX)
    settings.VAULT_PUBLIC_KEY = sealing.vault_key_pair()[1]
    with pytest.raises(sealing.VaultMisconfigured):
        vault.open_key(sealed_key=sealed, address=address)


def test_it_makes_no_wallet_whose_key_it_could_not_open(settings: Any) -> None:
    settings.VAULT_PUBLIC_KEY = sealing.vault_key_pair()[1]
    with pytest.raises(sealing.VaultMisconfigured):
        vault.make()
    settings.VAULT_KEY = ""
    with pytest.raises(sealing.VaultClosed):
        vault.make()


@pytest.mark.parametrize("sealed", ["", "x", "AAAA", "ä", "=" * 40])
def test_it_refuses_what_is_no_sealed_key(sealed: str) -> None:
    with pytest.raises(vault.KeyDoesNotOpen):
        vault.open_key(sealed_key=sealed, address=ADDRESS)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "zz" * 32,
        "00" * 32,
        "01" * 31,
        "01" * 33,
        # the order of secp256k1 (SEC 2, §2.4.1)
        "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
        "ff" * 32,
    ],
)
def test_it_refuses_what_is_no_private_key_without_repeating_it(text: str) -> None:
    with pytest.raises(vault.NotAPrivateKey) as caught:
        vault.seal(text)
    shown = "".join(traceback.format_exception(caught.value))
    assert not text.strip("0") or text not in shown.replace("seal(text)", "")


def test_no_repr_shows_the_key() -> None:
    address, sealed = vault.seal(KEY_HEX)
    signer = vault.open_key(sealed_key=sealed, address=address)
    for shown in (repr(signer), str(signer), f"{signer}"):
        assert KEY_HEX not in shown
        assert "PrivateKey" not in shown


def test_a_signer_cannot_travel_as_a_task_argument() -> None:
    address, sealed = vault.seal(KEY_HEX)
    signer = vault.open_key(sealed_key=sealed, address=address)
    with pytest.raises(TypeError):
        pickle.dumps(signer)
