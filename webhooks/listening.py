"""A receiver to try webhooks out with, for ``manage.py webhook_listen``. Listens on 127.0.0.1."""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from lucidpay.clock import utc_now
from webhooks.verifying import NotVerified, verify

BODY_BYTES_MAX = 1_048_576
SHOWN_CHARS_MAX = 4_000
IDS_MAX = 10_000
IDLE_S = 30
GOOD, BAD = "✓", "✗"


class Listener(ThreadingHTTPServer):
    """Tells of each request that arrives whether it is trusted, and why not.

    The first ``fail`` requests of each ``webhook-id`` are answered with 500, all others with
    ``status``: what is not trusted is told of, and answered the same.
    """

    daemon_threads = True

    def __init__(
        self, port: int, *, secret: str, status: int, fail: int, say: Callable[[str], None]
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.secret, self.status, self.fail, self.say = secret, status, fail, say
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, int] = OrderedDict()

    def answer_to(self, event_id: str) -> int:
        """Return the status for the next request of this id."""
        with self._lock:
            before = self._seen.pop(event_id, 0)
            self._seen[event_id] = before + 1
            if len(self._seen) > IDS_MAX:
                self._seen.popitem(last=False)
        return 500 if before < self.fail else self.status


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    timeout = IDLE_S

    def do_POST(self) -> None:  # noqa: N802 (as the base calls it)
        body = self._body()
        if body is None:
            self.close_connection = True
            self._answer(413, f"{BAD} no body of 0 to {BODY_BYTES_MAX} bytes in one piece")
            return
        headers = dict(self.headers.items())
        status = self.server.answer_to(self.headers.get("webhook-id", ""))
        try:
            verify(self.server.secret, headers, body, utc_now())
            found = GOOD
        except NotVerified as error:
            found = f"{BAD} {error}:"
        self._answer(status, f"{found} {self._told(body)}")

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit() and int(length[:9]) <= BODY_BYTES_MAX):
            return None
        return self.rfile.read(int(length))

    def _answer(self, status: int, told: str) -> None:
        self.server.say(f"{utc_now():%H:%M:%S} {told} → {status}")
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _told(self, body: bytes) -> str:
        text = body.decode(errors="replace")
        try:
            kind = str(json.loads(text)["type"])
        except (ValueError, KeyError, TypeError, RecursionError):
            kind = "not an event"
        event_id = self.headers.get("webhook-id", "no webhook-id")
        return printable(f"{event_id} {kind} {self.path} {text}"[:SHOWN_CHARS_MAX])

    def log_message(self, *_: object) -> None:
        """Say nothing beside what is told of each request."""


def printable(text: str) -> str:
    """Return the text without what would steer a terminal."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)
