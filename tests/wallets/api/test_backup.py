"""Backing a key up under a password, and bringing it back."""

from datetime import timedelta
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account as EthAccount

from lucidpay.api.json import dumps
from lucidpay.clock import utc_now
from lucidpay.sealing import vault_key_pair
from tests import builders
from tests.api.client import Api, caller, nothing_written, refused
from tests.wallets.api.test_import import keystore_of
from tests.wallets.beside import nowhere, working
from tron.address import address_of_public_key
from wallets import vault
from wallets.models import Wallet
from wallets.models_keys import KeyRequest
from wallets.services.backup import backup_ask, backups_make, requests_wipe
from wallets.services.open import wallet_create, wallet_import

pytestmark = pytest.mark.usefixtures("_cheap")

PASSWORD = "correct horse battery staple"
KEY = PrivateKey()


@pytest.fixture
def wallet(db: None) -> Wallet:
    """A wallet of a key that the test knows."""
    return wallet_import(name="payroll", private_key_hex=KEY.to_hex())


def backup(boss: Api, wallet: Wallet, password: str = PASSWORD) -> Any:
    return boss.post(f"/tron/wallets/{wallet.public_id}/backup", {"password": password})


def restore(boss: Api, wallet: Wallet, keystore: Any, password: str = PASSWORD) -> Any:
    body = {"keystore": keystore, "password": password}
    return boss.post(f"/tron/wallets/{wallet.public_id}/restore", body)


@pytest.mark.contract("C-WAL-8")
@pytest.mark.django_db(transaction=True)
def test_a_worker_makes_it_while_the_caller_waits(
    boss: Api, wallet: Wallet, all_logged: pytest.LogCaptureFixture
) -> None:
    with working():
        answer = backup(boss, wallet)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    assert bytes(EthAccount.decrypt(answer.body["keystore"], PASSWORD)) == KEY.secret
    assert answer.body["address"] == address_of_public_key(KEY.public_key)
    wallet.refresh_from_db()
    assert wallet.backed_up_at is not None
    assert not KeyRequest.objects.exists()
    nowhere(PASSWORD, KEY.to_hex(), log=all_logged.text)
    nowhere(answer.body["keystore"]["crypto"]["ciphertext"])


@pytest.mark.contract("C-WAL-8")
@pytest.mark.django_db
def test_what_was_made_too_late_is_given_to_who_asks_again_with_its_password(
    boss: Api, wallet: Wallet, settings: Any, all_logged: pytest.LogCaptureFixture
) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    late = backup(boss, wallet)
    assert (late.status, late.body["keystore"]) == (202, None)
    assert "same password" in late.body["note"]
    nowhere(PASSWORD, log=all_logged.text)
    assert KeyRequest.objects.get().sealed_password
    backups_make()
    made = KeyRequest.objects.get()
    assert made.sealed_password == ""  # it has done its work
    nowhere(PASSWORD, KEY.to_hex(), log=all_logged.text)
    wallet.refresh_from_db()
    assert wallet.backed_up_at is None  # nobody has it yet
    assert backup(caller("operator"), wallet).status == 202  # another's is not theirs
    answer = backup(boss, wallet)
    assert answer.body["keystore"] == made.keystore
    wallet.refresh_from_db()
    assert wallet.backed_up_at is not None
    assert backup(boss, wallet).status == 202  # handed out once


@pytest.mark.django_db
def test_another_password_takes_the_place_of_the_one_before(
    boss: Api, wallet: Wallet, settings: Any
) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    backup(boss, wallet)
    backups_make()
    assert backup(boss, wallet, "another password").status == 202
    backups_make()
    keystore = backup(boss, wallet, "another password").body["keystore"]
    assert bytes(EthAccount.decrypt(keystore, "another password")) == KEY.secret


@pytest.mark.django_db
def test_nothing_of_it_stays_for_longer_than_ten_minutes(
    boss: Api, wallet: Wallet, settings: Any
) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    now = utc_now()
    backup(boss, wallet)
    assert requests_wipe(now=now + timedelta(minutes=9)) == 0
    assert requests_wipe(now=now + timedelta(minutes=11)) == 1
    assert backups_make() == 0


