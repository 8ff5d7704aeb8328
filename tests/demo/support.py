"""Run the demo as a person does, and look at what it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import psutil

from lucidpay.demo.envfile import env_read
from tests.sandbox.process import port_free

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 120.0
# What the test run has set for itself must not reach the demo.
OWN = ("DATABASE_URL", "REDIS_URL", "TRON_NODES", "TRON_NETWORK", "DJANGO_SETTINGS_MODULE")
OPENER = build_opener(ProxyHandler({}))


def until(what: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """Return the first true answer, or fail at the limit."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s:
        if answer := what():
            return answer
        time.sleep(0.1)
    raise AssertionError("not within the limit")


class Demo:
    """``python -m lucidpay.demo`` in a directory, its output in a file."""

    def __init__(self, parent: Path) -> None:
        self.directory = parent / "demo"
        self.env_file = parent / "demo.env"
        self.output = parent / "output"
        self.port, self.node_port = port_free(), port_free()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def env(self) -> dict[str, str]:
        return env_read(self.env_file)

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self, *, terminal: int | None = None, **extra: str) -> None:
        """Start it; it writes to a file, or to the terminal of this descriptor."""
        kept = {name: value for name, value in os.environ.items() if name not in OWN}
        ours = {
            "LUCIDPAY_DEMO_DIR": str(self.directory),
            "PORT": str(self.port),
            "NODE_PORT": str(self.node_port),
        }
        with self.output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "lucidpay.demo"],
                cwd=ROOT,
                env=kept | ours | extra,
                stdout=output if terminal is None else terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def await_said(self, words: str) -> None:
        """Wait until the demo says these words; fail at once when it ends instead."""
        assert self._process is not None
        process = self._process
        until(lambda: words in self.said or process.poll() is not None)
        assert words in self.said, self.said

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal to the demo alone and return its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        code = self._process.wait(LIMIT_S)
        self._process = None
        return code

    def close(self) -> None:
        if self._process is not None:
            self.end()
        for process in self.processes():
            process.kill()

    def processes(self) -> list[psutil.Process]:
        """Every process that names our directory: in its command, environment or work place."""
        return [process for process in psutil.process_iter() if self._names_us(process)]

    def _names_us(self, process: psutil.Process) -> bool:
        try:
            words = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except (psutil.Error, OSError):
            return False
        return any(str(self.directory) in word for word in words)

    def call(self, path: str, body: Any = None, *, key: str = "LUCIDPAY_API_KEY") -> Any:
        """Return the answer of the API; it must not be a refusal."""
        request = Request(  # noqa: S310 (always this machine)
            f"http://127.0.0.1:{self.port}/api/payment/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.env[key]}",
                "Content-Type": "application/json",
            },
        )
        try:
            with OPENER.open(request, timeout=30) as response:
                return json.loads(response.read())
        except HTTPError as error:
            with error:
                raise AssertionError(error.read()) from error
