"""The whole platform as real processes on its own servers, chain and ports.

For tests that kill, stop and restart parts: nothing here is shared with another test run.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import redis

from lucidpay.embedded.places import places_of
from lucidpay.embedded.postgres import Postgres
from lucidpay.embedded.server import Server
from lucidpay.embedded.valkey import Valkey
from lucidpay.sealing import vault_key_pair
from tests import local
from tests.platform.cluster import cluster_copy
from tests.platform.nursery import Child, Nursery
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
BLOCK_MS = 100
MANAGE_S = 600
DIED_S = 180  # it starts, finds all that piled up, and meets its point
SHOWN = 3_000  # signs of a log
SERVERS: dict[str, type[Server]] = {"postgres": Postgres, "valkey": Valkey}


@dataclass
class Answer:
    """Status, headers and parsed body of an HTTP answer."""

    status: int
    headers: dict[str, str]
    body: Any


def http(
    method: str,
    url: str,
    body: Any = None,
    token: str = "",
    timeout_s: float = local.TIMEOUT_S,
    **headers: str,
) -> Answer:
    """Send a request and return whatever is answered."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        named["Authorization"] = f"Bearer {token}"
    status, answered, content = local.call(method, url, body, named, timeout_s)
    return Answer(status, answered, json.loads(content))


