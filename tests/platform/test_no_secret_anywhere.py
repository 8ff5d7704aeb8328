"""No key, no words and no password stay anywhere, whatever is done and however it fails."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account as EthAccount

from lucidpay.sealing import vault_key_pair
from tests import local
from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.platform.sweep import Sweep
from tests.sandbox.people import Person
from tests.waiting import until
from wallets import hd

pytestmark = pytest.mark.slow

MEMO = "a memo that may be seen"
# Signs that JSON, Python, SQL and URLs each write in their own way.
ODD = "pä\"ss'w\\ord %s {} €"
LOGIN, LOGIN_WRONG = f"login {ODD}", f"no login {ODD}"
THEIRS, BACKUP, WRONG = f"their keystore's {ODD}", f"our backup's {ODD}", f"guessed {ODD}"
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
PATH = "m/44'/195'/4'/0/9"
PEOPLE = """
import sys
from tests import builders
olga = builders.user("admin", username="olga")
olga.set_password(sys.stdin.read())
olga.save()
print(builders.token(olga, scopes=None))
"""
# What a broken rule of the database says repeats the row, and ends in everybody's log.
FAIL = """
    CREATE FUNCTION tests_fail() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'made to fail: %', NEW; END $$
"""
FAILS_AT = "CREATE TRIGGER tests_fail BEFORE {} ON {} FOR EACH ROW EXECUTE FUNCTION tests_fail()"
MENDS = "DROP TRIGGER tests_fail ON {}"


@dataclass
class Olga:
    """An admin, and all that was answered to her."""

    running: Platform
    sweep: Sweep
    token: str = ""
    numbers: Iterator[int] = field(default_factory=count)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Return status and body; the answer is searched as well."""
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.running.web_port}{path}"
        status, told, content = local.call(method, url, body, named)
        read = json.loads(content) if content else {}
        if read.get("mnemonic"):  # the one answer that shows words, here and nowhere else
            content = content.replace(read["mnemonic"].encode(), b"")
        self.sweep.keep("answers", f"{method} {path} {status} {told}".encode() + b"\n" + content)
        return status, read

    def done(self, path: str, /, status: int = 202, **body: Any) -> dict[str, Any]:
        """POST something that is asked once only; return what must be answered."""
        found, read = self.ask("POST", path, body, Idempotency_Key=f"once {next(self.numbers)}")
        assert found == status, (path, read)
        return dict(read)

    def confirmed(self, operation: dict[str, Any]) -> None:
        """Wait for the chain to have done it."""
        path = f"/tron/operations/{operation['operation_id']}"
        until(path, lambda: self.ask("GET", path)[1]["status"] == "confirmed")


@pytest.fixture
def running(tmp_path: Any) -> Iterator[Platform]:
    """Give a platform that tells all it can."""
    with platform(tmp_path, LOG_LEVEL="DEBUG", WALLET_ANSWER_WAIT_S="20") as whole:
        whole.start_worker()
        whole.start_beat()
        whole.start_web()
        yield whole


@pytest.fixture
def sweep(running: Platform) -> Sweep:
    """Know of the secrets of the platform itself, and of the passwords."""
    sweep = Sweep(running)
    for name in ("VAULT_KEY", "token"):
        sweep.hide_text(name, running.env.get(name) or running.token)
    for password in (LOGIN, LOGIN_WRONG, THEIRS, BACKUP, WRONG):
        sweep.hide_text(password[: -len(ODD)], password)
    return sweep


@pytest.fixture
def olga(running: Platform, sweep: Sweep) -> Olga:
    """Let her log in, after a wrong password, and go on with a key."""
    token = running.manage("shell", "-v", "0", "-c", PEOPLE, text=LOGIN).split()[-1]
    olga = Olga(running, sweep)
    who = {"username": "olga", "password": LOGIN_WRONG}
    assert olga.ask("POST", "/api/auth/token/", who)[0] == 401
    assert olga.ask("POST", "/api/auth/token/", {**who, "password": LOGIN})[0] == 200
    olga.token = sweep.hide_text("her key", token)
    return olga


