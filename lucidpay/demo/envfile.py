"""Files of ``NAME=value`` lines that only their owner can read."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def env_read(path: Path) -> dict[str, str]:
    """Return the values of the file; none when there is no file."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text().splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def env_write(path: Path, values: Mapping[str, str]) -> None:
    """Write the file, mode 0600, all or nothing: a reader never sees half of it."""
    # mkstemp makes it 0600 from its first moment on.
    descriptor, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{name}={value}\n" for name, value in values.items())
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).rename(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