@dataclass
class Platform:
    """Servers, node, web, workers and beat, each a process that can be killed by name."""

    directory: Path
    env: dict[str, str]
    node_ports: tuple[int, ...]  # one for each face of the node
    web_port: int
    block_ms: int = BLOCK_MS
    tree: Path = ROOT  # of whose code what is started next is
    token: str = ""
    hot: str = ""
    pooled: dict[str, str] = field(default_factory=dict)  # how its processes find the pooler
    web_ports: dict[str, int] = field(default_factory=dict)  # of further web servers, by name
    children: dict[str, subprocess.Popen[bytes] | Child] = field(default_factory=dict)
    _nurseries: list[Nursery] = field(default_factory=list)

    @property
    def node_url(self) -> str:
        """Return the address of the node's first face."""
        return f"http://127.0.0.1:{self.node_ports[0]}"

    def api(
        self,
        method: str,
        path: str,
        body: Any = None,
        timeout_s: float = local.TIMEOUT_S,
        token: str = "",
        **headers: str,
    ) -> Answer:
        """Call the API with the operator's key, or with another one."""
        port = random.choice([self.web_port, *self.web_ports.values()])  # noqa: S311  (no secret)
        url = f"http://127.0.0.1:{port}{path}"
        return http(method, url, body, token or self.token, timeout_s, **headers)

    def node(self, path: str, body: Any = None) -> Any:
        """Call the node."""
        return http("POST", f"{self.node_url}{path}", body or {}).body

    def control(self, path: str, body: Any = None) -> Any:
        """Do something to the chain that no client could; it must work."""
        answer = http("POST", f"{self.node_url}/sandbox/{path}", body or {})
        assert answer.status == 200, f"{path} {body}: {answer.body}"
        return answer.body

    def sandbox(self, path: str) -> Any:
        """Return what the node tells of itself, such as ``state``."""
        answer = http("GET", f"{self.node_url}/sandbox/{path}")
        assert answer.status == 200, f"{path}: {answer.body}"
        return answer.body

    def start(self, name: str, *command: str) -> None:
        """Start a process in its own session; its output goes to ``NAME.log``."""
        with self._log(name).open("ab") as log:
            self.children[name] = subprocess.Popen(
                command,
                cwd=self.tree,
                env=self._env(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def fork(self, name: str, module: str, *arguments: str) -> None:
        """Start what ``python -m`` would, by the settings as they are now, but sooner."""
        log = str(self._log(name))
        self.children[name] = self.nursery().fork([module, *arguments], (os.devnull, log, log))

    def nursery(self) -> Nursery:
        """Return the one that has read these settings; it begins to when nobody has."""
        env = self._env()
        for one in self._nurseries:
            if (one.env, one.tree) == (env, self.tree):
                return one
        self._nurseries.append(Nursery(env, self.directory / "nursery.log", self.tree))
        return self._nurseries[-1]

    def _log(self, name: str) -> Path:
        if name in self.children:  # a test that failed has left it
            self.kill(name)
        log = self.directory / f"{name}.log"
        log.touch()
        return log

    def _env(self) -> dict[str, str]:
        # What is killed cannot tidy up after itself; so its litter lies in our own directory.
        litter = self.directory / "tmp"
        litter.mkdir(exist_ok=True)
        return self.env | self.pooled | {"TMPDIR": str(litter)}

    def start_node(self) -> None:
        """Start the sandbox node and wait until it answers."""
        ports = [word for port in self.node_ports for word in ("--port", str(port))]
        self.start("node", sys.executable, "-m", "tron.sandbox", *ports,
                   "--data", str(self.directory / "node"),
                   "--block-ms", str(self.block_ms))  # fmt: skip
        until("the node answers", self.node_answers)

    def node_answers(self) -> bool:
        """Return whether the node can be reached."""
        try:
            return bool(http("GET", f"{self.node_url}/sandbox/state").body["head"])
        except OSError:
            return False

    def start_web(self) -> None:
        """Start the web server and wait until it answers."""
        self.launch_web()
        until("the web server answers", self.web_answers)

    def launch_web(self, name: str = "web") -> None:
        """Start a web server."""
        port = self.web_ports.get(name, self.web_port)
        self.start(name, sys.executable, "-m", "granian", "--interface", "wsgi",
                   "lucidpay.wsgi:application", "--host", "127.0.0.1",
                   "--port", str(port), "--workers", "1",
                   "--blocking-threads", "8")  # fmt: skip

    def web_answers(self) -> bool:
        """Return whether each web server answers a question about health, whatever it says."""
        ports = (self.web_port, *self.web_ports.values())
        urls = [f"http://127.0.0.1:{port}/api/payment/health" for port in ports]
        try:
            return all(http("GET", url, None, self.token).status in (200, 503) for url in urls)
        except OSError:
            return False

    def start_worker(self, name: str = "worker", *, killed_at: str = "") -> None:
        """Start a worker; ``killed_at`` names the point of the road where it kills itself."""
        self.fork(name, "tests.platform.worker", name, killed_at)

    def start_beat(self, name: str = "beat") -> None:
        """Start beat."""
        schedule = str(self.directory / name)
        self.fork(name, "celery", "-A", "lucidpay.celery:app", "beat", "-s", schedule)

    def kill(self, name: str) -> None:
        """SIGKILL a process with all its children, and wait for it to be gone."""
        child = self.children.pop(name)
        with suppress(ProcessLookupError):  # it has ended by itself, and its children with it
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def died(self, name: str) -> None:
        """Wait until a process that kills itself has done so."""
        child = self.children[name]
        log = self.directory / f"{name}.log"
        what = f"{name} kills itself: {child.args}"
        until(what, lambda: child.poll() is not None, deadline_s=DIED_S)
        assert child.returncode == -signal.SIGKILL, log.read_text()[-SHOWN:]
        del self.children[name]

    def manage(self, *arguments: str, text: str = "") -> str:
        """Run a management command and return what it printed."""
        with TemporaryDirectory(dir=self.directory) as name:
            asked, said, complained = (Path(name) / one for one in ("asked", "said", "complained"))
            asked.write_text(text)
            files = (str(asked), str(said), str(complained))
            status = self.nursery().fork(["manage", *arguments], files).wait(MANAGE_S)
            assert status == 0, said.read_text() + complained.read_text()
            return said.read_text()

    @property
    def dsn(self) -> str:
        """Return how psycopg finds the platform's database."""
        return _dsn(self.env["DATABASE_URL"])

    @property
    def servers_home(self) -> Path:
        """Return where PostgreSQL and Valkey keep their files."""
        return places_of(self.directory / "servers").home

    def execute(self, *statements: str) -> None:
        """Change the platform's database behind its back."""
        with psycopg.connect(self.dsn) as connection:
            for statement in statements:
                connection.execute(statement)

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what a query finds in the platform's database."""
        with psycopg.connect(self.dsn) as connection:
            return connection.execute(query, parameters).fetchall()

    def one(self, query: str, *parameters: Any) -> Any:
        """Return the only value a query finds."""
        return self.rows(query, *parameters)[0][0]

    def transfers(self) -> list[dict[str, Any]]:
        """Return the USDT transfers of the hot wallet, as the chain has them."""
        url = f"{self.node_url}/sandbox/transfers?from={self.hot}"
        return list(http("GET", url).body["transfers"])

    def stop(self) -> None:
        """Kill what still runs, and the servers."""
        for name in list(self.children):
            self.kill(name)
        for nursery in self._nurseries:
            nursery.close()
        _embedded("clean", self.directory / "servers", self._servers_env())

    def restart_server(self, name: str) -> None:
        """SIGKILL PostgreSQL or Valkey, and start it again."""
        self.kill_server(name)
        self.start_servers()

    def kill_server(self, name: str) -> None:
        """SIGKILL PostgreSQL or Valkey."""
        process = self._server(name).process()
        assert process is not None, f"{name} does not run"
        process.kill()

    def start_servers(self) -> None:
        """Start those of PostgreSQL and Valkey that do not run."""
        servers_up(self.directory / "servers", self._servers_env())

    def wipe_valkey(self) -> None:
        """SIGKILL Valkey and delete all it has stored."""
        self.kill_server("valkey")
        valkey = self._server("valkey")
        until("Valkey is gone", valkey.is_gone)
        shutil.rmtree(valkey.data)

    def flush_valkey(self) -> None:
        """Empty Valkey while it runs: queues, rate limits and all."""
        with redis.Redis.from_url(self.env["REDIS_URL"]) as connection:
            connection.flushall()

    def _server(self, name: str) -> Server:
        return SERVERS[name](places_of(self.directory / "servers"))

    def _servers_env(self) -> dict[str, str]:
        return {n: v for n, v in self.env.items() if n not in ("DATABASE_URL", "REDIS_URL")}


def _embedded(verb: str, directory: Path, env: dict[str, str]) -> str:
    command = [sys.executable, "-m", "lucidpay.embedded", verb, "--dir", str(directory)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def servers_up(directory: Path, env: dict[str, str]) -> dict[str, str]:
    """Start PostgreSQL and Valkey of a directory and return their addresses."""
    lines = _embedded("up", directory, env).split()
    return dict(line.split("=", 1) for line in lines)


def _servers_first_up(directory: Path, env: dict[str, str], tree: Path) -> dict[str, str]:
    if tree == ROOT:
        cluster_copy(directory, env)
    return servers_up(directory, env)


def _dsn(url: str) -> str:
    parts = urlsplit(url)
    host = unquote(parts.netloc.rpartition("@")[2])
    return f"host={host} user={parts.username} dbname={parts.path.lstrip('/')}"


@contextmanager
def platform(
    directory: Path,
    *,
    faces: int = 1,
    block_ms: int = BLOCK_MS,
    tree: Path = ROOT,
    **settings: str,
) -> Iterator[Platform]:
    """Give a platform with servers, node and a funded hot wallet; no web, worker or beat yet.

    ``settings`` are the platform's own, by their names in the environment. ``tree``: it begins
    with the code that is there, and with the migrations of that.
    """
    key, public_key = vault_key_pair()
    node_ports, web_port = tuple(local.port_free() for _ in range(faces)), local.port_free()
    ours = {n: v for n, v in os.environ.items() if n not in ("DATABASE_URL", "REDIS_URL")}
    env = {
        **ours,
        **_servers_first_up(directory / "servers", ours, tree),
        "DJANGO_SETTINGS_MODULE": "lucidpay.settings.dev",
        "VAULT_KEY": key,
        "VAULT_PUBLIC_KEY": public_key,
        "TRON_NODES": ",".join(f"http://127.0.0.1:{port}" for port in node_ports),
        "TRON_SCAN_INTERVAL_S": "1",
        "LOG_LEVEL": "INFO",
        **settings,
    }
    running = Platform(directory, env, node_ports, web_port, block_ms, tree)
    try:
        _set_up(running)
        yield running
    finally:
        running.stop()


def _set_up(running: Platform) -> None:
    running.nursery()  # it loads while the node starts
    running.start_node()
    if running.tree != ROOT:
        running.manage("migrate", "-v", "0")
    seeded = running.manage(
        "shell", "-v", "0", "-c", "from tests.platform.seed import seed; seed()"
    )
    running.hot, running.token = seeded.split()[-2:]
