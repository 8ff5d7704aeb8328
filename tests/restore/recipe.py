"""The commands of ``docs/backup.md``, run as they stand there."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lucidpay.embedded.account import Account

DOC = Path(__file__).resolve().parents[2] / "docs" / "backup.md"
LIMIT_S = 120


def recipe(name: str) -> str:
    """Return the block of commands that the document calls so."""
    found = re.findall(rf"^```sh {re.escape(name)}\n(.*?)^```$", DOC.read_text(), re.S | re.M)
    assert len(found) == 1, f"{DOC.name} has {len(found)} blocks named {name}"
    return str(found[0])


def follow(name: str, env: Mapping[str, str], account: Account) -> str:
    """Do what the document says, as the account of the server, and return what was printed."""
    return run(["bash", "-eu", "-c", recipe(name)], env, account)


def run(command: list[str], env: Mapping[str, str], account: Account) -> str:
    """Run a program as the account of the server, and return what it printed."""
    done = subprocess.run(
        command, env=dict(env), capture_output=True, text=True, check=False, timeout=LIMIT_S,
        **account.options(),
    )  # fmt: skip
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout
