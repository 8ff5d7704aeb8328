"""A file as it is at one moment: what is checked is what is stored."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from payouts.files.errors import FileRefused

# A small archive may unpack to more than any machine has. The second is for files that come over
# HTTP, and not from somebody with a shell here.
UNPACKED_MAX_BYTES = 512 * 1024 * 1024
UPLOAD_UNPACKED_MAX_BYTES = 96 * 1024 * 1024
BYTES_MAX = 256 * 1024 * 1024
STEP_BYTES = 1024 * 1024
FORMATS = ("csv", "xlsx")


@dataclass(frozen=True)
class Snapshot:
    """A private copy of a payout file, and by what it is known again."""

    file: IO[bytes]
    format: str
    key: str
    unpacked_max_bytes: int = UNPACKED_MAX_BYTES


@contextmanager
def snapshot_of(path: Path, *, key: str = "") -> Iterator[Snapshot]:
    """Copy a file and yield the copy; its key is the SHA-256 of the content and ``key``.

    Raises ``FileRefused`` when it cannot be read, is no CSV or XLSX by its name, or is larger
    than any payout file is.
    """
    kind = format_of(path.name)
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
        yield Snapshot(copy, kind, _key(digest, key))


def snapshot_in_memory(content: bytes, kind: str, *, key: str = "") -> Snapshot:
    """Return the snapshot of a file that was uploaded: ``kind`` is one of ``FORMATS``.

    It has the key that the same file has when it is imported from a path.
    """
    found = _key(hashlib.sha256(content), key)
    return Snapshot(BytesIO(content), kind, found, UPLOAD_UNPACKED_MAX_BYTES)


def format_of(name: str) -> str:
    """Return ``csv`` or ``xlsx``, or raise ``FileRefused`` for a file of another name."""
    kind = Path(name).suffix.lower().lstrip(".")
    if kind not in FORMATS:
        raise FileRefused(f"{name} is neither .csv nor .xlsx by its name.")
    return kind


def _key(digest: "hashlib._Hash", key: str) -> str:
    digest.update(b"\0" + key.encode())
    return digest.hexdigest()
