"""A file as it is at one moment: what is checked is what is stored."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from payouts.files.errors import FileRefused

BYTES_MAX = 256 * 1024 * 1024
STEP_BYTES = 1024 * 1024
FORMATS = ("csv", "xlsx")


@dataclass(frozen=True)
class Snapshot:
    """A private copy of a payout file, and by what it is known again."""

    file: IO[bytes]
    format: str
    key: str


@contextmanager
def snapshot_of(path: Path, *, key: str = "") -> Iterator[Snapshot]:
    """Copy a file and yield the copy; its key is the SHA-256 of the content and ``key``.

    Raises ``FileRefused`` when it cannot be read, is no CSV or XLSX by its name, or is larger
    than any payout file is.
    """
    kind = path.suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise FileRefused(f"{path.name} is neither .csv nor .xlsx by its name.")
    digest = hashlib.sha256()
    with tempfile.TemporaryFile() as copy:
        try:
            with path.open("rb") as original:
                while step := original.read(STEP_BYTES):
                    copy.write(step)
                    digest.update(step)
                    if copy.tell() > BYTES_MAX:
                        raise FileRefused(f"{path.name} is larger than {BYTES_MAX} bytes.")
        except OSError as error:
            raise FileRefused(f"{path} cannot be read: {error.strerror}.") from error
        digest.update(b"\0" + key.encode())
        yield Snapshot(copy, kind, digest.hexdigest())
