"""Making a wallet: by a worker, with words that are shown once."""

from datetime import timedelta
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account as EthAccount

from lucidpay import sealing
from lucidpay.clock import utc_now
from tests.api.client import Api, nothing_written, refused
from tests.wallets.beside import nowhere, working
from tests.wallets.test_hd import theirs
from tron.address import address_of_public_key
from wallets import vault
from wallets.models import Wallet
from wallets.models_keys import KeyRequest
from wallets.services.backup import backups_make, requests_wipe
from wallets.services.create import key_await, wallet_create_with_words
from wallets.services.open import keys_make
from wallets.tasks import open_wallets

CREATE, WALLETS = "/tron/wallets/create", "/tron/wallets"
PASSWORD = "correct horse battery staple"


@pytest.mark.contract("C-WAL-1", "C-WAL-6", "C-WAL-9")
@pytest.mark.django_db(transaction=True)
def test_words_are_shown_in_one_answer_and_left_nowhere(
    boss: Api, viewer: Api, all_logged: pytest.LogCaptureFixture
) -> None:
    wanted = {"name": "payroll", "mnemonic_words": 24}
    with working():
        answer = boss.post(CREATE, wanted, Idempotency_Key="once")
    assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
    words, wallet = answer.body["mnemonic"], Wallet.objects.get()
    assert len(words.split()) == 24
    assert answer.body["address"] == wallet.address == theirs(words)
    assert (answer.body["path"], answer.body["note"]) == (vault.PATH_DEFAULT, None)
    assert (answer.body["status"], answer.body["has_key"]) == ("opening", True)
    shown = {key: value for key, value in answer.body.items()
             if key not in ("mnemonic", "path", "note")}  # fmt: skip
    place = answer.headers["Location"]
    assert place == f"{WALLETS}/{wallet.public_id}"
    assert viewer.get(place).body == shown
    assert viewer.get(WALLETS).body["wallets"] == [shown]
    # The same again is no second wallet, and shows nothing.
    again = boss.post(CREATE, wanted, Idempotency_Key="once")
    refused(again, 409, "LUCID_ERR_1005")
    assert "Idempotent-Replayed" not in again.headers
    key = EthAccount.from_mnemonic(words, account_path=vault.PATH_DEFAULT).key
    assert address_of_public_key(PrivateKey(bytes(key)).public_key) == wallet.address
    first, *_, last = (words.split(" ", 3)[:3], words.rsplit(" ", 3)[-3:])
    nowhere(words, " ".join(first), " ".join(last), bytes(key).hex(), log=all_logged.text)
    assert not KeyRequest.objects.exists()
    assert words not in again.text + viewer.get(place).text


@pytest.mark.contract("C-WAL-1")
@pytest.mark.django_db(transaction=True)
def test_without_words_it_is_a_key_alone(boss: Api) -> None:
    with working():
        answer = boss.post(CREATE, {"name": "shared", "kind": "multisig"})
    assert answer.status == 201
    assert (answer.body["kind"], answer.body["mnemonic"], answer.body["path"]) == (
        "multisig", None, None,
    )  # fmt: skip
    assert answer.body["address"] == Wallet.objects.get().address is not None
    assert not KeyRequest.objects.exists()


@pytest.mark.contract("C-WAL-2", "C-WAL-8")
@pytest.mark.usefixtures("_cheap")
@pytest.mark.django_db
def test_without_a_worker_it_waits_and_its_backup_gives_the_key(boss: Api, settings: Any) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    answer = boss.post(CREATE, {"name": "payroll", "mnemonic_words": 12})
    assert answer.status == 202
    body = answer.body
    assert (body["status"], body["address"], body["mnemonic"]) == ("awaiting_key", None, None)
    assert "back it up" in body["note"]
    assert not KeyRequest.objects.exists()  # nobody is left who could read them
    keys_make()
    place = answer.headers["Location"]
    made = boss.get(place).body
    assert (made["status"], made["has_key"], made["backed_up_at"]) == ("opening", True, None)
    asked = boss.post(f"{place}/backup", {"password": PASSWORD})
    assert (asked.status, asked.body["keystore"]) == (202, None)
    backups_make()
    kept = boss.post(f"{place}/backup", {"password": PASSWORD})
    assert kept.status == 200
    key = PrivateKey(bytes(EthAccount.decrypt(kept.body["keystore"], PASSWORD)))
    assert address_of_public_key(key.public_key) == made["address"]


