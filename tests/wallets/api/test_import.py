"""Importing a wallet: one secret, sealed at once, and never repeated."""

import secrets
import threading
from typing import Any

import pytest
import time_machine
from coincurve import PrivateKey
from eth_account import Account as EthAccount

from lucidpay.clock import utc_now
from tests import builders
from tests.api.client import Api, nothing_written, refused
from tests.wallets.beside import nowhere
from tests.wallets.test_hd import KNOWN, theirs
from tron.address import address_of_public_key
from wallets import vault
from wallets.models import Wallet

pytestmark = pytest.mark.django_db

IMPORT = "/tron/wallets/import"
PASSWORD = "of the keystore"


def fresh() -> tuple[str, str]:
    """Return (private key in hex, its address)."""
    key = PrivateKey()
    return key.to_hex(), address_of_public_key(key.public_key)


def keystore_of(private_key: str, password: str = PASSWORD) -> dict[str, Any]:
    """Return a cheap keystore as eth-account makes it."""
    return dict(EthAccount.encrypt(private_key, password, kdf="pbkdf2", iterations=2))


def sealed_is(address: str) -> Wallet:
    """Return the only wallet, whose key must open for this address."""
    wallet = Wallet.objects.get()
    assert vault.open_key(sealed_key=wallet.sealed_key, address=address).address == address
    return wallet


@pytest.mark.contract("C-WAL-3", "C-WAL-4")
@pytest.mark.parametrize("kind", ["private_key", "0x", "mnemonic", "path", "keystore"])
def test_each_kind_of_secret_makes_the_wallet_of_its_address(
    boss: Api, kind: str, all_logged: pytest.LogCaptureFixture, settings: Any
) -> None:
    key, address = fresh()
    hidden = [key]
    body: dict[str, Any]
    if kind in ("private_key", "0x"):
        body = {"private_key": f"0x{key}" if kind == "0x" else key, "address": address}
    elif kind == "keystore":
        body = {"keystore": keystore_of(key), "password": PASSWORD}
        hidden += [PASSWORD, body["keystore"]["crypto"]["ciphertext"]]
    else:
        path = vault.PATH_DEFAULT if kind == "mnemonic" else "m/44'/195'/4'/0/9"
        body = {"mnemonic": KNOWN[1]} | ({"path": path} if kind == "path" else {})
        address = theirs(KNOWN[1], *((4, 9) if kind == "path" else (0, 0)))
        hidden = [KNOWN[1], "winner thank year"]
    vault_key, settings.VAULT_KEY = settings.VAULT_KEY, ""  # the web cannot open
    answer = boss.post(IMPORT, {"name": "payroll", **body}, Idempotency_Key="once")
    settings.VAULT_KEY = vault_key
    assert answer.status == 201
    wallet = sealed_is(address)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Location"] == f"/tron/wallets/{wallet.public_id}"
    expected = {"address": address, "kind": "hot", "status": "opening", "has_key": True}
    assert expected.items() <= answer.body.items()
    nowhere(*hidden, log=all_logged.text + answer.text)


@pytest.mark.contract("C-WAL-3")
@pytest.mark.parametrize("kind", ["cold", "hardware", "multisig", "watch"])
def test_an_address_alone_makes_a_wallet_without_a_key(boss: Api, kind: str) -> None:
    address = builders.address()
    answer = boss.post(IMPORT, {"name": "treasury", "kind": kind, "address": address})
    assert answer.status == 201
    wallet = Wallet.objects.get()
    assert (wallet.kind, wallet.address, wallet.sealed_key) == (kind, address, "")
    assert answer.body["has_key"] is False
    refused(
        boss.post(f"/tron/wallets/{wallet.public_id}/backup", {"password": "x" * 12}),
        409,
        "LUCID_ERR_1005",
    )


