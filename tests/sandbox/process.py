"""A real sandbox process on free ports, and what it is asked."""

import json
import multiprocessing
import os
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests import local

START_TIMEOUT_S = 20
# Each of them is forked from a process that has imported the sandbox and done nothing yet: to
# import it takes longer than most tests that need one.
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tron.sandbox.__main__"])


class Started:
    """A process that does what ``python -m tron.sandbox`` does, and what it writes."""

    def __init__(self, words: list[str]) -> None:
        with ExitStack() as stack:
            (output, its_output), (errors, its_errors) = FORKS.Pipe(False), FORKS.Pipe(False)
            for end in (output, its_output, errors, its_errors):
                stack.enter_context(end)
            self._process = FORKS.Process(target=_become, args=(words, its_output, its_errors))
            self._process.start()
            self.output = os.fdopen(os.dup(output.fileno()))
            self.errors = os.fdopen(os.dup(errors.fileno()))

    def kill(self, number: signal.Signals) -> None:
        """Send a signal."""
        assert self._process.pid is not None
        os.kill(self._process.pid, number)

    def wait(self) -> tuple[int, str]:
        """Return its exit code and what it complained of, once it has ended."""
        with self.output, self.errors:
            self._process.join(START_TIMEOUT_S)
            code = self._process.exitcode
            if code is None:
                self._process.kill()
                raise AssertionError("the sandbox did not end")
            complaint = self.errors.read()
        self._process.close()
        return code, complaint


def _become(words: list[str], output: Any, errors: Any) -> None:
    from tron.sandbox.__main__ import main

    for number, end in ((1, output), (2, errors)):
        os.dup2(end.fileno(), number)
        end.close()
    sys.exit(main(words))


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
        self._process: Started | None = None

    def face(self, name: str) -> Face:
        """Return a node by its name."""
        return (self, *self._others)["abcdefgh".index(name)]

    def started(self) -> Started:
        """Start a process and return at once."""
        ports = [word for face in (self, *self._others) for word in ("--port", str(face.port))]
        return Started([*ports, "--data", str(self.data), *self._arguments])

    def start(self) -> "SandboxProcess":
        """Start and return when the node says that it is ready."""
        self._process = self.started()
        ready = self._process.output.readline()
        if not ready.startswith("Sandbox TRON node on"):
            _, errors = self._process.wait()
            raise AssertionError(f"the sandbox did not start: {ready}{errors}")
        return self

    def refuse(self) -> str:
        """Start a process that must not come up; return its complaint."""
        code, errors = self.started().wait()
        assert code == 1, errors
        return errors

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send a signal and return the exit code and what was written to stderr."""
        assert self._process is not None
        self._process.kill(number)
        ended, self._process = self._process.wait(), None
        return ended

    def close(self) -> None:
        """End the process if it still runs; it must not have complained about anything."""
        if self._process is not None:
            _, errors = self.end()
            assert not errors
