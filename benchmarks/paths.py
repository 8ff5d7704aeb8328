"""The HTTP paths of a payout beside a bare application that writes and reads the same rows."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count, cycle
from urllib.parse import unquote, urlsplit

from benchmarks.load import Load, Requests, load
from benchmarks.pairs import Pair, paired
from benchmarks.stand import FLOOR, PLATFORM, Stand, web
from tests.platform.people import somebody
from tests.platform.running import http

PATH = "/api/payment/payouts"
CONNECTIONS = 32
RECIPIENTS = 2_000
WARM_UP_S = 4.0
_keys = count()


@dataclass(frozen=True)
class Servers:
    """The ports of both."""

    ours: int
    floor: int


@contextmanager
def both(place: Stand) -> Iterator[Servers]:
    """Serve the platform and the floor on one database."""
    dsn = {"FLOOR_DSN": dsn_of(place.env["DATABASE_URL"])}
    with ExitStack() as stack:
        ours = stack.enter_context(web(place.env, PLATFORM))
        floor = stack.enter_context(web(place.env | dsn, FLOOR))
        yield Servers(ours, floor)


def dsn_of(url: str) -> str:
    """Return a database address as libpq reads it."""
    parts = urlsplit(url)
    host = unquote(parts.netloc.rpartition("@")[2])
    return f"host={host} user={parts.username} dbname={parts.path.lstrip('/')}"


def creating(token: str, run: str) -> Requests:
    """Return what makes requests for new payouts, each with an idempotency key of its own."""
    recipients = cycle([somebody() for _ in range(RECIPIENTS)])

    def request() -> bytes:
        order = {"recipient_address": next(recipients), "amount_usdt": "1.25", "reason": "bench"}
        body = json.dumps(order)
        return (
            f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {run}-{next(_keys)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    return request


def getting(token: str, ids: list[str]) -> Requests:
    """Return what asks for these payouts, one after the other."""
    texts = cycle(
        f"GET {PATH}/{key} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
        for key in ids
    )
    return lambda: next(texts).encode()


def rate(port: int, requests: Requests, *, seconds: float, status: int) -> float:
    """Return the answers a second; every one must have this status."""
    seen: Load = load(port, requests, connections=CONNECTIONS, seconds=seconds)
    if set(seen.answers) != {status}:
        raise RuntimeError(f"answers by status: {seen.answers}")
    return seen.per_second


def bench_create(place: Stand, *, rounds: int, seconds: float) -> str:
    """Create payouts with everything on: key, scope, rate limit, idempotency, event, outbox."""
    with both(place) as servers:
        return _pair("create a payout", 0.50, servers, creating(place.token, place.token[-8:]),
                     status=201, rounds=rounds, seconds=seconds).line()  # fmt: skip


def bench_get(place: Stand, *, rounds: int, seconds: float) -> str:
    """Get payouts by their ids."""
    with both(place) as servers:
        ids = _made(servers.ours, place.token)
        return _pair("get a payout", 0.35, servers, getting(place.token, ids),
                     status=200, rounds=rounds, seconds=seconds).line()  # fmt: skip


def _pair(
    name: str,
    goal: float,
    servers: Servers,
    requests: Requests,
    *,
    status: int,
    rounds: int,
    seconds: float,
) -> Pair:
    def measured(port: int) -> Callable[[], float]:
        return lambda: rate(port, requests, seconds=seconds, status=status)

    for port in (servers.ours, servers.floor):
        rate(port, requests, seconds=WARM_UP_S, status=status)
    return paired(name, goal, measured(servers.ours), measured(servers.floor), rounds=rounds)


def _made(port: int, token: str) -> list[str]:
    """Make some payouts and return their ids."""
    rate(port, creating(token, f"{token[-8:]}-get"), seconds=WARM_UP_S, status=201)
    return listed(port, token)


def listed(port: int, token: str) -> list[str]:
    """Return the ids of the newest payouts."""
    answer = http("GET", f"http://127.0.0.1:{port}{PATH}?limit=100", token=token)
    return [payout["payout_id"] for payout in answer.body["payouts"]]