KEY, ADDRESS = fresh()
SECRET = secrets.token_hex(10)
BAD: list[tuple[dict[str, Any], set[str]]] = [
    ({}, {"address", "kind"}),
    ({"kind": "cold"}, {"address"}),
    ({"address": ADDRESS}, {"kind"}),
    ({"address": ADDRESS, "kind": "hot"}, {"kind"}),
    ({"address": ADDRESS, "kind": "cold", "permission_id": 2}, {"permission_id"}),
    ({"private_key": KEY, "mnemonic": KNOWN[0]}, {"private_key", "mnemonic"}),
    ({"private_key": KEY, "kind": "cold"}, {"kind"}),
    ({"private_key": KEY, "kind": "watch"}, {"kind"}),
    ({"private_key": KEY, "path": vault.PATH_DEFAULT}, {"path"}),
    ({"private_key": KEY, "password": SECRET}, {"password"}),
    ({"private_key": KEY, "permission_id": 2}, {"address"}),
    ({"private_key": KEY, "address": ADDRESS, "permission_id": 1}, {"permission_id"}),
    ({"private_key": KEY, "address": ADDRESS, "permission_id": 10}, {"permission_id"}),
    ({"private_key": KEY, "address": ADDRESS, "permission_id": 2, "kind": "multisig"}, {"kind"}),
    ({"private_key": KEY, "passphrase": SECRET}, {"passphrase"}),
    ({"private_key": 5}, {"private_key"}),
    ({"private_key": SECRET}, {"private_key"}),
    ({"private_key": f"{KEY}{SECRET}"}, {"private_key"}),
    ({"private_key": KEY[:-1]}, {"private_key"}),
    ({"private_key": "zz" * 32}, {"private_key"}),
    ({"private_key": "00" * 32}, {"private_key"}),
    ({"private_key": "ff" * 32}, {"private_key"}),
    ({"mnemonic": f"{SECRET} {KNOWN[0]}"}, {"mnemonic"}),
    ({"mnemonic": KNOWN[0].replace("about", "above")}, {"mnemonic"}),
    ({"mnemonic": KNOWN[0], "path": "m/44'/60'/0'/0/0"}, {"path"}),
    ({"keystore": keystore_of(KEY)}, {"password"}),
    ({"keystore": "{}", "password": SECRET}, {"keystore"}),
    ({"keystore": {"version": 3, "crypto": {"kdf": SECRET}}, "password": SECRET}, {"keystore"}),
    ({"keystore": keystore_of(KEY), "password": SECRET}, {"password"}),
]  # fmt: skip


@pytest.mark.contract("C-WAL-3", "C-WAL-5")
@pytest.mark.parametrize(("given", "fields"), BAD)
def test_it_refuses_what_is_wrong_in_words_without_repeating_it(
    boss: Api, given: dict[str, Any], fields: set[str], all_logged: pytest.LogCaptureFixture
) -> None:
    with nothing_written():
        answer = boss.post(IMPORT, {"name": "payroll", **given})
    assert set(refused(answer, 400, "LUCID_ERR_1001")) == fields
    nowhere(KEY, SECRET, log=all_logged.text + answer.text)


@pytest.mark.contract("C-WAL-5")
def test_a_keystore_bomb_is_refused_before_it_goes_off(boss: Api) -> None:
    keystore = dict(EthAccount.encrypt(KEY, PASSWORD, kdf="scrypt", iterations=2))
    keystore["crypto"]["kdfparams"]["n"] = 2**40
    body = {"name": "payroll", "keystore": keystore, "password": PASSWORD}
    with nothing_written():
        details = refused(boss.post(IMPORT, body), 400, "LUCID_ERR_1001")
    assert "too much work" in details["keystore"][0]


@pytest.mark.contract("C-WAL-5")
def test_a_key_of_another_address_is_refused_by_name(boss: Api) -> None:
    other = builders.address()
    body = {"name": "payroll", "private_key": KEY, "address": other}
    with nothing_written():
        answer = boss.post(IMPORT, body)
    details = refused(answer, 400, "LUCID_ERR_1001")
    assert details == {"address": [f"The key's own address is {ADDRESS}."]}
    assert "does not belong to this address" in answer.body["error"]["message"]


def test_an_address_that_alone_is_wrong_has_its_own_code(boss: Api) -> None:
    wrong = f"{ADDRESS[:-1]}{'1' if ADDRESS[-1] != '1' else '2'}"
    body = {"name": "treasury", "kind": "cold", "address": wrong}
    assert set(refused(boss.post(IMPORT, body), 400, "LUCID_ERR_2001")) == {"address"}
    details = refused(boss.post(IMPORT, {**body, "kind": 5}), 400, "LUCID_ERR_1001")
    assert set(details) == {"address", "kind"}


@pytest.mark.contract("C-WAL-5")
def test_a_known_name_is_refused(boss: Api) -> None:
    assert boss.post(IMPORT, {"name": "payroll", "private_key": KEY}).status == 201
    with nothing_written():
        answer = boss.post(IMPORT, {"name": "payroll", "private_key": fresh()[0]})
    refused(answer, 409, "LUCID_ERR_1005")
    assert "this name" in answer.body["error"]["message"]


