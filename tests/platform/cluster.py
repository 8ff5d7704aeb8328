"""A migrated PostgreSQL cluster that each platform gets a copy of.

Making one and applying all migrations takes longer than most tests of a platform.
"""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

from lucidpay.embedded.locks import lock_wait
from lucidpay.embedded.places import directory_make, places_of
from lucidpay.embedded.postgres import Postgres
from tests.template import ROOT, migrations_hash

HOME, PREFIX = ROOT / ".lucidpay", "cluster-"
WHOLE = "migrated"  # a file in its data that says so, and by which migrations
WAIT_S = 300


def cluster_copy(to: Path, env: dict[str, str]) -> None:
    """Let servers that were never started in ``to`` find every migration applied.

    ``env`` is what programs of the platform are given, without addresses of servers.
    """
    data = _ready(env)
    directory_make(to)
    home = places_of(to).home
    directory_make(home)
    # With its owner: the servers' account is another one than root's.
    subprocess.run(["cp", "-a", data, home / data.name], check=True)


def is_copy(directory: Path) -> bool:
    """Return whether the servers of ``directory`` began as a copy with today's migrations."""
    marks = Postgres(places_of(directory)).data / WHOLE
    return marks.exists() and marks.read_text() == migrations_hash()


def _ready(env: dict[str, str]) -> Path:
    """Return the cluster's files, which are made when they are missing.

    It is named after what makes it; those of earlier migrations are forgotten.
    """
    directory = HOME / f"{PREFIX}{migrations_hash()}"
    directory_make(HOME)
    lock = lock_wait(HOME / "clusters", fcntl.LOCK_EX, WAIT_S)
    try:
        if not _is_whole(directory):
            for old in HOME.glob(f"{PREFIX}*/"):
                _embedded("clean", old, env)
            migrate = [sys.executable, "manage.py", "migrate", "-v", "0"]
            _embedded("run", directory, env, "--", *migrate)
            _data(directory).joinpath(WHOLE).write_text(migrations_hash())
    finally:
        os.close(lock)
    return _data(directory)


def _data(directory: Path) -> Path:
    return Postgres(places_of(directory)).data


def _is_whole(directory: Path) -> bool:
    return directory.exists() and _data(directory).joinpath(WHOLE).exists()


def _embedded(verb: str, directory: Path, env: dict[str, str], *rest: str) -> None:
    command = [sys.executable, "-m", "lucidpay.embedded", verb, "--dir", str(directory), *rest]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