@pytest.mark.contract("C-WAL-2")
@pytest.mark.django_db
def test_without_a_worker_a_key_alone_waits_as_well(boss: Api, settings: Any) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    answer = boss.post(CREATE, {"name": "payroll"})
    assert (answer.status, answer.body["address"]) == (202, None)
    assert "back it up" not in answer.body["note"]


@pytest.mark.django_db
def test_words_that_came_at_the_last_moment_are_shown() -> None:
    wallet, mailbox = wallet_create_with_words(
        name="payroll", kind="hot", words=15, owner_id=None, now=utc_now()
    )
    keys_make()
    made, words = key_await(wallet, mailbox=mailbox, wait_s=0)
    assert theirs(words) == made.address
    assert key_await(wallet, mailbox=mailbox, wait_s=0)[1] == ""


@pytest.mark.contract("C-WAL-1")
@pytest.mark.django_db
def test_nobody_but_who_asked_can_open_the_box_and_it_is_wiped_in_a_minute() -> None:
    """As when the web process has died meanwhile: its half of the mailbox died with it."""
    now = utc_now()
    wallet, _ = wallet_create_with_words(
        name="payroll", kind="hot", words=12, owner_id=None, now=now
    )
    keys_make()
    box = KeyRequest.objects.get().sealed_words
    with pytest.raises(sealing.DoesNotOpen):
        sealing.unseal(box)
    other = sealing.Mailbox()
    with pytest.raises(sealing.DoesNotOpen):
        vault.read_words(box, mailbox=other, wallet_id=wallet.pk)
    assert requests_wipe(now=now + timedelta(seconds=60)) == 0
    assert requests_wipe(now=now + timedelta(seconds=61)) == 1
    assert key_await(wallet, mailbox=other, wait_s=0)[1] == ""


@pytest.mark.django_db
def test_a_worker_without_the_vault_says_so_and_makes_nothing(
    boss: Api, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    assert boss.post(CREATE, {"name": "payroll", "mnemonic_words": 12}).status == 202
    settings.VAULT_KEY = ""
    open_wallets()
    assert Wallet.objects.get().address is None
    assert "keys_not_made" in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"mnemonic_words": 13}, "mnemonic_words"),
        ({"mnemonic_words": "12"}, "mnemonic_words"),
        ({"mnemonic_words": True}, "mnemonic_words"),
        ({"mnemonic_words": None}, "mnemonic_words"),
        ({"kind": "cold"}, "kind"),
        ({"kind": "watch"}, "kind"),
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"words": 12}, "words"),
        ({"private_key": "01" * 32}, "private_key"),
    ],
)
def test_it_refuses_a_bad_body(boss: Api, wrong: dict[str, Any], field: str) -> None:
    with nothing_written():
        answer = boss.post(CREATE, {"name": "payroll", **wrong})
    assert set(refused(answer, 400, "LUCID_ERR_1001")) == {field}


@pytest.mark.contract("C-WAL-9")
@pytest.mark.django_db
def test_who_may_look_may_not_make_import_back_up_or_restore(viewer: Api) -> None:
    wallet = f"{WALLETS}/wallet_{'0' * 32}"
    for path in (CREATE, f"{WALLETS}/import", f"{wallet}/backup", f"{wallet}/restore"):
        with nothing_written():
            refused(viewer.post(path, {"name": "payroll"}), 403, "LUCID_ERR_2010")
