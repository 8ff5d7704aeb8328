"""Install our clients as their users do, and pay somebody: ``python -m tests.clients.install``.

One demo of the platform runs for all of them. Each example is a folder that is copied to an empty
place; its client is installed there from this checkout, and its program has to end with
``confirmed`` as its last word. The JavaScript client's tests against a platform run here as well.
Exits with 0 only if all did.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lucidpay.embedded import clean
from tests.demo.support import LIMIT_S, ROOT, Demo
from tests.platform.cluster import cluster_copy
from tests.waiting import until

STEP_S = 240
# Those of this environment must not be found in place of what is installed.
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "NODE_PATH")


@dataclass(frozen=True)
class Example:
    """A folder, how the client is installed in a copy of it, and what is run there, in order."""

    source: Path
    install: tuple[tuple[str, ...], ...]
    run: tuple[tuple[str, ...], ...]


PYTHON = Example(
    Path(__file__).resolve().parent / "examples" / "python",
    install=(
        (sys.executable, "-m", "venv", "venv"),
        ("venv/bin/python", "-m", "pip", "install", "--quiet", f"{ROOT}/clients/python[cli]"),
    ),
    run=(
        ("venv/bin/lucidpay", "doctor"),
        ("venv/bin/lucidpay", "pay", "TDkt1NW5RpyNZfWvBgxqQaXU5Vi45axFxg", "12.50",
         "--reference-id", "invoice-1844"),
        ("venv/bin/python", "pay.py"),
    ),
)  # fmt: skip
JAVASCRIPT = Example(
    ROOT / "clients" / "javascript" / "examples",
    install=(("npm", "install", "--no-audit", "--no-fund", f"{ROOT}/clients/javascript"),),
    run=(("node", "pay.mjs"),),
)
# Another client is another line here.
ALL = (PYTHON, JAVASCRIPT)
LIVE = ("npm", "--prefix", f"{ROOT}/clients/javascript", "run", "test:live")


class Failed(Exception):
    """A step of an example did not end well."""


def main() -> int:
    """Start the demo, install meanwhile, pay, stop; return the exit code."""
    with demo() as platform, tempfile.TemporaryDirectory(prefix="lucid-examples-") as place:
        try:
            places = [installed(example, Path(place) / str(n)) for n, example in enumerate(ALL)]
            until("the demo is up", lambda: is_up(platform), deadline_s=LIMIT_S)
            with ThreadPoolExecutor() as pool:
                live = pool.submit(step, LIVE, ROOT, platform.env)
                paying = zip(ALL, places, strict=True)
                list(pool.map(lambda one: pay(*one, platform.env), paying))
                sys.stdout.write(live.result())
        except (Failed, AssertionError) as error:
            sys.stderr.write(f"{error}\n\nThe demo said:\n{platform.said[-3000:]}\n")
            return 1
    sys.stdout.write(f"{len(ALL)} of our clients were installed, and paid.\n")
    return 0


@contextmanager
def demo() -> Iterator[Demo]:
    """Run a demo of its own. Not below TMPDIR: too long, and closed to root's helper."""
    parent = Path(tempfile.mkdtemp(prefix="lucid-clients-", dir="/tmp")).resolve()  # noqa: S108
    parent.chmod(0o755)
    one = Demo(parent)
    try:
        # Migrations are tried where it begins with nothing, in tests/demo.
        cluster_copy(one.directory, dict(os.environ))
        one.start()
        yield one
    finally:
        one.close()
        clean(one.directory)
        shutil.rmtree(parent)


def is_up(platform: Demo) -> bool:
    """Return whether its addresses are written; fail when it has ended instead."""
    if not platform.env_file.exists() and "Everything has stopped." in platform.said:
        raise Failed("the demo ended")
    return platform.env_file.exists()


def installed(example: Example, directory: Path) -> Path:
    """Copy an example to an empty place, install its client there, and return the place."""
    shutil.copytree(example.source, directory)
    for command in example.install:
        step(command, directory, {})
    return directory


def pay(example: Example, directory: Path, env: dict[str, str]) -> None:
    """Run an example; its last word must be ``confirmed``."""
    said = ""
    for command in example.run:
        said = step(command, directory, env)
        sys.stdout.write(said)
    if said.split()[-1:] != ["confirmed"]:
        raise Failed(f"{example.source}: the payout was not confirmed")


def step(command: tuple[str, ...], directory: Path, env: dict[str, str]) -> str:
    """Run one command and return what it printed, or raise ``Failed`` with all it said."""
    kept = {name: told for name, told in os.environ.items() if name not in OURS}
    # A proxy of the machine must not come between the client and the platform.
    straight = {"NO_PROXY": "localhost,127.0.0.1", "no_proxy": "localhost,127.0.0.1"}
    done = subprocess.run(
        command, cwd=directory, env=kept | straight | env,
        capture_output=True, text=True, check=False, timeout=STEP_S,
    )  # fmt: skip
    if done.returncode:
        raise Failed(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main())
