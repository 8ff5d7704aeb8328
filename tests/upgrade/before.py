"""The version before this one, out of the repository's history.

``previous`` holds its commit. With each release, put that release's commit there.
"""

import io
import subprocess
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PREVIOUS = Path(__file__).with_name("previous")


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


def migrations_before() -> dict[str, bytes]:
    """Return the migrations of the version before, by their paths."""
    paths = _git("ls-tree", "-r", "--name-only", previous()).decode().splitlines()
    ours = [path for path in paths if Path(path).match("*/migrations/[0-9]*.py")]
    return {path: _git("show", f"{previous()}:{path}") for path in ours}


def _git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout
