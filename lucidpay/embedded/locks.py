"""File locks (``flock(2)``): the kernel drops them with their last holder, however it died."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lucidpay.embedded.errors import Busy

POLL_S = 0.02
# A start and a stop have limits of their own, shorter than this together.
LOCK_WAIT_S = 150.0


def until(limit_s: float) -> Iterator[None]:
    """Yield again and again, at least once, until ``limit_s`` seconds have passed."""
    end_s = time.monotonic() + limit_s
    yield
    while time.monotonic() < end_s:
        time.sleep(POLL_S)
        yield


def lock_take(path: Path, mode: int) -> int | None:
    """Return a descriptor that holds the lock, or None when others hold it.

    ``mode`` is ``fcntl.LOCK_EX`` or ``LOCK_SH``. The file is made when missing, and belongs to
    the owner of its directory, so root's commands do not shut out an ordinary user's.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        _give_to_owner(descriptor, path)
        if _is_at(descriptor, path):
            return descriptor
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def lock_wait(path: Path, mode: int, limit_s: float) -> int:
    """Return a descriptor that holds the lock, or raise ``Busy`` after ``limit_s`` seconds."""
    for _ in until(limit_s):
        if (descriptor := lock_take(path, mode)) is not None:
            return descriptor
    raise Busy(f"{path} is held by another process for more than {limit_s:g} s")


def lock_is_free(path: Path) -> bool:
    """Say whether nobody holds the lock alone."""
    if not path.exists():
        return True
    descriptor = lock_take(path, fcntl.LOCK_SH)
    if descriptor is None:
        return False
    os.close(descriptor)
    return True


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock alone for the length of a block."""
    descriptor = lock_wait(path, fcntl.LOCK_EX, LOCK_WAIT_S)
    try:
        yield
    finally:
        os.close(descriptor)


def _give_to_owner(descriptor: int, path: Path) -> None:
    owner = path.parent.stat()
    if os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _is_at(descriptor: int, path: Path) -> bool:
    """Say whether the open file still has this name: a clean may have removed it meanwhile."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
