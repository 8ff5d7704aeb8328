"""A receiver of webhooks as a user would write one: it verifies, keeps each event once, answers."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

Reply = tuple[int, dict[str, str], bytes]
TAKEN: Reply = (204, {}, b"")


@dataclass
class Request:
    """What arrived."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event_id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Answers what ``reply`` says, by the request and how often its event has come before."""

    port: int = 0
    secret: str = ""
    reply: Callable[[Request, int], Reply] = lambda request, earlier: TAKEN
    requests: list[Request] = field(default_factory=list)
    events: dict[str, Any] = field(default_factory=dict)  # by webhook-id, those it has taken
    refused: list[str] = field(default_factory=list)
    _seen: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    def take(self, request: Request) -> Reply:
        """Verify, keep and answer."""
        with self._lock:
            self.requests.append(request)
            earlier = self._seen[request.headers.get("webhook-id", "")]
            self._seen[request.headers.get("webhook-id", "")] += 1
        if self.secret:
            try:
                Webhook(self.secret).verify(request.body, request.headers)
            except Exception as error:  # noqa: BLE001 (the library lets several kinds out)
                self.refused.append(repr(error))
                return 401, {}, b""
        answer = self.reply(request, earlier)
        if 200 <= answer[0] < 300 and "webhook-id" in request.headers:
            with self._lock:
                self.events[request.event_id] = json.loads(request.body)
        return answer


class Served:
    """A receiver behind a real port of this machine, while the block runs."""

    def __init__(self, receiver: Receiver | None = None) -> None:
        self.receiver = receiver or Receiver()

    def __enter__(self) -> Receiver:
        receiver = self.receiver

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, answered, content = receiver.take(Request(self.path, headers, body))
                self.send_response(status)
                for name, value in answered.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", receiver.port), Handler)
        self._server.daemon_threads = True
        receiver.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return receiver

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
