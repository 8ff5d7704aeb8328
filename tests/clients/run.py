"""Run TronWeb, unmodified, against a sandbox node: ``python tests/clients/run.py``.

Starts a sandbox on a free port in a temporary directory, installs the pinned client, runs its
tests and stops the sandbox. Exits with 0 only if all of it went well.
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


def run(*command: str, **environment: str) -> int:
    """Run a command beside this file and return its exit code."""
    return subprocess.run(command, cwd=HERE, env=os.environ | environment, check=False).returncode


def main() -> int:
    """Install, start, test, stop; return the exit code."""
    if not (shutil.which("node") and shutil.which("npm")):
        sys.stderr.write("Node.js 20 or later and npm are needed for the client tests.\n")
        return 1
    if code := run("npm", "ci", "--no-audit", "--no-fund"):
        return code
    with tempfile.TemporaryDirectory() as data, sandbox(data) as url:
        # A proxy of the machine must not come between the client and the node.
        return run(
            "node",
            "--test",
            "--test-reporter=spec",
            "--test-concurrency=1",  # one chain, one chain time
            SANDBOX_URL=url,
            PYTHON=sys.executable,
            NO_PROXY="127.0.0.1",
            no_proxy="127.0.0.1",
        )


if __name__ == "__main__":
    raise SystemExit(main())
