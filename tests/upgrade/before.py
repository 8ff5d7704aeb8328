"""The version before this one, out of the repository's history.

``previous`` holds its commit, and ``released`` the SHA-256 of its migrations. With each release,
put that release's commit into the one, and write the other: ``python -m tests.upgrade.before``.
"""

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREVIOUS = Path(__file__).with_name("previous")
RELEASED = Path(__file__).with_name("released")


def previous() -> str:
    """Return the commit of the version before; fail with what to do when it is not here."""
    commit = PREVIOUS.read_text().strip()
    known = subprocess.run(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert known.returncode == 0, (
        f"The version before ({commit}, tests/upgrade/previous) is not in this clone: it has no "
        "history, or not all of it. `git fetch --unshallow` brings it."
    )
    return commit


def unpacked(directory: Path) -> Path:
    """Return a directory with the files of the version before."""
    tree = directory / "before"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", previous()))) as files:
        files.extractall(tree, filter="data")
    return tree


def migrations_before() -> str:
    """Return a line for each migration of the version before, as ``sha256sum`` writes them."""
    paths = _git("ls-tree", "-r", "--name-only", previous()).decode().splitlines()
    ours = sorted(path for path in paths if Path(path).match("*/migrations/[0-9]*.py"))
    texts = {path: _git("show", f"{previous()}:{path}") for path in ours}
    return "".join(f"{hashlib.sha256(text).hexdigest()}  {at}\n" for at, text in texts.items())


def released() -> dict[str, str]:
    """Return the SHA-256 of each migration that was released, by its path. Needs no history."""
    lines = [line.split() for line in RELEASED.read_text().splitlines()]
    return {path: digest for digest, path in lines}


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout


if __name__ == "__main__":
    RELEASED.write_text(migrations_before())
