"""A SOCKS5 proxy (RFC 1928, RFC 1929) that leads every name to one true address."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

NO_AUTH, BY_PASSWORD, NONE_FITS = 0, 2, 255
NAME = 3


@dataclass
class Socks:
    """A running proxy; ``wanted`` lists where its clients asked to go: (kind, host, port)."""

    port: int
    target_port: int
    login: tuple[str, str] | None = None
    reply: int = 0  # 0 lets pass; others refuse (RFC 1928, 6)
    wanted: list[tuple[int, str, int]] = field(default_factory=list)
    bytes_through: int = 0

    def serve(self, client: socket.socket) -> None:
        """Speak to one client until either side hangs up."""
        with client, suppress(OSError, struct.error, EOFError):
            if self._greets(client) and self._leads(client):
                with socket.create_connection(("127.0.0.1", self.target_port)) as target:
                    threads = [
                        threading.Thread(target=self._pump, args=pair)
                        for pair in ((client, target), (target, client))
                    ]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()

    def _greets(self, client: socket.socket) -> bool:
        _, count = _take(client, 2)
        methods = _take(client, count)
        method = BY_PASSWORD if self.login else NO_AUTH
        if method not in methods:
            client.sendall(bytes([5, NONE_FITS]))
            return False
        client.sendall(bytes([5, method]))
        if self.login is None:
            return True
        _take(client, 1)
        given = tuple(_take(client, _take(client, 1)[0]).decode() for _ in range(2))
        client.sendall(bytes([1, given != self.login]))
        return given == self.login

    def _leads(self, client: socket.socket) -> bool:
        kind = _take(client, 4)[3]
        raw = _take(client, _take(client, 1)[0]) if kind == NAME else _take(client, 4)
        host = raw.decode() if kind == NAME else socket.inet_ntoa(raw)
        self.wanted.append((kind, host, struct.unpack(">H", _take(client, 2))[0]))
        client.sendall(bytes([5, self.reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return self.reply == 0

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self.bytes_through += len(data)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


def _take(client: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        if not (more := client.recv(count - len(data))):
            raise EOFError
        data += more
    return data


@contextmanager
def socks_proxy(target_port: int) -> Iterator[Socks]:
    """Run a proxy whose every way ends at a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = Socks(server.getsockname()[1], target_port)
        serving: list[threading.Thread] = []

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    serving.append(threading.Thread(target=proxy.serve, args=(client,)))
                    serving[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield proxy
        finally:
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()
            for thread in serving:
                thread.join()
