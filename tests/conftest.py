"""What every test may count on."""

import gc
import sys
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.creation import TEST_DATABASE_PREFIX
from django.test import TransactionTestCase
from django_prometheus.middleware import Metrics

from lucidpay.sealing import vault_key_pair
from tests.calls import recording
from tests.emptying import Emptying
from tron import nodes

RECURSION_MAX = sys.getrecursionlimit()
VAULT_KEY, VAULT_PUBLIC_KEY = vault_key_pair()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests, so that no process is left with one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what all tests are made of: it lives to the end."""
    # A server makes its handler before it answers; here two threads could both be the first.
    Metrics.get_instance()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Note the calls of this test alone, and let it have Python's own limit of recursion.

    Libraries that tests compare with lift it to 100,000: deeper than the stack, which a deep
    answer of a node would then overflow.
    """
    sys.setrecursionlimit(RECURSION_MAX)
    recording.forget()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let a test fail that did not make a call which it is marked with."""
    result = yield
    recording.check(item)
    return result


@pytest.fixture(scope="session", autouse=True)
def _only_what_was_written(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Let tests that commit leave the database as migrations made it, and no time be lost."""
    if not connection.settings_dict["NAME"].startswith(TEST_DATABASE_PREFIX):
        yield  # none was made: no test of this run uses it
        return
    with django_db_blocker.unblock():
        emptying = Emptying()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda _: emptying.empty())
        yield


@pytest.fixture(autouse=True)
def _vault(settings: Any) -> None:
    """Give this process both halves of a vault's key; tests of the web side take one away."""
    settings.VAULT_KEY, settings.VAULT_PUBLIC_KEY = VAULT_KEY, VAULT_PUBLIC_KEY


@pytest.fixture(autouse=True)
def _nodes_forgotten() -> None:
    """Let every test meet its nodes for the first time."""
    nodes.forget()


@pytest.fixture
def no_menu(settings: Any) -> None:
    """Leave the admin's menu out: it is a third of the work of a page, and has tests of its own."""
    settings.UNFOLD = settings.UNFOLD | {"SIDEBAR": {}}