@pytest.mark.contract("C-WAL-1", "C-WAL-4")
def test_after_everything_was_done_and_has_failed_no_secret_is_anywhere(
    running: Platform, sweep: Sweep, olga: Olga
) -> None:
    cold, hot = Person(PrivateKey()), the_hot_wallet(olga)
    sweep.hide_key("key of the cold wallet", cold.key.secret)
    running.control("faucet", {"address": cold.address, "trx": 500, "usdt": 5})
    makes_wallets(olga)
    taken = takes_over(olga)
    backs_up_and_restores(olga, hot, taken)
    moves_money(olga, hot, cold.address)
    people_sign(olga, cold)
    sweep.keep_tables()
    what_fails_tells_nothing(olga)
    worker_fails_and_is_gone(olga, hot)
    vault_key_is_replaced(olga, hot)
    chain_is_away(olga)
    sweep.keep_tables()
    sweep.keep_valkey()
    what_may_be_seen_is_seen(sweep)
    nothing_is_found(sweep)


def nothing_is_found(sweep: Sweep) -> None:
    """Fail with the places and the names of what was found there."""
    found = sweep.found()
    assert not found, "\n".join(found)


def the_hot_wallet(olga: Olga) -> str:
    """Return the id of the wallet that pays, whose key the worker has made."""
    wallets = olga.ask("GET", "/tron/wallets")[1]["wallets"]
    return str(wallets[0]["wallet_id"])


def hide_backup(olga: Olga, wallet: str, name: str) -> dict[str, Any]:
    """Return a wallet's backup, and have its key looked for from now on."""
    made = olga.done(f"/tron/wallets/{wallet}/backup", 200, password=BACKUP)
    olga.sweep.hide_key(name, bytes(EthAccount.decrypt(made["keystore"], BACKUP)))
    return dict(made["keystore"])


def hide_words(olga: Olga, name: str, words: str, path: str) -> None:
    """Have words, their seed and their key looked for."""
    seed = hd.seed_of(words)
    olga.sweep.hide_words(f"words {name}", words)
    olga.sweep.hide_key(f"seed of words {name}", seed)
    olga.sweep.hide_key(f"key of words {name}", hd.key_at(seed, hd.place_parse(path)))


def makes_wallets(olga: Olga) -> None:
    """Make one with words, and one without."""
    shown = olga.done("/tron/wallets/create", 201, name="with words", mnemonic_words=24)
    hide_words(olga, "that were made", shown["mnemonic"], shown["path"])
    alone = olga.done("/tron/wallets/create", 201, name="key alone")
    hide_backup(olga, alone["wallet_id"], "key of the wallet without words")


def takes_over(olga: Olga) -> str:
    """Import by each kind of secret, after a wrong one of each; return the id of a wallet."""
    path, keys = "/tron/wallets/import", [PrivateKey() for _ in range(4)]
    for key in keys:
        olga.sweep.hide_key("imported key", key.secret)
    hide_words(olga, "imported", WORDS, PATH)
    texts = [key.to_hex() for key in keys]
    keystore = dict(EthAccount.encrypt(texts[1], THEIRS, kdf="pbkdf2", iterations=2))
    olga.sweep.hide_text("imported keystore", keystore["crypto"]["ciphertext"])
    bad_words = olga.sweep.hide_text("wrong words", f"{WORDS} {WORDS[::-1]}")
    for secret in (
        {"private_key": f"{texts[2]}ff"}, {"private_key": texts[2], "kind": "cold"},
        {"mnemonic": bad_words}, {"mnemonic": WORDS.swapcase() + "x", "path": PATH},
        {"keystore": keystore, "password": WRONG}, {"keystore": texts[2], "password": WRONG},
        {"private_key": texts[2], "address": somebody()},
    ):  # fmt: skip
        olga.done(path, 400, name="wrong", **secret)
    olga.done(path, 201, name="words", mnemonic=WORDS, path=PATH)
    olga.done(path, 201, name="keystore", keystore=keystore, password=THEIRS)
    upper = f"0x{texts[3].upper()}"
    wallet = olga.done(path, 201, name="key", private_key=upper)["wallet_id"]
    olga.done(path, 409, name="key", private_key=texts[0])
    return str(wallet)


