"""Rings given by a thread: many requests are one ring, and none of them fails for it."""

import threading
from typing import Any

import pytest
import structlog
from kombu.exceptions import OperationalError

from lucidpay import doorbell
from lucidpay.doorbell import ring_on_commit

UNTIL_S = 60


class Bell:
    """What a task is to the bell; ``heard`` is told the request id of each ring."""

    def __init__(self, name: str, *, broken: bool = False) -> None:
        self.name, self.broken = name, broken
        self.heard: list[Any] = []
        self.rung, self.go_on = threading.Event(), threading.Event()

    def apply_async(self, *, retry: bool) -> None:
        assert not retry
        self.heard.append(structlog.contextvars.get_contextvars().get("request_id"))
        self.rung.set()
        assert self.go_on.wait(UNTIL_S)
        if self.broken:
            raise OperationalError("the broker is away")


def ask(bell: Bell, request_id: str = "") -> None:
    with structlog.contextvars.bound_contextvars(request_id=request_id):
        doorbell._bell.ask(bell)  # type: ignore[arg-type]


def test_what_is_asked_for_while_it_rings_is_one_more_ring() -> None:
    bell = Bell("first")
    ask(bell, "one")
    assert bell.rung.wait(UNTIL_S)
    bell.rung.clear()
    for number in range(100):
        ask(bell, f"burst {number}")
    bell.go_on.set()
    assert bell.rung.wait(UNTIL_S)
    assert bell.heard == ["one", "burst 99"]


def test_a_broker_that_is_away_does_not_end_the_bell() -> None:
    broken, good = Bell("broken", broken=True), Bell("good")
    broken.go_on.set()
    good.go_on.set()
    ask(broken)
    assert broken.rung.wait(UNTIL_S)
    ask(good)
    assert good.rung.wait(UNTIL_S)


def test_without_a_thread_the_request_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: object) -> None:
        raise RuntimeError("can't start new thread")

    bell, fresh = Bell("later"), doorbell._Bell()
    bell.go_on.set()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        fresh.ask(bell)  # type: ignore[arg-type]
    fresh.ask(bell)  # type: ignore[arg-type]
    assert bell.rung.wait(UNTIL_S)


@pytest.mark.django_db
def test_it_rings_after_the_commit_only(django_capture_on_commit_callbacks: Any) -> None:
    bell = Bell("committed")
    bell.go_on.set()
    with django_capture_on_commit_callbacks() as callbacks:
        ring_on_commit(bell)  # type: ignore[arg-type]
    assert not bell.rung.is_set()
    for callback in callbacks:
        callback()
    assert bell.rung.wait(UNTIL_S)
