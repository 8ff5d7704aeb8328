"""A port of this machine that leads to a unix socket, for those who may not open its folder."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

PIECE = 65_536


@contextmanager
def forwarded(to: Path) -> Iterator[int]:
    """Give a port from which all connections are handed on to a unix socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=_accept, args=(server, to), daemon=True).start()
        yield int(server.getsockname()[1])
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, to: Path) -> None:
    with suppress(OSError):  # it was shut down
        while True:
            near, _ = server.accept()
            Thread(target=_connect, args=(near, to), daemon=True).start()


def _connect(near: socket.socket, to: Path) -> None:
    with near, socket.socket(socket.AF_UNIX) as far:
        far.connect(str(to))
        back = Thread(target=_hand_on, args=(far, near), daemon=True)
        back.start()
        _hand_on(near, far)
        back.join()


def _hand_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):  # either side may go at any time
        while piece := one.recv(PIECE):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)
