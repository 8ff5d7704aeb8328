"""A platform to measure: its own servers, a rich wallet, a caller without limits, web servers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lucidpay.embedded import servers
from lucidpay.sealing import vault_key_pair

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ROOT / ".lucidpay" / "bench"
PLATFORM, FLOOR = "lucidpay.wsgi:application", "benchmarks.floor:application"
START_S = 30


@dataclass(frozen=True)
class Stand:
    """Where it is, and the token of its caller."""

    env: dict[str, str]
    token: str


@contextmanager
def stand() -> Iterator[Stand]:
    """Give servers with an empty, migrated database and one caller.

    The servers are the embedded ones, with fsync on, unless the environment names others.
    """
    # What an earlier run has asked for would wait in front of what this one measures.
    shutil.rmtree(SERVERS, ignore_errors=True)
    key, public_key = vault_key_pair()
    with ExitStack() as stack:
        addresses = stack.enter_context(servers(SERVERS))
        env = os.environ | addresses | {
            "DJANGO_SETTINGS_MODULE": "lucidpay.settings.dev",
            "LOG_LEVEL": "WARNING",
            "TRON_NETWORK": "sandbox",
            "VAULT_KEY": key,
            "VAULT_PUBLIC_KEY": public_key,
        }  # fmt: skip
        _python(env, "manage.py", "migrate", "-v", "0")
        token = _python(env, "-m", "benchmarks.seed").split()[-1]
        yield Stand(env, token)


def _python(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


@contextmanager
def web(env: dict[str, str], application: str, *, workers: int = 2) -> Iterator[int]:
    """Serve a WSGI application as production does, and give its port."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", application,
        "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
        "--blocking-threads", "16", "--no-log",
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, env=env) as server:
        try:
            _await(port)
            yield port
        finally:
            server.terminate()


def _await(port: int) -> None:
    end = time.monotonic() + START_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return
