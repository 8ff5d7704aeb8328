"""A real sandbox process on free ports, and what it is asked."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests import local

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 20


class Face:
    """One node over HTTP, and what it is asked."""

    def __init__(self, port: int) -> None:
        self.port = port

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def call(self, path: str, body: Any = None, *, method: str = "") -> tuple[int, bytes]:
        """Return (status, body) of one request."""
        method = method or ("GET" if body is None else "POST")
        status, _, answer = local.call(method, self.url + path, body)
        return status, answer

    def get(self, path: str) -> Any:
        """Return the JSON answer to a GET."""
        status, body = self.call(path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, /, **fields: Any) -> Any:
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


class SandboxProcess(Face):
    """``python -m tron.sandbox`` on a data directory; blocks on demand unless told otherwise.

    It is its first node; ``face("b")`` is the second one.
    """

    def __init__(self, data: Path, *arguments: str, nodes: int = 1) -> None:
        super().__init__(local.port_free())
        self.data = data
        self._others = [Face(local.port_free()) for _ in range(nodes - 1)]
        self._arguments = arguments or ("--block-ms", "0")
        self._process: subprocess.Popen[str] | None = None

    def face(self, name: str) -> Face:
        """Return a node by its name."""
        return (self, *self._others)["abcdefgh".index(name)]

    def popen(self) -> subprocess.Popen[str]:
        """Start a process and return at once."""
        command = [sys.executable, "-m", "tron.sandbox"]
        for face in (self, *self._others):
            command += ["--port", str(face.port)]
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
