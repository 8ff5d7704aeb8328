"""`manage.py wallet`: the same verbs, with secrets asked for and never in the command line."""

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from django.core.management import CommandError, call_command
from eth_account import Account as EthAccount

from tests import builders
from tests.sandbox.process import SandboxProcess
from tests.wallets.api.test_import import keystore_of
from tests.wallets.beside import nowhere, working
from tests.wallets.test_hd import KNOWN, theirs
from wallets import vault
from wallets.models import Wallet
from wallets.models_keys import KeyRequest

PASSWORD = "correct horse battery staple"


@pytest.fixture
def wallet_command(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a verb with this on standard input, and return what is said."""

    def run(*arguments: str, given: str = "") -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        said = io.StringIO()
        call_command("wallet", *arguments, stdout=said)
        return said.getvalue()

    return run


@pytest.mark.django_db(transaction=True)
def test_words_are_printed_once_and_kept_nowhere(wallet_command: Any) -> None:
    with working():
        said = wallet_command("create", "payroll", "--words", "12")
    wallet, words = Wallet.objects.get(), said.splitlines()[1]
    assert theirs(words) == wallet.address
    assert f"{wallet.public_id}: {wallet.address}" in said
    nowhere(words)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_cheap")
def test_a_backup_is_printed_and_restores(wallet_command: Any, tmp_path: Path) -> None:
    key = PrivateKey()
    wallet_command("import", "payroll", given=f"{key.to_hex()}\n")
    with working():
        said = wallet_command("backup", "payroll", given=f"{PASSWORD}\n")
    keystore = json.loads(said)
    assert bytes(EthAccount.decrypt(keystore, PASSWORD)) == key.secret
    file = tmp_path / "payroll.json"
    file.write_text(said)
    Wallet.objects.update(sealed_key="lost")
    assert "its key is here again" in wallet_command(
        "restore", "payroll", str(file), given=PASSWORD
    )
    wallet = Wallet.objects.get()
    assert wallet.backed_up_at is not None
    assert vault.open_key(sealed_key=wallet.sealed_key, address=str(wallet.address))
    with pytest.raises(CommandError, match="password does not open"):
        wallet_command("restore", "payroll", str(file), given="another password")
    nowhere(PASSWORD, key.to_hex())


@pytest.mark.django_db
def test_a_balance_is_told_line_by_line(wallet_command: Any, node: SandboxProcess) -> None:
    wallet = builders.hot_wallet(usdt_micro=12_500_000)
    said = dict(line.split("  ", 1) for line in wallet_command("balance", wallet.name).splitlines())
    assert (said["usdt"], said["source"], said["staked_trx"]) == ("12.5", "books", "0")
    assert json.loads(said["energy"]) == {"limit": 0, "used": 0, "available": 0}


@pytest.mark.django_db
def test_each_way_to_import(wallet_command: Any, tmp_path: Path) -> None:
    file, key = tmp_path / "key.json", PrivateKey()
    file.write_text(json.dumps(keystore_of(key.to_hex(), PASSWORD)))
    path = "m/44'/195'/0'/0/7"
    wallet_command("import", "a", "--mnemonic", "--path", path, given=f"{KNOWN[0]}\n")
    wallet_command("import", "b", "--keystore", str(file), given=f"{PASSWORD}\n")
    addresses = [builders.address() for _ in range(2)]
    wallet_command("import", "c", "--kind", "cold", "--address", addresses[0])
    wallet_command("import", "d", "--kind", "multisig", "--address", addresses[1])
    found = {row.name: (row.kind, row.address) for row in Wallet.objects.all()}
    assert found["a"] == ("hot", theirs(KNOWN[0], 0, 7))
    assert found["b"][0] == "hot"
    assert [found["c"], found["d"]] == [("cold", addresses[0]), ("multisig", addresses[1])]
    said = wallet_command("list")
    assert all(address in said for _, address in found.values())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (("create", "x", "--words", "13"), "", "--words is one of"),
        (("create", "x", "--kind", "cold"), "", "hot and multisig"),
        (("create", "x", "--words", "12"), "", "no worker came in time"),
        (("import", "x", "--kind", "warm"), "", "--kind is one of"),
        (("import", "x", "--kind", "cold"), "", "--address"),
        (("import", "x", "--kind", "cold", "--address", "T1"), "", "Invalid TRON address"),
        (("import", "x"), "5ecre7", "64 hex digits"),
        (("import", "x", "--mnemonic"), "5ecre7", "English words"),
        (("import", "x", "--keystore", "/nowhere"), "5ecre7", "cannot be read"),
        (("backup", "x"), PASSWORD, "no wallet of this name"),
        (("backup", "taken"), "5ecre7", "12 characters"),
        (("backup", "taken"), PASSWORD, "Ask again"),
        (("restore", "taken", "/nowhere"), "5ecre7", "cannot be read"),
        (("import", "taken"), "01" * 32, "this name"),
    ],
)
def test_what_is_wrong_is_one_line_without_the_secret(
    wallet_command: Any, arguments: tuple[str, ...], given: str, said: str, settings: Any
) -> None:
    settings.WALLET_ANSWER_WAIT_S = 0
    wallet_command("import", "taken", given=PrivateKey().to_hex())
    with pytest.raises(CommandError, match=said) as caught:
        wallet_command(*arguments, given=given)
    assert not given or given not in str(caught.value)
    assert KeyRequest.objects.filter(kind="words").count() == 0
