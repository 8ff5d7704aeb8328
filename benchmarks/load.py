"""Requests over kept-alive connections, as many as the server can answer.

One thread and one selector: the load must cost little, as it runs on the same cores.
"""

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
READ_BYTES = 65_536
Requests = Callable[[], bytes]


@dataclass
class Load:
    """What one round saw."""

    seconds: float = 0.0
    answers: dict[int, int] = field(default_factory=dict)
    latencies_s: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return sum(self.answers.values()) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Return the latency that this share of the answers stayed below."""
        ordered = sorted(self.latencies_s)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


class _Line:
    """One connection with one request under way."""

    def __init__(self, port: int, requests: Requests) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._buffer = bytearray()
        self.sent_at = 0.0

    def ask(self) -> None:
        """Send the next request."""
        self.sent_at = time.perf_counter()
        self.socket.sendall(self._requests())

    def read(self) -> int | None:
        """Return the status once an answer is complete."""
        part = self.socket.recv(READ_BYTES)
        if not part:
            raise ConnectionError("the server closed the connection")
        self._buffer += part
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return None
        head = bytes(self._buffer[:end]).lower()
        at = head.find(LENGTH)
        length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._buffer) < end + len(HEAD_END) + length:
            return None
        self._buffer.clear()
        return int(head[9:12])


def load(port: int, requests: Requests, *, connections: int, seconds: float) -> Load:
    """Keep every connection busy for so long and return what was answered."""
    seen = Load()
    with selectors.DefaultSelector() as selector:
        lines = [_Line(port, requests) for _ in range(connections)]
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.ask()
        start = time.perf_counter()
        end = start + seconds
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(timeout=end - now):
                _answer(key.data, seen)
        seen.seconds = time.perf_counter() - start
        for line in lines:
            line.socket.close()
    return seen


def _answer(line: _Line, seen: Load) -> None:
    status = line.read()
    if status is not None:
        seen.latencies_s.append(time.perf_counter() - line.sent_at)
        seen.answers[status] = seen.answers.get(status, 0) + 1
        line.ask()
