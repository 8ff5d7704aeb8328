"""Whom the servers run as: PostgreSQL refuses root (its ``check_root``), so root lends them
an account without rights."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lucidpay.embedded.errors import NotOurs

UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """A user and group id."""

    uid: int
    gid: int

    @property
    def is_caller(self) -> bool:
        return self.uid == os.geteuid()

    def options(self) -> dict[str, Any]:
        """Return the arguments that make ``subprocess`` run a program as this account."""
        # Not the caller's directory: the account may be unable to enter it.
        options: dict[str, Any] = {"cwd": "/", "umask": 0o077}
        if not self.is_caller:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options

    def reaches(self, path: Path) -> bool:
        """Say whether the account can run the program, or enter the directory, at ``path``.

        The kernel is asked, so parents, access lists and mounts all count.
        """
        if self.is_caller:
            return True
        question = ["test", "-x", str(path)]
        return subprocess.run(question, check=False, **self.options()).returncode == 0


def account_for(data: Path) -> Account:
    """Return the account that servers keeping their files in ``data`` run as.

    An ordinary user runs them as itself; root as the owner of what is already there, else as
    ``nobody``. Raises ``NotOurs`` when the machine has no such account.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.exists() and (owner := data.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    try:
        found = pwd.getpwnam(UNPRIVILEGED)
    except KeyError as error:
        message = f"PostgreSQL refuses to run as root and there is no account {UNPRIVILEGED!r}"
        raise NotOurs(message) from error
    return Account(found.pw_uid, found.pw_gid)
