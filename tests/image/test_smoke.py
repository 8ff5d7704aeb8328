"""The composition's own processes, without containers: its commands, variables and secrets, as user
65532, on a tree that nobody writes. They pay somebody, and end when they are told to.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lucidpay.embedded.places import places_of
from lucidpay.run.secrets import secrets_make
from tests import local
from tests.forward import forwarded
from tests.image.composed import ours
from tests.image.tree import USER, as_user, image_environment, tree_make
from tests.platform.cluster import cluster_copy
from tests.platform.running import servers_up
from tests.waiting import until

HOST = "pay.example.org"
ROLES = ("sandbox", "web", "worker", "sender", "beat")
PAYEE = "TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg"
FAST = ("--block-ms", "100")  # a payout is solid in two seconds
ENDED_IN_S = 90


class Installation:
    """The services of the composition as processes of this machine."""

    def __init__(self, place: Path, addresses: dict[str, str]) -> None:
        self.place, self.app = place, tree_make(place)
        self.web_port, node_port = local.port_free(), local.port_free()
        self.node = f"http://127.0.0.1:{node_port}"
        self.services = ours(
            TRON_NETWORK="sandbox", TRON_NODES=self.node, ALLOWED_HOSTS=HOST, TRUSTED_PROXIES="1"
        )
        self.here = {
            "PORT": str(self.web_port), "WEB_ADDRESS": "127.0.0.1", "WEB_WORKERS": "1",
            "NODE_PORT": str(node_port), "NODE_ADDRESS": "127.0.0.1",
            "NODE_DATA": str(self.writable("chain")), "WORKER_PROCESSES": "1",
        }  # fmt: skip
        self.secrets = place / "secrets"
        secrets_make(self.secrets, database="postgres", redis="redis")
        for name, address in addresses.items():
            path = self.secrets / name
            path.unlink()
            path.write_text(address)
        self.children = dict[str, subprocess.Popen[bytes]]()

    def writable(self, name: str) -> Path:
        """Return a folder that a volume or a tmpfs would be."""
        path = self.place / name
        path.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            os.chown(path, USER, USER)
        return path

    def environment(self, service: str) -> dict[str, str]:
        """Return what the service's container would be given, and where its secrets lie here."""
        given = {
            name: value.replace("/run/secrets", str(self._secrets_of(service)))
            for name, value in self.services[service].get("environment", {}).items()
            if name not in ("WORKER_METRICS_PORT", "WORKER_METRICS_ADDRESS")
        }
        if "PROMETHEUS_MULTIPROC_DIR" in given:
            given["PROMETHEUS_MULTIPROC_DIR"] = str(self.writable("counted"))
        found = {
            "PATH": os.environ["PATH"], "TMPDIR": str(self.writable(f"tmp-{service}")),
            # What keeps tests from leaving this machine.
            "PYTHONPATH": os.environ["PYTHONPATH"],
        }  # fmt: skip
        image = {n: v for n, v in image_environment().items() if n != "PYTHONPATH"}
        return {**image, **given, **self.here, **found}

    def _secrets_of(self, service: str) -> Path:
        """Return a folder with the secrets that the service mounts, and no other."""
        mounted = self.place / f"secrets-{service}"
        mounted.mkdir(exist_ok=True)
        for name in self.services[service].get("secrets", ()):
            (mounted / name).write_bytes((self.secrets / name).read_bytes())
        return mounted

    def start(self, service: str, *more: str) -> None:
        """Start a service; what it says goes to ``SERVICE.log``."""
        words = [*self.services[service]["command"], *more]
        with (self.place / f"{service}.log").open("wb") as log:
            self.children[service] = subprocess.Popen(
                as_user(*words), cwd=self.app, env=self.environment(service), stdout=log, stderr=log
            )

    def run(self, service: str, *words: str, **more: str) -> str:
        """Run a command in a container of the service until it ends, and return what it printed."""
        done = subprocess.run(
            as_user(*words), cwd=self.app, env=self.environment(service) | more,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def is_well(self, service: str) -> bool:
        """Whether the service's own health check says so."""
        command = self.services[service]["healthcheck"]["test"]
        assert command[:4] == ["CMD", "/usr/bin/python3", "-m", "lucidpay.run"]
        done = subprocess.run(
            as_user(*command[4:]), cwd=self.app, env=self.environment(service),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stderr
        return done.returncode == 0

    def api(self, method: str, path: str, token: str, body: Any = None) -> tuple[int, Any]:
        """Call the web as its proxy would."""
        headers = {
            "Host": HOST, "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https",
            "Authorization": f"Bearer {token}",
        }  # fmt: skip
        url = f"http://127.0.0.1:{self.web_port}{path}"
        status, _, content = local.call(method, url, body, headers)
        return status, json.loads(content)

    def scraped(self) -> str:
        """Return what the web tells Prometheus, asked as its configuration says."""
        token = (self.secrets / "metrics_token").read_text()
        headers = {"Host": "web:8080", "Authorization": f"Bearer {token.strip()}"}
        url = f"http://127.0.0.1:{self.web_port}/api/payment/metrics"
        status, _, content = local.call("GET", url, None, headers)
        assert status == 200, content
        return content.decode()

    def payout(self, token: str, order: dict[str, Any]) -> Any:
        """Ask for a payout; nothing while the wallet has too little."""
        status, body = self.api("POST", "/api/payment/payouts", token, order)
        if status == 201:
            return body
        assert body["error"]["message"] == "Insufficient balance", body
        return None

    def sandbox(self, path: str, body: Any = None) -> Any:
        """Call the sandbox node."""
        status, _, content = local.call("POST" if body else "GET", self.node + path, body)
        assert status == 200, content
        return json.loads(content)

    def stop(self, service: str) -> int:
        """End a service as a container is ended, and return its exit code."""
        child = self.children.pop(service)
        child.send_signal(signal.SIGTERM)
        return child.wait(ENDED_IN_S)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation on servers of its own, migrated; nothing runs yet."""
    environment = {n: v for n, v in os.environ.items() if n not in ("DATABASE_URL", "REDIS_URL")}
    directory = tmp_path / "servers"
    cluster_copy(directory, environment)
    servers_up(directory, environment)
    sockets = places_of(directory).sockets
    with (
        forwarded(sockets / ".s.PGSQL.5432") as postgres,
        forwarded(sockets / "valkey.sock") as valkey,
    ):
        made = Installation(tmp_path, {
            "database_url": f"postgres://lucidpay@127.0.0.1:{postgres}/lucidpay",
            "redis_url": f"redis://127.0.0.1:{valkey}/0",
        })  # fmt: skip
        yield made
        for child in made.children.values():
            child.kill()
            child.wait()
    subprocess.run(
        [sys.executable, "-m", "lucidpay.embedded", "clean", "--dir", str(directory)],
        env=environment, check=True, capture_output=True,
    )  # fmt: skip


def test_it_pays_as_nobody_on_a_tree_that_nobody_writes(installation: Installation) -> None:
    one = installation
    one.start("sandbox", *FAST)
    assert "No migrations to apply" in one.run("migrate", "migrate")
    for service in ROLES[1:]:
        one.start(service)
    one.run(
        "web", "manage", "createsuperuser", "--noinput", "--username", "ada", "--email", "",
        DJANGO_SUPERUSER_PASSWORD="an-uncommon-word-91",
    )  # fmt: skip
    token = one.run("web", "manage", "create_api_key", "ada", "--name", "smoke").split()[-1]
    until("the web is well", lambda: one.is_well("web"))
    faucet = one.sandbox("/sandbox/state")["faucet"]
    one.run("web", "manage", "wallet", "source-add", faucet)
    wallet = one.api("POST", "/tron/wallets/create", token, {"name": "hot"})[1]
    hot = f"/tron/wallets/{wallet['wallet_id']}"
    until("it is open", lambda: one.api("GET", hot, token)[1]["status"] == "active")
    one.run("web", "manage", "assign_router", "hot")
    coins = {"address": one.api("GET", hot, token)[1]["address"], "usdt": 100, "trx": 1_000}
    one.sandbox("/sandbox/faucet", coins)
    for service in ("worker", "sender", "beat"):
        until(f"{service} is well", lambda s=service: one.is_well(s))

    order = {"recipient_address": PAYEE, "amount_usdt": 12.5, "reference_id": "first"}
    # No oftener: ten payouts may be asked for in a minute.
    payout = until("the books know of the money", lambda: one.payout(token, order), pause_s=5)
    path = f"/api/payment/payouts/{payout['payout_id']}"
    until(
        "the payout is confirmed",
        lambda: one.api("GET", path, token)[1]["status"] == "confirmed",
    )
    assert one.run("web", "manage", "verify").endswith("All is well.\n")

    assert "lucidpay_beat_age_seconds" in one.scraped()
    for service in ("web", "worker"):  # which fails when something is wrong
        told = one.run(service, "manage", "doctor", "--role", service)
        assert f"{service}: " in told

    codes = {service: one.stop(service) for service in reversed(ROLES)}
    assert codes == dict.fromkeys(ROLES, 0)
    assert not one.is_well("web")
    assert not [path for path in one.app.rglob("*") if path.stat().st_uid == USER]