def backs_up_and_restores(olga: Olga, hot: str, taken: str) -> None:
    """Back two wallets up and bring one back, after what is wrong."""
    keystore = hide_backup(olga, hot, "key of the hot wallet")
    other = hide_backup(olga, taken, "imported key")
    restore = f"/tron/wallets/{hot}/restore"
    olga.done(restore, 400, keystore=keystore, password=WRONG)
    olga.done(restore, 400, keystore=other, password=BACKUP)
    olga.done(restore, 200, keystore=keystore, password=BACKUP)
    olga.done(f"/tron/wallets/{hot}/backup", 400, password="kürzer")


def moves_money(olga: Olga, hot: str, friend: str) -> None:
    """Stake, lend, send and pay, as one who has forgotten nothing."""
    stake = {"wallet_id": hot, "amount_trx": 50_000, "resource": "ENERGY"}
    staked = olga.done("/tron/staking/stake", **stake)
    sent = olga.done(f"/tron/wallets/{hot}/transfer-trx", to_address=somebody(), amount_trx=5)
    given = {"to_address": somebody(), "amount": "1.5", "memo": MEMO}
    told = olga.done("/tron/usdt/transfer", 201, from_wallet_id=hot, **given)
    olga.done("/tron/payouts/v0", 201, recipient_address=somebody(), amount_usdt=2, reason="pay")
    olga.confirmed(staked)
    olga.confirmed(sent)
    lend = {**stake, "amount_trx": 10, "receiver": friend}
    olga.confirmed(olga.done("/tron/staking/delegate", **lend))
    path = f"/tron/payouts/{told['payout_id']}"
    until("it is paid", lambda: olga.ask("GET", path)[1]["status"] == "confirmed")
    # Its own key: to others the API opens no account whose key is here.
    own = olga.ask("GET", f"/tron/wallets/{hot}")[1]["address"]
    keys = [{"address": own, "weight": 1}]
    grant = {"name": "payouts", "threshold": 1, "keys": keys}
    body = {"actives": [{**grant, "operations": ["TriggerSmartContract"]}]}
    assert "confirm" in olga.done(f"/tron/wallets/{hot}/permissions", 200, **body)


def people_sign(olga: Olga, cold: Person) -> None:
    """Move money of a wallet whose key was never here."""
    known = {"name": "cold", "kind": "cold", "address": cold.address}
    wallet = olga.done("/tron/wallets/import", 201, **known)["wallet_id"]
    path = f"/tron/wallets/{wallet}"
    until("it is open", lambda: olga.ask("GET", path)[1]["status"] == "active")
    operation = olga.done(f"{path}/transfer-trx", to_address=somebody(), amount_trx=3)
    txid = olga.done(f"{path}/unsigned", 200, operation_id=operation["operation_id"])["txid"]
    signature = cold.key.sign_recoverable(bytes.fromhex(txid), hasher=None).hex()
    olga.done(f"{path}/signatures", 200, txid=txid, signature=signature)
    olga.confirmed(operation)


def what_fails_tells_nothing(olga: Olga) -> None:
    """Let the database refuse what is written where secrets are at hand: 500, with a traceback."""
    key, own, path = PrivateKey(), PrivateKey(), "/tron/wallets/import"
    for one in (key, own):
        olga.sweep.hide_key("key of a failed import", one.secret)
    words = hd.words_make(12)
    hide_words(olga, "of a failed import", words, hd.PATH_DEFAULT)
    theirs = dict(EthAccount.encrypt(key.to_hex(), THEIRS, kdf="pbkdf2", iterations=2))
    backup = dict(EthAccount.encrypt(own.to_hex(), BACKUP, kdf="pbkdf2", iterations=2))
    wallet = olga.done(path, 201, name="own", private_key=own.to_hex())["wallet_id"]
    olga.running.execute(FAIL, FAILS_AT.format("INSERT OR UPDATE", "wallets_wallet"))
    for secret in (
        {"private_key": key.to_hex()}, {"mnemonic": words},
        {"keystore": theirs, "password": THEIRS},
    ):  # fmt: skip
        olga.done(path, 500, name="fails", **secret)
    olga.done(f"/tron/wallets/{wallet}/restore", 500, keystore=backup, password=BACKUP)
    olga.running.execute(MENDS.format("wallets_wallet"))


def worker_fails_and_is_gone(olga: Olga, hot: str) -> None:
    """Let a worker fail with words and a key at hand, then let what is asked for wait for one."""
    running, log = olga.running, olga.running.directory / "worker.log"
    running.execute(FAILS_AT.format("UPDATE", "wallets_keyrequest"))
    before, failed = log.stat().st_size, ("wallets.open", "wallets.backup")

    def ask(path: str, body: dict[str, Any]) -> None:
        with suppress(OSError):  # the web is killed while it waits
            olga.ask("POST", path, body)

    with ThreadPoolExecutor() as people:
        people.submit(ask, "/tron/wallets/create", {"name": "late", "mnemonic_words": 12})
        people.submit(ask, f"/tron/wallets/{hot}/backup", {"password": BACKUP})
        until("both failed", lambda: all(told(log, before, name) for name in failed))
        running.kill("worker")
        olga.done(f"/tron/wallets/{hot}/transfer-trx", to_address=somebody(), amount_trx=1)
        olga.sweep.keep_tables()
        olga.sweep.keep_valkey()
        running.kill("web")
    assert running.one("SELECT count(*) FROM wallets_keyrequest") == 2
    running.execute(MENDS.format("wallets_keyrequest"))


def told(log: Path, before: int, task: str) -> bool:
    """Return whether a task is told to have failed behind this place of the log."""
    lines = log.read_bytes()[before:].splitlines()
    return any(b"made to fail" in line and task.encode() in line for line in lines)


def vault_key_is_replaced(olga: Olga, hot: str) -> None:
    """Seal all anew, and go on."""
    running, before = olga.running, olga.running.env["VAULT_KEY"]
    key, public_key = vault_key_pair()
    olga.sweep.hide_text("the vault's next key", key)
    running.env |= {"VAULT_KEY_PREVIOUS": before, "VAULT_KEY": key, "VAULT_PUBLIC_KEY": public_key}
    olga.sweep.keep("rotated", running.manage("rotate_vault_key").encode())
    running.start_web()
    running.start_worker()
    hide_backup(olga, hot, "key of the hot wallet")


def chain_is_away(olga: Olga) -> None:
    """Import a key whose rights a node must tell, while there is none."""
    key = PrivateKey()
    olga.sweep.hide_key("key of an import without a node", key.secret)
    olga.running.kill("node")
    secret = {"private_key": key.to_hex(), "address": somebody(), "permission_id": 2}
    olga.done("/tron/wallets/import", 500, name="limited", **secret)


def what_may_be_seen_is_seen(sweep: Sweep) -> None:
    """Search for what is no secret, in every place where a secret could have been."""
    for text, places in (
        (MEMO, {"public.payouts_payout", "pg_wal"}),
        ("made to fail", {"web.log", "worker.log", "server.log"}),
        ("wallets.backup", {"worker.log", "valkey", "appendonlydir"}),
        ("TriggerSmartContract", {"answers"}),
        ("sealed anew", {"rotated"}),
        ("transfer_trx", {"answers", "public.access_idempotencyrecord"}),
    ):
        seen = {name for path in sweep.files_with({text.encode()})
                for name in (Path(path).name, Path(path).parent.name)}  # fmt: skip
        assert places <= seen, (text, places - seen)