@pytest.mark.django_db
def test_a_key_that_the_vault_cannot_open_is_told_and_can_be_restored(
    boss: Api, wallet: Wallet, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """As after the vault's own key was lost: the backup brings the wallet back."""
    settings.WALLET_ANSWER_WAIT_S = 0
    backup(boss, wallet)
    backups_make()
    keystore = backup(boss, wallet).body["keystore"]
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = vault_key_pair()
    assert backup(boss, wallet).status == 202
    backups_make()
    assert "wallet_key_does_not_open" in caplog.text
    # Who asks again learns what is the matter, and asks anew thereby.
    request = KeyRequest.objects.get()
    assert (request.error, request.sealed_password) == ("does not open", "")
    answer = restore(boss, wallet, keystore)
    assert (answer.status, answer.body["has_key"]) == (200, True)
    assert answer.headers["Cache-Control"] == "no-store"
    wallet.refresh_from_db()
    address = str(wallet.address)
    assert vault.open_key(sealed_key=wallet.sealed_key, address=address).address == address


@pytest.mark.django_db(transaction=True)
def test_a_caller_who_waits_learns_that_the_vault_cannot_open_it(
    boss: Api, wallet: Wallet, settings: Any
) -> None:
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = vault_key_pair()
    with working():
        answer = backup(boss, wallet)
    refused(answer, 409, "LUCID_ERR_1005")
    assert "earlier backup" in answer.body["error"]["message"]
    assert not KeyRequest.objects.exists()


@pytest.mark.contract("C-WAL-8")
@pytest.mark.django_db
def test_a_keystore_of_another_wallet_changes_nothing(boss: Api, wallet: Wallet) -> None:
    other = PrivateKey()
    sealed = wallet.sealed_key
    answer = restore(boss, wallet, keystore_of(other.to_hex(), PASSWORD))
    details = refused(answer, 400, "LUCID_ERR_1001")
    assert address_of_public_key(other.public_key) in details["keystore"][0]
    assert "another address" in answer.body["error"]["message"]
    wallet.refresh_from_db()
    assert wallet.sealed_key == sealed


@pytest.mark.django_db
def test_a_wallet_that_never_had_a_key_here_gets_none(boss: Api, db: None) -> None:
    wallet = wallet_create(name="waiting")
    answer = restore(boss, wallet, keystore_of(KEY.to_hex(), PASSWORD))
    refused(answer, 409, "LUCID_ERR_1005")
    refused(backup(boss, wallet), 409, "LUCID_ERR_1005")


@pytest.mark.django_db
def test_bad_bodies_and_unknown_wallets_are_refused(boss: Api, wallet: Wallet) -> None:
    with nothing_written():
        for password in ("x" * 11, "", None, 5, "x" * 1001):
            details = refused(backup(boss, wallet, password), 400, "LUCID_ERR_1001")  # type: ignore[arg-type]
            assert set(details) == {"password"}
        details = refused(restore(boss, wallet, []), 400, "LUCID_ERR_1001")
        assert set(details) == {"keystore"}
        for odd in ("wallet_x", f"wallet_{'0' * 32}", builders.address()):
            path = f"/tron/wallets/{odd}"
            refused(boss.get(path), 404, "LUCID_ERR_1003")
            refused(boss.post(f"{path}/backup", {"password": PASSWORD}), 404, "LUCID_ERR_1003")


def test_where_it_is_switched_off_only_the_command_backs_up(
    boss: Api, wallet: Wallet, settings: Any
) -> None:
    settings.WALLET_BACKUP_BY_API = False
    answer = backup(boss, wallet)
    assert (answer.status, answer.body["error"]["code"]) == (403, "LUCID_ERR_2010")
    assert "wallet backup" in answer.body["detail"]
    assert not KeyRequest.objects.exists()
    backup_ask(wallet=wallet, owner_id=None, password=PASSWORD, now=utc_now())


def test_a_name_that_looks_like_an_address_is_none(boss: Api, wallet: Wallet) -> None:
    name = {"name": str(wallet.address)}
    for answer in (
        boss.call("PATCH", f"/tron/wallets/{wallet.public_id}", dumps(name)),
        boss.post("/tron/wallets/create", name),
    ):
        assert (answer.status, answer.body["error"]["code"]) == (400, "LUCID_ERR_1001")
        assert "name" in answer.body["error"]["details"]
