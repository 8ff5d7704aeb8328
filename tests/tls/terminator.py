"""TLS in front of the embedded servers, whose wheels were built without it.

The servers behind are real, and so is the TLS; only where it ends is another process than theirs.
"""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

# PostgreSQL, "SSL Session Encryption": eight bytes ask for it, one letter agrees.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")
CHUNK = 65_536


@dataclass
class Terminator:
    """Takes TLS connections and hands what is in them on to a server that knows none."""

    behind: str | tuple[str, int]  # a unix socket, or host and port
    context: ssl.SSLContext
    is_postgres: bool
    taken: int = 0
    listener: socket.socket = field(default_factory=socket.socket)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def serve(self) -> None:
        """Take connections until the listener is closed."""
        with suppress(OSError):
            while True:
                plain, _ = self.listener.accept()
                threading.Thread(target=self._take, args=[plain], daemon=True).start()

    def _take(self, plain: socket.socket) -> None:
        with suppress(OSError), plain:  # a client that does not trust us hangs up
            if self.is_postgres:
                if plain.recv(len(SSL_REQUEST), socket.MSG_WAITALL) != SSL_REQUEST:
                    return  # it speaks plainly
                plain.sendall(b"S")
            with self.context.wrap_socket(plain, server_side=True) as front:
                self._join(front)

    def _join(self, front: ssl.SSLSocket) -> None:
        with _connected(self.behind) as back:
            first = front.recv(CHUNK)
            if not first:
                return
            self.taken += 1
            back.sendall(first)
            answers = threading.Thread(target=_pump, args=[back, front], daemon=True)
            answers.start()
            _pump(front, back)
            answers.join()


def _connected(behind: str | tuple[str, int]) -> socket.socket:
    if not isinstance(behind, str):
        return socket.create_connection(behind)
    made = socket.socket(socket.AF_UNIX)
    made.connect(behind)
    return made


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)


@contextmanager
def terminator(
    behind: str | tuple[str, int], context: ssl.SSLContext, *, is_postgres: bool
) -> Iterator[Terminator]:
    """Give TLS on a port of this machine, in front of a server."""
    made = Terminator(behind, context, is_postgres)
    made.listener.bind(("127.0.0.1", 0))
    made.listener.listen()
    threading.Thread(target=made.serve, daemon=True).start()
    try:
        yield made
    finally:
        made.listener.shutdown(socket.SHUT_RDWR)
        made.listener.close()