@pytest.mark.contract("C-WAL-5")
def test_the_same_key_twice_names_the_wallet_that_has_it(boss: Api) -> None:
    first = boss.post(IMPORT, {"name": "payroll", "private_key": KEY}).body
    for body in ({"private_key": KEY}, {"kind": "cold", "address": ADDRESS}):
        with nothing_written():
            details = refused(boss.post(IMPORT, {"name": "b", **body}), 409, "LUCID_ERR_1005")
        assert details == {"wallet_id": first["wallet_id"]}


@pytest.mark.contract("C-WAL-5")
def test_guessing_a_keystore_s_password_is_slowed_down(boss: Api, settings: Any) -> None:
    body = {"name": "payroll", "keystore": keystore_of(KEY)}
    with time_machine.travel(utc_now(), tick=False) as clock:
        for n in range(settings.LOGIN_FAILURES_FREE):
            refused(boss.post(IMPORT, {**body, "password": f"guess {n}"}), 400, "LUCID_ERR_1001")
        paused = boss.post(IMPORT, {**body, "password": PASSWORD})
        refused(paused, 429, "LUCID_ERR_2009")  # even the right one is not looked at
        assert paused.headers["Retry-After"] == "1"
        clock.shift(1)
        refused(boss.post(IMPORT, {**body, "password": "guess"}), 400, "LUCID_ERR_1001")
        assert boss.post(IMPORT, {**body, "password": PASSWORD}).headers["Retry-After"] == "2"
        # Other secrets are no guesses, and other people are not slowed.
        assert boss.post(IMPORT, {"name": "a", "private_key": fresh()[0]}).status == 201
        clock.shift(2)
        assert boss.post(IMPORT, {**body, "password": PASSWORD}).status == 201


def test_what_is_malformed_or_of_another_address_is_no_guess(boss: Api, settings: Any) -> None:
    given = {"name": "payroll", "keystore": keystore_of(KEY), "password": PASSWORD}
    for _ in range(settings.LOGIN_FAILURES_FREE + 1):
        refused(boss.post(IMPORT, {**given, "keystore": {}}), 400, "LUCID_ERR_1001")
        other = {**given, "address": builders.address()}
        refused(boss.post(IMPORT, other), 400, "LUCID_ERR_1001")
    assert boss.post(IMPORT, given).status == 201


def test_what_is_no_guess_takes_back_no_guess_before_it(boss: Api, settings: Any) -> None:
    """Else whoever guesses would send a keystore of their own in between, and never be slowed."""
    body = {"name": "payroll", "keystore": keystore_of(KEY)}
    own = {"name": "own", "keystore": keystore_of(fresh()[0]), "password": PASSWORD}
    for n in range(settings.LOGIN_FAILURES_FREE - 1):
        refused(boss.post(IMPORT, {**body, "password": f"guess {n}"}), 400, "LUCID_ERR_1001")
    assert boss.post(IMPORT, own).status == 201
    refused(boss.post(IMPORT, {**body, "keystore": {}, "password": "x"}), 400, "LUCID_ERR_1001")
    refused(boss.post(IMPORT, {**body, "password": "guess"}), 400, "LUCID_ERR_1001")
    refused(boss.post(IMPORT, {**body, "password": "guess"}), 429, "LUCID_ERR_2009")


def test_few_keystores_are_opened_in_a_process_and_others_are_told_when_to_come_again(
    boss: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"name": "payroll", "keystore": keystore_of(KEY), "password": PASSWORD}
    places = threading.BoundedSemaphore(1)
    monkeypatch.setattr("wallets.keystore._places", places)
    with places, nothing_written():
        busy = boss.post(IMPORT, given)
    refused(busy, 429, "LUCID_ERR_2009")
    assert busy.headers["Retry-After"] == "5"
    assert "Try again" in busy.body["error"]["message"]
    assert boss.post(IMPORT, given).status == 201


def test_without_a_vault_key_it_says_who_must_do_what(boss: Api, settings: Any) -> None:
    settings.VAULT_KEY = settings.VAULT_PUBLIC_KEY = ""
    with nothing_written():
        answer = boss.post(IMPORT, {"name": "payroll", "private_key": KEY})
    refused(answer, 500, "LUCID_ERR_1000")
    assert "VAULT_PUBLIC_KEY" in answer.body["error"]["message"]
