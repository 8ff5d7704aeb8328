"""Telling our servers from strangers: a process id alone may have been given to another one."""

import os
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from lucidpay.embedded.account import Account
from lucidpay.embedded.binaries import module_load
from lucidpay.embedded.errors import StartFailed

PROGRAM_LIMIT_S = 120
# Only these: PGPORT, PGOPTIONS or LD_LIBRARY_PATH of the caller must not reach a server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def process_find(pid: int | None, program: str, data: Path, account: Account) -> Any | None:
    """Return the process (``psutil.Process``) when ``pid`` is our server, else None.

    It is ours when it runs ``program``, as ``account``, with ``data`` as its working directory:
    both servers change to their data directory and stay there, and no stranger works in a
    directory that only the account can enter. psutil remembers the start time, so a signal sent
    through the answer cannot hit a later process with the same id.
    """
    psutil = module_load("psutil")
    if pid is None or pid <= 0:
        return None
    try:
        process = psutil.Process(pid)
        is_ours = (
            process.name() == program
            and process.uids().effective == account.uid
            and os.path.samefile(process.cwd(), data)
        )
    except (psutil.Error, OSError):
        # Gone, a zombie, or not for us to look at: in each case not a server we may signal.
        return None
    return process if is_ours else None


def process_signal(process: Any, number: int) -> None:
    """Send a signal to a process that ``process_find`` returned; one that is gone needs none."""
    psutil = module_load("psutil")
    with suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def program_run(
    command: Sequence[str | Path],
    account: Account,
    *,
    text: str = "",
    pass_fds: Sequence[int] = (),
) -> None:
    """Run a server's program to its end as ``account``; ``text`` is its input.

    Raises ``StartFailed`` with what the program said. Output goes to a file, not to a pipe:
    a server left behind by the program would keep a pipe open, and this call waiting.
    """
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as given:
        given.write(text)
        given.seek(0)
        options: dict[str, Any] = {"stdin": given, "stdout": said, "stderr": subprocess.STDOUT}
        try:
            subprocess.run(
                [str(word) for word in command],
                check=True,
                env=ENVIRONMENT,
                pass_fds=pass_fds,
                timeout=PROGRAM_LIMIT_S,
                # A Ctrl-C in the terminal is for the launcher; it stops the servers in order.
                start_new_session=True,
                **options,
                **account.options(),
            )
        except subprocess.SubprocessError as error:
            said.seek(0)
            raise StartFailed(f"{error}:\n{said.read().strip()}") from error


def log_tail(path: Path, lines: int = 15) -> str:
    """Return the last lines of a server's log."""
    if not path.exists():
        return f"({path} was not written)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
