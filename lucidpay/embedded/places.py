"""Where the servers keep their files.

``directory`` is what the caller named. ``home`` holds the data: the same directory, or one under
``/var/lib`` when root works in a place (such as ``/root``) that the servers' account cannot enter.
``sockets`` is ``home/run``, or a private directory under ``/tmp`` when its path would not do.
"""

import hashlib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from lucidpay.embedded.account import Account, account_for
from lucidpay.embedded.errors import NotOurs

SYSTEM_HOME = Path("/var/lib/lucidpay")
# Not $TMPDIR: it differs between the sessions of one user, and two commands must agree on the
# place. Its own length is no help either.
SHORT_HOME = Path("/tmp")  # noqa: S108 (in it a folder that must be ours alone)
# sun_path holds 108 bytes on Linux and 104 on macOS, the final NUL included (unix(7)).
SOCKET_PATH_BYTES_MAX = 100
LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"
# Signs that an address carries as they are, but for the slashes: no reader has to be clever.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True)
class Places:
    """The paths of one pair of servers, and the account that owns them."""

    directory: Path
    home: Path
    sockets: Path
    account: Account

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    @property
    def users(self) -> Path:
        return self.directory / "users"


def places_of(directory: Path) -> Places:
    """Return the places that belong to an existing directory; makes nothing."""
    directory = directory.resolve()
    account = account_for(directory / "postgres")
    home = directory if account.reaches(directory) else SYSTEM_HOME / _digest(directory)
    return Places(directory, home, _sockets(home, account), account)


def directory_make(directory: Path) -> None:
    """Make the directory and its parents, leaving what exists as it is."""
    missing = [path for path in (directory, *directory.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        # Root's own umask may shut out the account the servers run as.
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def private_directory(path: Path, account: Account) -> None:
    """Make ``path`` a directory that only ``account`` can enter.

    Raises ``NotOurs`` when something else is there: whoever made it could read or replace the
    sockets, and a socket is all it takes to be let in.
    """
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(path, account.uid, account.gid)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise NotOurs(f"{path} is not a directory of user id {account.uid}: remove it")
    path.chmod(0o700)


def _sockets(home: Path, account: Account) -> Path:
    path = home / "run"
    length_bytes = len(os.fsencode(path / LONGEST_SOCKET_NAME))
    if length_bytes <= SOCKET_PATH_BYTES_MAX and PLAIN_PATH.fullmatch(str(path)):
        return path
    return SHORT_HOME / f"lucidpay-{account.uid}-{_digest(home)}"


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
