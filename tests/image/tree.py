"""What the image would hold, laid out in a folder, and its processes run as its user would.

The files come by the Dockerfile's own COPY lines. Only the libraries are this machine's.
"""

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.platform.running import ROOT

DOCKERFILE = ROOT / "docker" / "Dockerfile"
USER = 65532
# Nobody but root may enter its home, where this machine's Python can lie: so reading everything is
# left to the user, and nothing else of root's.
AS_USER = (
    f"setpriv --reuid {USER} --regid {USER} --clear-groups"
    " --inh-caps=-all,+dac_read_search --ambient-caps=+dac_read_search --no-new-privs"
).split()
TREE_MODE = 0o555


@cache
def instructions() -> list[str]:
    """Return the Dockerfile's instructions, each on a line of its own."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    return [line for line in "\n".join(lines).replace("\\\n", " ").splitlines() if line]


def copied() -> list[tuple[str, str]]:
    """Return (from, to) of what is copied out of the checkout."""
    copies = [one.split()[1:] for one in instructions() if one.startswith("COPY ")]
    return [(one[0], one[1]) for one in copies if not one[0].startswith("--")]


def image_environment() -> dict[str, str]:
    """Return the variables that the image sets."""
    words = [one for line in instructions() if line.startswith("ENV ") for one in line.split()[1:]]
    return dict(word.split("=", 1) for word in words)


def tree_make(to: Path) -> Path:
    """Lay the image's files out below ``to``, as nobody may write them, and return their folder."""
    app = to / "app"
    for source, target in copied():
        place = app / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place)
        else:
            shutil.copy2(ROOT / source, place)
    _build(app)
    for path in (app, *app.rglob("*")):
        path.chmod(TREE_MODE if path.is_dir() else TREE_MODE & 0o444)
    return app


def _build(app: Path) -> None:
    """Run the step of the Dockerfile that collects the static files."""
    step = next(one for one in instructions() if "collectstatic" in one).removeprefix("RUN ")
    ours = step.partition("&&")[0].replace("python3", sys.executable)
    environment = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(["/bin/sh", "-c", ours], cwd=app, env=environment, check=True)


def as_user(*words: str) -> list[str]:
    """Return the command of a container of the image with these words, run as its user.

    Whoever is not root runs it as themselves: the tree is read-only to them, too.
    """
    command = [sys.executable, "-m", "lucidpay.run", *words]
    return [*AS_USER, *command] if os.geteuid() == 0 else command
