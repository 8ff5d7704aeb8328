"""The doctor finds nothing wrong where nothing is, and names each ill with what to do."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any
from urllib.parse import quote

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test.utils import override_settings

from lucidpay.api.throttling import redis_client
from lucidpay.clock import utc_now
from lucidpay.doctor import broker, chain, database, holdings
from lucidpay.doctor.configured import key_lines
from lucidpay.doctor.line import OK, WARNING, WRONG, Line
from lucidpay.doctor.run import doctor_lines
from lucidpay.sealing import vault_key_pair
from lucidpay.services import QUEUES
from lucidpay.workers import beat_alive, worker_alive
from tests import builders
from tests.api.test_health import _scanned
from tests.local import port_free
from tests.platform.running import ROOT
from tests.sandbox.process import SandboxProcess
from tests.tron.chain import SOLID_LAG
from tron.halt import halt
from tron.models import Halt, HaltCause, ScanCursor
from tron.reference import LAG_BLOCKS_MAX
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
SECRET = "pa$$w0rd-of-nobody"
# What every test meets: one node, no mail server.
USUAL = {
    "nodes: all nodes are on one host: nobody would notice that it lies",
    "mail: EMAIL_URL is not set: owners of webhooks that were switched off are not mailed",
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """Give a node of these tests alone: others step the time of theirs."""
    process = SandboxProcess(tmp_path_factory.mktemp("chain")).start()
    process.mine(SOLID_LAG + 5)
    yield process
    process.close()


def let_it_be_now(node: SandboxProcess) -> None:
    """Make a block of this moment: they come on demand only."""
    head = node.post("/wallet/getnowblock")["block_header"]["raw_data"]["timestamp"]
    late_ms = round(utc_now().timestamp() * 1000) - head
    if late_ms > 0:
        node.mine(1, interval_ms=late_ms)


@pytest.fixture(autouse=True)
def well(node: SandboxProcess) -> Iterator[None]:
    """Give a platform on which nothing is wrong."""
    let_it_be_now(node)
    redis_client().flushdb()
    worker_alive("w@host", QUEUES)
    beat_alive()
    _scanned()
    builders.hot_wallet()
    Wallet.objects.update(backed_up_at=utc_now())
    yield
    redis_client().flushdb()


def looked(role: str) -> list[Line]:
    """Return all lines, under the name of the settings, which overriding them takes away."""
    with override_settings(SETTINGS_MODULE="lucidpay.settings.test"):
        return list(doctor_lines(role))


def lines(role: str = "") -> dict[str, str]:
    """Return what is not well: subject and words, with the level."""
    return {f"{one.subject}: {one.what}": one.level for one in looked(role) if one.level != OK}


def ill(role: str = "") -> dict[str, str]:
    """Return what is not well beside what every test meets."""
    found = lines(role)
    return {what: found[what] for what in found.keys() - USUAL}


def said(*arguments: str) -> tuple[str, int]:
    """Return what the command prints, and its exit status."""
    out, status = StringIO(), 0
    try:
        with override_settings(SETTINGS_MODULE="lucidpay.settings.test"):
            call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        status = int(end.code or 0)
    return out.getvalue(), status


def test_where_nothing_is_wrong_it_says_so_of_each_subject() -> None:
    assert lines() == dict.fromkeys(USUAL, WARNING)
    subjects = {one.subject for one in looked("")}
    assert subjects == {
        "settings", "keys", "postgres", "redis", "workers", "nodes", "clock", "scanner",
        "kill switch", "wallets", "mail", "disk",
    }  # fmt: skip
    text, status = said()
    assert status == 0
    assert "ok      postgres: all guards are there\n" in text
    assert "→ name a second node, of somebody else, in TRON_NODES\n" in text


@pytest.mark.parametrize(
    ("role", "unseen"),
    [("worker", {"mail"}), ("web", {"mail"}), ("sender", {"nodes", "clock"}),
     ("beat", {"mail", "nodes", "clock"})],
)  # fmt: skip
def test_as_a_role_it_looks_at_what_that_needs(role: str, unseen: set[str]) -> None:
    every = {one.subject for one in looked("")}
    assert every - {one.subject for one in looked(role)} == unseen


def test_as_json_it_says_the_same() -> None:
    body = json.loads(said("--json")[0])
    assert body["status"] == WARNING
    assert {one["subject"]: one["level"] for one in body["checks"]}["postgres"] == OK
    Halt.objects.create(cause=HaltCause.OPERATOR, subject="x", reason="r", by="b", at=utc_now())
    text, status = said("--json")
    assert (json.loads(text)["status"], status) == (WRONG, 1)


def test_a_wrong_setting_is_a_line_and_not_the_end(settings: Any) -> None:
    settings.UNDERFUNDED_PAYOUTS = "maybe"
    assert ill() == {"settings: lucidpay.E007: UNDERFUNDED_PAYOUTS must be refuse or wait.": WRONG}
    assert said()[1] == 1


def test_metrics_that_nobody_could_read_behind_a_proxy_are_named(settings: Any) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert list(ill().values()) == [WARNING]
    settings.METRICS_TOKEN = SECRET
    assert ill() == {}


@pytest.mark.parametrize("role", ["web", "beat", "sender"])
def test_only_a_worker_that_signs_has_the_vaults_key(role: str, settings: Any) -> None:
    settings.WEBHOOK_VAULT_PUBLIC_KEY = vault_key_pair()[1] if role == "sender" else ""

    def wrong(role: str) -> list[str]:
        return [one.what for one in key_lines(role) if one.level == WRONG]

    assert f"{role} has VAULT_KEY, and whoever breaks in there has it too" in wrong(role)
    assert wrong("worker") == []
    settings.VAULT_KEY = ""
    assert wrong(role) == (["sender has no WEBHOOK_VAULT_KEY"] if role == "sender" else [])
    assert wrong("worker") == ["worker has no VAULT_KEY"]


def test_all_that_is_away_is_a_line_each_without_a_password() -> None:
    """As a process of its own: the connections of the tests are there."""
    away = f"{quote(SECRET)}@127.0.0.1:{port_free()}"
    given = {
        "DATABASE_URL": f"postgres://lucidpay:{away}/lucidpay", "REDIS_URL": f"redis://:{away}/0",
        "TRON_NODES": f"http://lucidpay:{away}", "TRON_API_KEYS": f"key-{SECRET}",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor", "--role", "web"], env=os.environ | given, cwd=ROOT,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    text = done.stdout + done.stderr
    assert done.returncode == 1
    assert SECRET not in text
    assert quote(SECRET) not in text
    found = re.findall(r"^wrong +(\w+): .*→ .+$", done.stdout, re.MULTILINE)
    assert found == ["postgres", "redis", "nodes"]
    assert "Traceback" not in text


def test_a_migration_that_was_not_applied_is_named() -> None:
    MigrationRecorder(connection).migration_qs.filter(app="webhooks").delete()
    [what] = ill()
    assert re.match(r"postgres: \d+ migrations are not applied: webhooks.0001", what)


def test_a_guard_that_has_gone_is_named() -> None:
    with connection.cursor() as cursor:  # which the test's transaction takes back
        cursor.execute("ALTER TABLE gateway_sweep DROP CONSTRAINT sweep_is_something")
    assert ill() == {"postgres: constraint sweep_is_something of gateway_sweep is gone": WRONG}


def test_a_redis_that_forgets_is_wrong() -> None:
    client = redis_client()
    before = client.config_get("maxmemory-policy")["maxmemory-policy"]
    client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        [(what, level)] = ill().items()
    finally:
        client.config_set("maxmemory-policy", before)
    assert "maxmemory-policy is allkeys-lru" in what
    assert level == WRONG


def test_workers_queues_and_beat_that_are_missing_are_named() -> None:
    redis_client().flushdb()
    assert set(ill()) == {"workers: no worker lives",
                          "workers: beat gave no sign of life at all"}  # fmt: skip
    worker_alive("w@host", QUEUES[1:])
    beat_alive()
    assert set(ill()) == {f"workers: the queue {QUEUES[0]} is served by nobody; 0 tasks wait in it"}


def test_a_node_that_is_away_is_named_and_another_is_asked(
    settings: Any, node: SandboxProcess
) -> None:
    away = f"localhost:{port_free()}"
    settings.TRON_NODES = [*settings.TRON_NODES, f"http://{away}"]
    [what] = ill()
    assert what.startswith(f"nodes: {away}: ")
    assert not any("on one host" in one for one in lines())


def test_a_node_of_another_network_is_named_and_stops_nothing(settings: Any) -> None:
    ScanCursor.objects.update(genesis_id="ab" * 32)
    settings.TRON_NETWORK, settings.TRON_GENESIS_ID = "custom", "ab" * 32
    settings.USDT_CONTRACT = builders.address()
    [what] = ill()
    assert "its genesis block is" in what
    assert not Halt.objects.exists()


def test_a_clock_that_is_behind_the_chain_is_named(monkeypatch: Any) -> None:
    monkeypatch.setattr(chain, "utc_now", lambda: utc_now() - timedelta(minutes=2))
    [what] = [one for one in ill() if one.startswith("clock")]
    assert "ahead of our clock" in what


def test_a_scanner_that_is_silent_a_halt_and_a_key_without_backup_are_named() -> None:
    ScanCursor.objects.update(seen_at=utc_now() - timedelta(minutes=5))
    made = halt(cause=HaltCause.OUTFLOW, subject="a", reason="r", by="b", now=utc_now())
    Wallet.objects.update(backed_up_at=None)
    found = ill()
    assert [level for what, level in found.items() if what.startswith("scanner")] == [WRONG]
    assert (
        found[f"kill switch: halt {made.pk} (outflow) is open: nothing is signed or sent"] == WRONG
    )
    assert [level for what, level in found.items() if what.startswith("wallets")] == [WARNING]


@pytest.mark.parametrize(
    ("scanned", "why"),
    [
        ({"solid_number": 70 + LAG_BLOCKS_MAX}, ""),
        ({"solid_number": 71 + LAG_BLOCKS_MAX}, "26 solid blocks are unread"),
        ({"solid_number": 69 - LAG_BLOCKS_MAX}, "26 solid blocks behind what was read"),
        ({"head_time_ms": 1_000}, "its head is of 1970-01-01"),
    ],
)
def test_a_scanner_on_whose_blocks_nothing_is_signed_is_wrong(
    scanned: dict[str, int], why: str
) -> None:
    _scanned(**scanned)
    [line] = [one for one in looked("sender") if one.subject == "scanner"]
    assert line.level == (WRONG if why else OK)
    assert why in line.todo


def test_a_mail_server_that_is_away_and_a_full_disk_are_named(
    settings: Any, monkeypatch: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port_free()
    settings.EMAIL_HOST_PASSWORD = SECRET
    monkeypatch.setattr(holdings, "FREE_MIN_BYTES", 2**70)
    found = ill()
    assert {what.partition(":")[0]: level for what, level in found.items()} == {
        "mail": WRONG, "disk": WRONG,
    }  # fmt: skip


def test_what_is_too_old_or_of_another_time_is_named() -> None:
    assert database._version_line(140_005).level == WRONG
    assert database._version_line(150_000).level == OK
    assert database._clock_line(utc_now() - timedelta(seconds=90)).level == WRONG
    assert database._clock_line(utc_now()).level == OK
    old, failed = {"redis_version": "5.0.14"}, {"rdb_last_bgsave_status": "err"}
    well = {"redis_version": "7.2.4", "maxmemory_policy": "noeviction"}
    levels = [[line.level for line in broker._redis_lines(info)]
              for info in (well, old, well | failed)]  # fmt: skip
    assert levels == [[OK, OK], [WARNING, OK], [OK, OK, WRONG]]
