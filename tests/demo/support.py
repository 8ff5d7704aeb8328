"""Run the demo as a person does, and look at what it leaves."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from lucidpay.demo.envfile import env_read
from tests import local
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 120.0
# What the test run has set for itself must not reach the demo.
OWN = ("DATABASE_URL", "REDIS_URL", "TRON_NODES", "TRON_NETWORK", "DJANGO_SETTINGS_MODULE")


class Demo:
    """``python -m lucidpay.demo`` in a directory, its output in a file."""

    def __init__(self, parent: Path) -> None:
        self.directory = parent / "demo"
        self.env_file = parent / "demo.env"
        self.output = parent / "output"
        self.port, self.node_port = local.port_free(), local.port_free()
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
        until(
            f"the demo says {words!r}",
            lambda: words in self.said or process.poll() is not None,
            deadline_s=LIMIT_S,
        )
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
        return [process for process in psutil.process_iter(["name"]) if self._names_us(process)]

    def _names_us(self, process: psutil.Process) -> bool:
        try:
            words = [*process.cmdline(), process.cwd(), *process.environ().values()]
        except (psutil.Error, OSError):
            return False
        return any(str(self.directory) in word for word in words)

    def call(self, path: str, body: Any = None, *, key: str = "LUCIDPAY_API_KEY") -> Any:
        """Return the answer of the API; it must not be a refusal."""
        method = "GET" if body is None else "POST"
        url = f"http://127.0.0.1:{self.port}/api/payment/{path}"
        headers = {"Authorization": f"Bearer {self.env[key]}"}
        status, _, answer = local.call(method, url, body, headers)
        assert status < 400, answer
        return json.loads(answer)
