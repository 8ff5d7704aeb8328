"""The web server itself: what a test client cannot send."""

import http.client
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lucidpay.api.json import dumps
from payouts.models import Payout
from tests.api.client import PAYOUTS, Api, caller, nothing_written, order
from tests.api.serving import UNTIL_S, served

pytestmark = pytest.mark.django_db(transaction=True)
CODES = {400: "LUCID_ERR_1001", 401: "LUCID_ERR_1002", 404: "LUCID_ERR_1003"}


@pytest.fixture(scope="module")
def port(django_db_setup: None) -> Iterator[int]:
    """Granian on this run's test database."""
    with served() as number:
        yield number


def _raw(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send these very bytes and read one answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=UNTIL_S) as line:
        line.sendall(request)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()


def _post(alice: Api, body: bytes, *headers: str, path: str = PAYOUTS) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {alice.token}",
        "Content-Type: application/json", *headers,
    ]  # fmt: skip
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def _length(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


def _check_refused(answer: tuple[int, dict[str, str], bytes], status: int) -> None:
    code, headers, body = answer
    assert code == status, body
    assert json.loads(body)["error"]["code"] == CODES[status]
    assert json.loads(body)["error"]["request_id"] == headers["x-request-id"]


@pytest.fixture
def alice(wallet: object) -> Api:
    return caller()


@pytest.mark.contract("C-PATH-1", "C-PATH-2", "C-RID-1")
def test_it_serves(port: int, alice: Api) -> None:
    body = dumps(order()).encode()
    status, headers, text = _raw(port, _post(alice, body, _length(body), "X-Request-ID: mine"))
    assert (status, headers["x-request-id"]) == (201, "mine"), text
    assert json.loads(text)["payout_id"] == Payout.objects.get().public_id
    for slash in ("", "/"):
        request = _post(alice, body, _length(body), path=f"/api/v1/payouts{slash}")
        assert _raw(port, request)[0] == 201


@pytest.mark.contract("C-BODY-2")
def test_it_refuses_five_megabytes(port: int, alice: Api) -> None:
    body = dumps(order(metadata={"a": "x" * 5_000_000})).encode()
    with nothing_written():
        _check_refused(_raw(port, _post(alice, body, _length(body))), 400)


@pytest.mark.contract("C-BODY-5")
def test_it_refuses_a_body_in_chunks(port: int, alice: Api) -> None:
    body = dumps(order()).encode()
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    with nothing_written():
        _check_refused(_raw(port, _post(alice, chunked, "Transfer-Encoding: chunked")), 400)
    made = alice.pay()
    cancel = f"{PAYOUTS}/{made.body['payout_id']}/cancel"
    chunked = b'f\r\n{"reason":"typ"}\r\n0\r\n\r\n'
    request = _post(alice, chunked, "Transfer-Encoding: chunked", path=cancel)
    _check_refused(_raw(port, request), 400)
    assert Payout.objects.get().status == "pending"


@pytest.mark.contract("C-BODY-5")
def test_it_refuses_a_body_that_was_cut_off(port: int, alice: Api) -> None:
    body = dumps(order()).encode()
    request = _post(alice, body, f"Content-Length: {len(body) + 1}")
    with nothing_written(), socket.create_connection(("127.0.0.1", port), UNTIL_S) as line:
        line.sendall(request)
        line.shutdown(socket.SHUT_WR)
        answer = http.client.HTTPResponse(line)
        answer.begin()
        assert (answer.status, json.loads(answer.read())["error"]["code"]) == (400, CODES[400])


@pytest.mark.contract("C-BODY-5")
def test_it_refuses_an_empty_post(port: int, alice: Api) -> None:
    with nothing_written():
        _check_refused(_raw(port, _post(alice, b"")), 400)
        _check_refused(_raw(port, _post(alice, b"", "Content-Length: 0")), 400)


@pytest.mark.contract("C-PATH-3")
@pytest.mark.parametrize(
    "path",
    ["/api/payment/%00", "/%ff", "/api/payment/..%2f..%2fetc", "/api/payment/payouts%0a",
     "//evil.example/api", "/api/payment/./payouts", "/" + "a" * 4_000],
)  # fmt: skip
def test_odd_paths_are_unknown(port: int, alice: Api, path: str) -> None:
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    _check_refused(_raw(port, request), 404)


@pytest.mark.contract("C-AUTH-2")
@pytest.mark.parametrize(
    "header",
    ["Authorization: Bearer caf\xe9", "Authorization: Bearer", "Authorization:", "X-Odd: \xff"],
    ids=["not ASCII", "no token", "empty", "another"],
)
def test_odd_headers_are_no_credentials(port: int, alice: Api, header: str) -> None:
    request = f"GET {PAYOUTS} HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n".encode("latin-1")
    _check_refused(_raw(port, request), 401)


@pytest.mark.contract("C-RID-1")
def test_it_replaces_a_request_id_that_is_not_ascii(port: int, alice: Api) -> None:
    request = b"GET /api/payment/payouts HTTP/1.1\r\nHost: localhost\r\nX-Request-ID: \xe9\r\n\r\n"
    answer = _raw(port, request)
    _check_refused(answer, 401)
    assert len(answer[1]["x-request-id"]) == 32


@pytest.mark.contract("C-PATH-6")
def test_it_refuses_another_host(port: int, alice: Api) -> None:
    request = f"GET {PAYOUTS} HTTP/1.1\r\nHost: evil.example\r\n\r\n".encode()
    _check_refused(_raw(port, request), 400)


@pytest.mark.contract("C-PATH-5")
def test_head_has_no_body(port: int, alice: Api) -> None:
    request = b"HEAD /api/payment/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=UNTIL_S) as line:
        line.sendall(request)
        said = b"".join(iter(lambda: line.recv(65_536), b""))
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(b"\r\n\r\n")


@pytest.mark.contract("C-AUTH-5", "C-RATE-6")
@pytest.mark.parametrize("name", ["X-Forwarded-For", "X_Forwarded_For", "x-forwarded_for"])
def test_without_a_proxy_no_spelling_of_a_header_moves_a_caller(
    port: int, wallet: object, name: str
) -> None:
    """The web server cannot tell an underscore from a dash, so neither may be believed."""
    far = caller(allowed_ips=["10.0.0.1"])
    head = f"GET {PAYOUTS} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {far.token}\r\n"
    _check_refused(_raw(port, f"{head}{name}: 10.0.0.1\r\n\r\n".encode()), 401)
    # Who was handed on by a proxy is no neighbour to whom metrics are open.
    head = f"GET /api/payment/metrics HTTP/1.1\r\nHost: localhost\r\n{name}: 10.0.0.1\r\n\r\n"
    _check_refused(_raw(port, head.encode()), 401)


@pytest.mark.contract("C-IDEM-1")
def test_a_key_whose_header_has_underscores_is_the_same_key(port: int, alice: Api) -> None:
    body = dumps(order()).encode()
    bodies = [
        _raw(port, _post(alice, body, _length(body), f"{name}: march-17"))[2]
        for name in ("Idempotency-Key", "Idempotency_Key")
    ]
    assert bodies[0] == bodies[1]
    assert Payout.objects.count() == 1


def test_with_a_place_to_share_every_process_tells_what_all_have_counted(tmp_path: Path) -> None:
    """Without one Prometheus meets another count at each scrape, and takes it for a restart."""
    with served(PROMETHEUS_MULTIPROC_DIR=str(tmp_path), GRANIAN_WORKERS="2") as port:
        counts: list[float] = []
        while len(list(tmp_path.glob("counter_*.db"))) < 2 or len(counts) < 10:
            _, _, page = _raw(port, b"GET /api/payment/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
            counts.append(_scrapes(page.decode()))
    assert counts == [float(number) for number in range(1, len(counts) + 1)]


def _scrapes(page: str) -> float:
    """Return how many requests have begun, this one included."""
    name = "django_http_requests_before_middlewares_total "
    [line] = [line for line in page.splitlines() if line.startswith(name)]
    return float(line.removeprefix(name))
