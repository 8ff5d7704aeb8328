"""A real sandbox process on a free port, and plain HTTP to it."""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 20
# Straight to the node, whatever proxy the machine is set up with.
OPENER = build_opener(ProxyHandler({}))


def port_free() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class SandboxProcess:
    """``python -m tron.sandbox`` on a data directory; blocks on demand unless told otherwise."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.port = port_free()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = arguments or ("--block-ms", "0")
        self._process: subprocess.Popen[str] | None = None

    def popen(self) -> subprocess.Popen[str]:
        """Start a process and return at once."""
        command = [sys.executable, "-m", "tron.sandbox", "--port", str(self.port)]
        return subprocess.Popen(
            [*command, "--data", str(self.data), *self._arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self) -> "SandboxProcess":
        """Start and return when the node says that it is ready."""
        self._process = self.popen()
        assert self._process.stdout is not None
        ready = self._process.stdout.readline()
        if not ready.startswith("Sandbox TRON node on"):
            _, errors = self._process.communicate(timeout=START_TIMEOUT_S)
            raise AssertionError(f"the sandbox did not start: {ready}{errors}")
        return self

    def refuse(self) -> str:
        """Start a process that must not come up; return its complaint."""
        with self.popen() as process:
            try:
                _, errors = process.communicate(timeout=START_TIMEOUT_S)
            finally:
                process.kill()
        assert process.returncode == 1, errors
        return errors

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and return the exit code and what was written to stderr."""
        assert self._process is not None
        self._process.send_signal(number)
        _, errors = self._process.communicate(timeout=START_TIMEOUT_S)
        code, self._process = self._process.returncode, None
        return code, errors

    def close(self) -> None:
        """End the process if it still runs; it must not have complained about anything."""
        if self._process is not None:
            _, errors = self.end()
            assert not errors

    def call(self, path: str, body: Any = None, *, method: str = "") -> tuple[int, bytes]:
        """Return (status, body) of one request."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 (always the node's own URL)
            self.url + path, data=data, method=method or ("GET" if data is None else "POST")
        )
        try:
            with OPENER.open(request, timeout=30) as response:
                return response.status, response.read()
        except HTTPError as error:
            with error:
                return error.code, error.read()

    def get(self, path: str) -> Any:
        """Return the JSON answer to a GET."""
        status, body = self.call(path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, **fields: Any) -> Any:
        """Return the JSON answer to a POST of these fields."""
        status, body = self.call(path, fields)
        assert status == 200, body
        return json.loads(body)

    def mine(self, blocks: int = 1, interval_ms: int = 1) -> Any:
        """Make blocks; a small interval keeps chain time near the wall clock of the clients."""
        return self.post("/sandbox/mine", blocks=blocks, interval_ms=interval_ms)

    def state(self) -> Any:
        """Return ``/sandbox/state``."""
        return self.get("/sandbox/state")

    def info(self, txid: str, prefix: str = "wallet") -> Any:
        """Return the receipt of a transaction, {} if there is none."""
        return self.post(f"/{prefix}/gettransactioninfobyid", value=txid)


def until(condition: Any, timeout_s: float = 20) -> Any:
    """Return the first true value a condition gives before the deadline."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")
