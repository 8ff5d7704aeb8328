"""A node that misbehaves: forwards to a true one unless a path has a prepared behaviour."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import Request

from tronpy.proto import tron_pb2

from tests.local import OPENER
from tron.transactions import txid_of

RELEASE_TIMEOUT_S = 30


@dataclass
class Exchange:
    """One request, and the ways to answer it. Without an answer the connection is dropped."""

    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes
    truth: str
    released: threading.Event
    connection: socket.socket

    @property
    def question(self) -> Any:
        """What was asked."""
        return json.loads(self.body)

    def forward(self) -> Any:
        """Let the true node act, and return its answer."""
        request = Request(f"{self.truth}/{self.path}", data=self.body)  # noqa: S310 (our own node)
        with OPENER.open(request, timeout=10) as response:
            return json.load(response)

    def reply(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        """Answer with bytes as they are, or with JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        lines += ["Connection: close", "", ""]
        self.raw("\r\n".join(lines).encode() + data)

    def raw(self, data: bytes) -> None:
        """Write bytes, HTTP or not."""
        with suppress(OSError):  # whoever asked may have given up
            self.connection.sendall(data)


Behaviour = Callable[[Exchange], None]


def says(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer this; bytes as they are, anything else as JSON."""
    return lambda exchange: exchange.reply(body, status, headers)


def changes(edit: Callable[[Any], Any]) -> Behaviour:
    """Answer what the true node says after ``edit`` returned it changed."""
    return lambda exchange: exchange.reply(edit(exchange.forward()))


def babbles(data: bytes) -> Behaviour:
    """Answer what is not HTTP."""
    return lambda exchange: exchange.raw(data)


def hangs(exchange: Exchange) -> None:
    """Keep the connection and say nothing until the test is over."""
    exchange.released.wait(RELEASE_TIMEOUT_S)


def hangs_after_acting(exchange: Exchange) -> None:
    """Carry the request out and say nothing until the test is over."""
    exchange.forward()
    hangs(exchange)


def drops(exchange: Exchange) -> None:
    """Close the connection without having done anything."""


def drops_after_acting(exchange: Exchange) -> None:
    """Carry the request out and close the connection without an answer."""
    exchange.forward()


def tells_the_truth(exchange: Exchange) -> None:
    """Answer what the true node answers."""
    exchange.reply(exchange.forward())


def refuses(code: str, message: str = "", *, after_acting: bool = False) -> Behaviour:
    """Refuse a sending by name and with its true txid, as a node does; or only say so."""

    def behave(exchange: Exchange) -> None:
        if after_acting:
            exchange.forward()
        data = bytes.fromhex(exchange.question["transaction"])
        txid = txid_of(tron_pb2.Transaction.FromString(data).raw_data.SerializeToString())
        answer = {"result": False, "code": code, "message": message, "transaction": "{}"}
        exchange.reply({**answer, "txid": txid})

    return behave


class LyingNode:
    """A running node; ``heard`` lists what it was asked."""

    def __init__(self, port: int, truth: str) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.truth = truth
        self.heard: list[Exchange] = []
        self.released = threading.Event()
        self.otherwise: Behaviour = tells_the_truth  # at paths without a prepared behaviour
        self._behaviours: dict[str, Behaviour] = {}

    @property
    def name(self) -> str:
        """What the platform calls it."""
        return self.url.removeprefix("http://")

    def on(self, path: str, behaviour: Behaviour) -> None:
        """Behave like this when this path is asked, from now on."""
        self._behaviours[path] = behaviour

    def questions(self, path: str) -> list[Exchange]:
        """Return what was asked at a path, in order."""
        return [exchange for exchange in self.heard if exchange.path == path]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Behave as prepared for the path."""
        length = int(handler.headers.get("Content-Length", 0))
        exchange = Exchange(
            path=handler.path.lstrip("/"),
            headers={name.lower(): value for name, value in handler.headers.items()},
            body=handler.rfile.read(length),
            truth=self.truth,
            released=self.released,
            connection=handler.connection,
        )
        self.heard.append(exchange)
        self._behaviours.get(exchange.path, self.otherwise)(exchange)


class _Server(ThreadingHTTPServer):
    request_queue_size = 512


@contextmanager
def lying_node(truth: str) -> Iterator[LyingNode]:
    """Run a node that tells the truth of another one until it is told to lie."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802 (the base class asks for this name)
            node.answer(self)

        do_GET = do_POST  # noqa: N815 (the base class asks for this name)

    with _Server(("127.0.0.1", 0), Handler) as server:
        node = LyingNode(server.server_address[1], truth)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield node
        finally:
            node.released.set()
            server.shutdown()
            thread.join()
