"""A platform in your own process, for unit tests: ``with FakeLucidPay() as fake: …``.

It speaks the same HTTP as the real one for payouts and batches: same fields, same statuses, same
error codes, same idempotency. Nothing moves by itself; ``step`` moves it. It has no chain, limits,
reviews, rate limits, payments and webhooks: for those run ``make demo`` of the platform.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from lucidpay_client.answers import FINAL
from lucidpay_client.exact import dumps, loads
from lucidpay_client.testing.rules import Refused, refusal
from lucidpay_client.testing.world import Made, World

KEY = "lp_test_fake"  # lets callers of the fake in, and nobody anywhere else
NEXT = {"pending": "processing", "processing": "confirmed"}


class FakeLucidPay:
    """A fake platform on a free port of 127.0.0.1, at ``url``; ``api_key`` is let in."""

    def __init__(self, balance_usdt: str = "1000000") -> None:
        self.api_key = KEY
        self._lock = threading.RLock()
        self.world = World(balance_usdt)
        self._planned: list[Callable[[_Handler], bool]] = []
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def payouts(self) -> list[dict[str, Any]]:
        """Every payout that was made, oldest first: to count whether anybody was paid twice."""
        with self._lock:
            return [dict(one) for one in self.world.payouts.values()]

    def step(self) -> None:
        """Move every open payout on by one: ``pending`` → ``processing`` → ``confirmed``."""
        with self._lock:
            for payout in self.world.payouts.values():
                if payout["status"] in NEXT:
                    self.world.move(payout, NEXT[payout["status"]])

    def fail(self, payout_id: str, message: str = "Transaction failed") -> None:
        """Let an open payout fail, unpaid."""
        with self._lock:
            payout = self.world.payouts[payout_id]
            if payout["status"] in FINAL:
                raise ValueError(f"{payout_id} has ended: {payout['status']} is final")
            self.world.move(payout, "failed")
            payout |= {"error_code": "LUCID_ERR_2008", "error_message": message}

    def lose_answers(self, count: int = 1) -> None:
        """Carry out the next ``count`` requests and close the connection without an answer."""
        self._plan(count, lambda handler: handler.lose())

    def refuse(
        self,
        status: int,
        code: str,
        *,
        count: int = 1,
        retry_after_s: int | None = None,
        message: str = "Refused because the test said so",
    ) -> None:
        """Refuse the next ``count`` requests, as 429 ``LUCID_ERR_2009``, and do nothing."""
        headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        refused = Refused(status, code, message)
        self._plan(count, lambda handler: handler.refuse(refused, headers))

    def _plan(self, count: int, what: "Callable[[_Handler], bool]") -> None:
        with self._lock:
            self._planned += [what] * count

    def answer(self, handler: "_Handler", body: bytes) -> None:
        """Answer one request; the handler calls this."""
        with self._lock:
            handler.asked = body
            if self._planned and self._planned.pop(0)(handler):
                return
            handler.do()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, fake: FakeLucidPay) -> None:
        self.fake = fake
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    asked = b""

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        self.server.fake.answer(self, self.rfile.read(length))

    do_POST = do_GET

    def do(self) -> None:
        try:
            self._say(*self._found())
        except Refused as refused:
            self.refuse(refused, {})

    def lose(self) -> bool:
        """Do it, and say nothing."""
        with suppress(Refused):
            self._found()
        self.close_connection = True
        return True

    def refuse(self, refused: Refused, headers: dict[str, str]) -> bool:
        """Answer in the envelope of errors."""
        error = {
            "code": refused.code,
            "message": refused.message,
            "details": refused.details,
            "request_id": self.headers.get("X-Request-ID", "fake"),
        }
        self._say(refused.status, {"error": error, "detail": refused.message}, headers)
        return True

    def _found(self) -> tuple[int, Any, dict[str, str]]:
        world, parts = self.server.fake.world, urlsplit(self.path)
        path = parts.path.rstrip("/").removeprefix("/api/payment/").removeprefix("/api/v1/")
        if path == "health":
            return 200, world.health(), {}
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            raise Refused(401, "LUCID_ERR_1002", "Missing, invalid or expired credentials.")
        query = dict(parse_qsl(parts.query))
        key = self.headers.get("Idempotency-Key")
        match [self.command, *path.split("/")]:
            case ["POST", "payouts"]:
                return _made(world.payout_create(self._body(), key))
            case ["GET", "payouts"]:
                return 200, world.page(query), {}
            case ["POST", "payouts", "batch"]:
                return _made(world.batch_create(self._body(), key))
            case ["GET", "payouts", "batch", batch_id]:
                return 200, world.batch(batch_id), {}
            case ["GET", "payouts", payout_id]:
                return 200, world.payout(payout_id), {}
            case ["POST", "payouts", payout_id, "cancel"]:
                return 200, world.cancel(payout_id), {}
        raise Refused(404, "LUCID_ERR_1003", "No such path of the fake.")

    def _body(self) -> Any:
        try:
            body = loads(self.asked)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise refusal(400, "LUCID_ERR_1001", body=["Not JSON."])
        return body

    def _say(self, status: int, body: Any, headers: dict[str, str]) -> None:
        content = dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing beside the tests."""


def _made(made: Made) -> tuple[int, Any, dict[str, str]]:
    return made.status, made.body, {"Idempotent-Replayed": "true"} if made.replayed else {}
