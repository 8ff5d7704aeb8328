"""A hundred clients at once, on a mix of creating, getting and listing."""

import time
from itertools import cycle

import psutil

from benchmarks.load import Requests, load
from benchmarks.paths import PATH, creating, getting, listed
from benchmarks.stand import PLATFORM, Stand, web

CLIENTS = 100
MIX = ("get", "get", "create", "get", "list")
MIB = 2**20


def listing(token: str) -> Requests:
    """Return what asks for the newest page."""
    text = (
        f"GET {PATH}?limit=20 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"
    )
    return lambda: text.encode()


def bench_mix(place: Stand, *, rounds: int, seconds: float) -> str:
    """Return start time, memory, latencies and errors in one line."""
    began = time.perf_counter()
    with web(place.env, PLATFORM) as port:
        started_s = time.perf_counter() - began
        requests = mixed(port, place.token)
        load(port, requests, connections=CLIENTS, seconds=seconds)
        seen = load(port, requests, connections=CLIENTS, seconds=seconds * rounds)
        memory = memory_of(port) / MIB
    errors = sum(count for status, count in seen.answers.items() if status >= 400)
    return (
        f"{'mix of 100 clients':<28} {seen.per_second:,.0f}/s  p50 {seen.percentile_ms(0.5):.0f} ms"
        f"  p95 {seen.percentile_ms(0.95):.0f} ms  p99 {seen.percentile_ms(0.99):.0f} ms"
        f"  errors {errors}  start {started_s:.1f} s  memory {memory:.0f} MiB"
    )


def mixed(port: int, token: str) -> Requests:
    """Return what asks for one thing after the other."""
    create = creating(token, f"{token[-8:]}-mix")
    load(port, create, connections=4, seconds=1.0)
    kinds = {"create": create, "get": getting(token, listed(port, token)), "list": listing(token)}
    turns = cycle(MIX)
    return lambda: kinds[next(turns)]()


def memory_of(port: int) -> int:
    """Return the resident memory of all processes of the server that listens on a port."""
    holders = {
        one.pid for one in psutil.net_connections("tcp")
        if one.pid and one.laddr and one.laddr.port == port and one.status == psutil.CONN_LISTEN
    }  # fmt: skip
    roots = [psutil.Process(pid) for pid in holders]
    family = {process.pid: process for root in roots for process in (root, *root.children(True))}
    return sum(process.memory_info().rss for process in family.values())
