"""A new version takes over as docs/operations.md says: no request is refused, nobody paid twice."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local import port_free
from tests.outage.steps import PAYOUTS, ask, status, until_all_confirmed
from tests.platform.people import somebody
from tests.platform.running import Platform, platform
from tests.upgrade.before import RELEASED, ROOT, migrations_before, unpacked
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.upgrade]

PAUSE_S, STOP_S = 0.3, 60


def test_what_is_held_of_released_migrations_is_what_the_version_before_has() -> None:
    assert RELEASED.read_text() == migrations_before(), "python -m tests.upgrade.before"


@contextmanager
def callers(running: Platform) -> Iterator[None]:
    """Ask for payouts and follow them, all the while; none of it may be refused."""
    is_over, troubles = threading.Event(), []

    def call() -> None:
        while not is_over.wait(PAUSE_S):
            try:
                path = ask(running, recipient_address=somebody())
                assert running.api("GET", path).status == 200
                assert running.api("GET", PAYOUTS).status == 200
            except (OSError, AssertionError) as trouble:
                troubles.append(repr(trouble))

    caller = threading.Thread(target=call)
    caller.start()
    try:
        yield
    finally:
        is_over.set()
        caller.join()
    assert troubles == []


def workers_change(running: Platform) -> None:
    """Stop what works, migrate, and let this version work; the web before goes on."""
    for name in ("beat", "worker"):
        running.kill(name)
    running.tree = ROOT
    running.manage("migrate", "-v", "0")
    running.start_worker()
    running.start_beat()


def webs_change(running: Platform) -> None:
    """Let this version's web begin beside the one before, which then ends: as behind a proxy."""
    before = running.children.pop("web")
    newer = replace(running, web_port=port_free())
    newer.start_web()
    running.web_port = newer.web_port
    os.kill(before.pid, signal.SIGTERM)
    before.wait(STOP_S)


def test_a_new_version_takes_over_while_callers_call(tmp_path: Path) -> None:
    with platform(tmp_path, tree=unpacked(tmp_path)) as running:
        running.start_beat()
        running.start_worker()
        running.start_web()
        paid_before = ask(running)
        until_all_confirmed(running)
        with callers(running):
            workers_change(running)
            stored_before = ask(running)  # by the web before, on the database of this version
            until("it is paid", lambda: status(running, stored_before) == "confirmed")
            webs_change(running)
            assert status(running, paid_before) == "confirmed"
        until_all_confirmed(running)
        running.manage("verify")
        a_later_version_migrates(running)


def a_later_version_migrates(running: Platform) -> None:
    """See that a worker of this version neither goes on after that, nor starts again."""
    running.execute(
        "INSERT INTO django_migrations (app, name, applied) VALUES ('payouts', '0999_later', now())"
    )
    left_alone = ask(running)
    log = running.directory / "worker.log"
    until("it says so", lambda: "worker_is_older" in log.read_text())
    running.start_worker("late")
    child = running.children["late"]
    until("it does not start", lambda: child.poll() is not None)
    assert child.returncode not in (None, 0)
    assert "payouts.0999_later" in (running.directory / "late.log").read_text()
    assert status(running, left_alone) == "pending"
