"""Start, share, stop and forget the servers of one directory."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lucidpay.embedded.locks import lock_take, lock_wait, locked
from lucidpay.embedded.places import Places, directory_make, places_of
from lucidpay.embedded.postgres import Postgres
from lucidpay.embedded.server import Server
from lucidpay.embedded.valkey import Valkey

KINDS: tuple[type[Server], ...] = (Postgres, Valkey)
LEASE_WAIT_S = 10.0


@dataclass(frozen=True)
class Status:
    """What is known about one server."""

    name: str
    state: str
    """``running``, ``starting``, ``stopped`` or ``outside`` (the environment names another)."""
    pid: int | None = None
    url: str = ""


@contextmanager
def servers(directory: Path, *, keep: bool = False) -> Iterator[dict[str, str]]:
    """Have both servers up for the length of a block; yields what belongs in the environment.

    A server that the environment already names (DATABASE_URL, REDIS_URL) is left out. At the end
    the last user of the directory stops the servers, except those somebody asked to ``keep``.
    Raises ``EmbeddedError``.
    """
    wanted = [kind for kind in KINDS if not _is_outside(kind)]
    if not wanted:
        yield _outside()
        return
    directory_make(directory)
    places = places_of(directory)
    lease = lock_wait(places.users, fcntl.LOCK_SH, LEASE_WAIT_S)
    try:
        with locked(places.lock):
            _home_make(places)
            running = [_bring_up(kind(places), keep=keep) for kind in wanted]
        yield _outside() | {server.variable: server.url for server in running}
    finally:
        _leave(places, lease)


def start(directory: Path) -> dict[str, str]:
    """Start what is not running, keep it running, and return what belongs in the environment."""
    with servers(directory, keep=True) as environment:
        return environment


def stop(directory: Path) -> None:
    """Stop the servers of a directory, whoever uses them."""
    if not directory.exists():
        return
    places = places_of(directory)
    with locked(places.lock):
        _stop_all(places)


def status(directory: Path) -> list[Status]:
    """Return what runs, without waiting for a command that is changing it."""
    return [_status(kind, directory) for kind in KINDS]


def clean(directory: Path) -> list[Path]:
    """Stop the servers, remove what they stored, and return the paths removed.

    Only files this package makes: a directory named by mistake keeps everything else.
    """
    if not directory.exists():
        return []
    places = places_of(directory)
    with locked(places.lock):
        _stop_all(places)
        removed = [path for path in (places.home / kind.name for kind in KINDS) if path.exists()]
        for kind in KINDS:
            kind(places).remove()
        for path in (places.users, places.lock):
            path.unlink(missing_ok=True)
    for path in (places.sockets, places.home, places.directory):
        _remove_empty(path)
    return removed


def _bring_up(server: Server, *, keep: bool) -> Server:
    if server.start():
        server.kept.unlink(missing_ok=True)
    if keep:
        server.kept.touch()
    return server


def _leave(places: Places, lease: int) -> None:
    if not places.directory.exists():
        # Somebody cleaned it meanwhile, and stopped the servers for that.
        os.close(lease)
        return
    # Under the lock: a newcomer must not find a server that is about to be stopped.
    with locked(places.lock):
        os.close(lease)
        alone = lock_take(places.users, fcntl.LOCK_EX)
        if alone is None:
            return
        os.close(alone)
        for kind in KINDS:
            server = kind(places)
            if not server.kept.exists():
                server.stop()


def _stop_all(places: Places) -> None:
    for kind in KINDS:
        server = kind(places)
        server.stop()
        server.kept.unlink(missing_ok=True)


def _status(kind: type[Server], directory: Path) -> Status:
    if _is_outside(kind):
        return Status(kind.name, "outside", url=os.environ.get(kind.variable, ""))
    if not directory.exists():
        return Status(kind.name, "stopped")
    server = kind(places_of(directory))
    process = server.process()
    if process is None:
        return Status(kind.name, "stopped")
    state = "running" if server.is_ready() else "starting"
    return Status(kind.name, state, process.pid, server.url)


def _is_outside(kind: type[Server]) -> bool:
    return any(os.environ.get(name) for name in (kind.variable, f"{kind.variable}_FILE"))


def _outside() -> dict[str, str]:
    return {k.variable: os.environ[k.variable] for k in KINDS if os.environ.get(k.variable)}


def _home_make(places: Places) -> None:
    if places.home != places.directory:
        directory_make(places.home)


def _remove_empty(path: Path) -> None:
    if path.is_dir() and not any(path.iterdir()):
        path.rmdir()
