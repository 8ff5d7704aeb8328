"""Webhooks: many events to many endpoints, some of them dead slow, through real worker and beat."""

import json
import time
import urllib.request
from contextlib import ExitStack

from benchmarks.pipeline import module
from benchmarks.stand import Stand, _await, _python
from tests.local import port_free

EVENTS, ENDPOINTS, SLOW = 10_000, 50, 5
GOAL_S, POLL_S, PATIENCE_S = 60, 0.25, 1800


def bench_webhooks(place: Stand, *, rounds: int, seconds: float, mode: str) -> str:
    """Tell how long until all quick receivers have theirs.

    By ``mode`` the events are dealt out among the endpoints (``each``), or told to ``all``.
    """
    del rounds, seconds  # a round ends with its last delivery
    port = port_free()
    env = place.env | {"WEBHOOK_ALLOW_HOSTS": "127.0.0.1"}
    with ExitStack() as stack:
        stack.enter_context(module(env, "benchmarks.receivers", str(port)))
        _await(port)
        for words in (("worker", "-c", "2"), ("beat", "-s", "/dev/null")):
            stack.enter_context(module(env, "celery", "-A", "lucidpay.celery:app", *words))
        return _round(env, port, mode)


def _round(env: dict[str, str], port: int, mode: str) -> str:
    before = _taken(port)
    words = (str(one) for one in (port, ENDPOINTS, SLOW, EVENTS))
    _python(env, "-m", "benchmarks.announce", *words, mode)
    began = time.monotonic()
    quick = ENDPOINTS - SLOW
    wanted = EVENTS * quick if mode == "all" else EVENTS * quick // ENDPOINTS
    while _taken(port) - before < wanted:
        if time.monotonic() - began > PATIENCE_S:
            raise TimeoutError(f"{_taken(port) - before} of {wanted} deliveries")
        time.sleep(POLL_S)
    took_s = time.monotonic() - began
    met = "reached" if took_s <= GOAL_S else "missed"
    return (
        f"{EVENTS} events, {mode} to {ENDPOINTS} endpoints, {SLOW} of them dead slow: {wanted} "
        f"deliveries to the others in {took_s:.1f} s, {wanted / took_s:.0f}/s "
        f"(goal {GOAL_S} s: {met})"
    )


def _taken(port: int) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/counts") as answer:  # noqa: S310
        return sum(json.load(answer).values())
