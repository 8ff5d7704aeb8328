"""Run the tests that need Node.js: ``python tests/clients/run.py``.

First those of our own client for JavaScript, then TronWeb, unmodified, against a sandbox node on a
free port. Installs what both have pinned. Exits with 0 only if all of it went well.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OURS = ROOT / "clients" / "javascript"
INSTALL = ("npm", "ci", "--no-audit", "--no-fund")
# A proxy of the machine must not come between a client and what it talks to.
NO_PROXY = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
STOP_TIMEOUT_S = 5


def port_free() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def sandbox(data: str) -> Iterator[str]:
    """Run a sandbox that makes blocks on demand; yield its URL when it is ready."""
    port = port_free()
    command = [sys.executable, "-m", "tron.sandbox", "--port", str(port), "--data", data]
    process = subprocess.Popen(
        [*command, "--block-ms", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise SystemExit("the sandbox did not start")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(STOP_TIMEOUT_S)


def run(*command: str, at: Path = HERE, **environment: str) -> int:
    """Run a command in a folder and return its exit code."""
    return subprocess.run(command, cwd=at, env=os.environ | environment, check=False).returncode


def our_client() -> int:
    """Install and test the client in clients/javascript; return the exit code."""
    return run(*INSTALL, at=OURS) or run("npm", "test", at=OURS, **NO_PROXY)


def tronweb() -> int:
    """Install TronWeb, start a sandbox, test, stop; return the exit code."""
    if code := run(*INSTALL):
        return code
    with tempfile.TemporaryDirectory() as data, sandbox(data) as url:
        return run(
            "node",
            "--test",
            "--test-reporter=spec",
            "--test-concurrency=1",  # one chain, one chain time
            SANDBOX_URL=url,
            PYTHON=sys.executable,
            **NO_PROXY,
        )


def main() -> int:
    """Run both; return the exit code."""
    if not (shutil.which("node") and shutil.which("npm")):
        sys.stderr.write("Node.js 20 or later and npm are needed for the client tests.\n")
        return 1
    return our_client() or tronweb()


if __name__ == "__main__":
    raise SystemExit(main())
