"""The same launcher in the hands of an ordinary user, with files of its own."""

import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from lucidpay.embedded.account import UNPRIVILEGED, Account
from tests.embedded.support import LIMIT_S, ROOT

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="every other test here runs as an ordinary user already"
)


def interpreter_for(account: Account) -> Path:
    """A Python of this version that the account can run; root's own may lie in /root."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        if candidate and account.reaches(Path(candidate).resolve()):
            return Path(candidate)
    pytest.skip(f"no {name} that {UNPRIVILEGED} can run")


def test_an_ordinary_user_needs_nothing_from_root(place: Path) -> None:
    entry = pwd.getpwnam(UNPRIVILEGED)
    account = Account(entry.pw_uid, entry.pw_gid)
    interpreter = interpreter_for(account)
    copy = place.parent / "checkout"
    shutil.copytree(ROOT / "lucidpay" / "embedded", copy / "lucidpay" / "embedded")
    (copy / "lucidpay" / "__init__.py").touch()
    for path in (copy, *copy.rglob("*")):
        os.chown(path, account.uid, account.gid)
    code = "import os, psycopg; database = psycopg.connect(os.environ['DATABASE_URL']); "
    code += "print(database.info.user, os.environ['REDIS_URL'], os.geteuid())"
    directory = copy / ".lucidpay" / "dev"
    command = ["-m", "lucidpay.embedded", "run", "--dir", directory, "--", interpreter, "-c", code]
    said = subprocess.run(
        [interpreter, *command],
        env={"PATH": os.defpath, "PYTHONPATH": f"{copy}:{sysconfig.get_path('purelib')}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=LIMIT_S,
        **account.options() | {"cwd": copy},
    )
    sockets = f"{directory}/run/valkey.sock"
    assert said.stdout == f"lucidpay unix://{sockets}?db=0 {account.uid}\n", said.stderr
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / "postgres").stat().st_uid == account.uid
