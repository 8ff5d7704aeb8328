"""Pytest plugin: real servers, the test settings and a shut network, before Django is set up.

Loaded by ``-p tests.plugin`` (pyproject.toml). The servers of all runs lie in ``.lucidpay/test``;
each run takes a slot there, so two runs in one checkout use different databases.
"""

import fcntl
import gc
import os
import re
import signal
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from lucidpay.embedded import servers
from lucidpay.embedded.locks import lock_take, lock_wait
from lucidpay.embedded.places import places_of
from lucidpay.embedded.postgres import Postgres
from tests.guard import loopback
from tests.platform.cluster import cluster_copy, is_copy
from tests.template import template_ready

ROOT = Path(__file__).resolve().parent.parent
SERVERS = ROOT / ".lucidpay" / "test"
GUARD = ROOT / "tests" / "guard"
RUNS_MAX = 8
# Valkey numbers: a run has one for its controller and one for each worker.
NUMBERS_PER_RUN = 32
BEGIN_S = 600


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, None, None]:
    """Prepare the environment before pytest-django's hook of this name reads it."""
    # A shell has Ctrl-C ignored by what it starts with `&`, and that is handed down to all whom
    # tests start and end by it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loopback.install()
    # What is made until the tests are collected lives to the end: tests/conftest.py.
    gc.disable()
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker:
        number = 1 + int(worker.removeprefix("gw"))
        os.environ["REDIS_URL"] = redis_url_shift(os.environ["REDIS_URL"], number)
    else:
        _prepare(early_config)
    yield


def redis_url_shift(url: str, number: int) -> str:
    """Return the address with its database number raised by ``number``."""
    if match := re.search(r"(?<=[?&]db=)\d+", url):
        return f"{url[: match.start()]}{int(match[0]) + number}{url[match.end() :]}"
    if match := re.search(r"(?<=[^/]/)\d+$", url):
        return f"{url[: match.start()]}{int(match[0]) + number}"
    return f"{url}{'&' if '?' in url else '?'}db={number}"


def _prepare(config: pytest.Config) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "lucidpay.settings.test"
    paths = [str(GUARD), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)
    outside = {name for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    stack = ExitStack()
    # Called however pytest ends, also when what follows in its start fails.
    config.add_cleanup(stack.close)
    if "DATABASE_URL" not in outside:
        _begin_migrated()
    os.environ.update(stack.enter_context(servers(SERVERS)))
    slot = _slot_take(stack)
    if "DATABASE_URL" not in outside:
        os.environ["TEST_TEMPLATE"] = template_ready(
            os.environ["DATABASE_URL"], SERVERS, copied=is_copy(SERVERS)
        )
        os.environ["DATABASE_URL"] += f"_{slot}" if slot else ""
    else:
        os.environ.pop("TEST_TEMPLATE", None)
    if "REDIS_URL" not in outside:
        shifted = redis_url_shift(os.environ["REDIS_URL"], slot * NUMBERS_PER_RUN)
        os.environ["REDIS_URL"] = shifted


def _begin_migrated() -> None:
    """Let servers that were never started find every migration applied, as platforms do."""
    SERVERS.mkdir(parents=True, exist_ok=True)
    lock = lock_wait(SERVERS.with_name("test-begins"), fcntl.LOCK_EX, BEGIN_S)
    try:
        if not Postgres(places_of(SERVERS)).data.exists():
            cluster_copy(SERVERS, dict(os.environ))
    finally:
        os.close(lock)


def _slot_take(stack: ExitStack) -> int:
    """Return the first number no other run has, and keep it until the stack closes."""
    SERVERS.mkdir(parents=True, exist_ok=True)
    for slot in range(RUNS_MAX):
        descriptor = lock_take(SERVERS / f"run-{slot}", fcntl.LOCK_EX)
        if descriptor is not None:
            stack.callback(os.close, descriptor)
            return slot
    raise pytest.UsageError(f"{RUNS_MAX} test runs are under way in {SERVERS}")
