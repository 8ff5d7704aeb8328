"""Every call of the TRON API has a test that makes it, and the table of both is not stale."""

from difflib import unified_diff
from typing import Any

import pytest

from tests.api.tron_calls import TRON
from tests.calls import recording
from tests.calls.table import TABLE, marks, table


def test_every_call_has_a_test_and_every_mark_a_call() -> None:
    assert set(marks()) == set(TRON)


def test_the_table_is_not_stale() -> None:
    """After a change: ``python -m tests.calls``."""
    written, made = TABLE.read_text().splitlines(), table().splitlines()
    diff = "\n".join(unified_diff(written, made, "docs/calls.md", "the marks", lineterm=""))
    assert not diff, f"write it again with `python -m tests.calls`:\n{diff}"


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("GET", "/tron/operations/", "GET /tron/operations"),
        ("GET", "/tron/wallets/create", "GET /tron/wallets/create"),
        ("PATCH", "/tron/wallets/x?y=/z", "PATCH /tron/wallets/{wallet_id}"),
        ("GET", "/tron/usdt/allowance/A/B/", "GET /tron/usdt/allowance/{owner}/{spender}"),
    ],
)
def test_a_call_is_named_as_in_the_document(method: str, path: str, name: str) -> None:
    assert recording.name_of(method, path) == name


class Marked:
    """A test as pytest knows it, marked with a call."""

    def __init__(self, call: str, *fixtures: str) -> None:
        self.call, self.fixturenames = call, fixtures

    def iter_markers(self, _: str) -> list[Any]:
        return [pytest.mark.call(self.call).mark] if self.call else []


@pytest.mark.parametrize(
    ("status", "test", "said"),
    [
        (200, Marked("", "db"), ""),
        (200, Marked("GET /tron/operations", "node"), ""),
        (200, Marked("GET /tron/operations", "db"), "asks no sandbox node"),
        (403, Marked("GET /tron/operations", "node"), "never made with success"),
        (200, Marked("GET /tron/wallets", "node"), "never made with success"),
        (200, Marked("GET /tron/unheard-of", "node"), "never made with success"),
    ],
)
def test_a_test_that_does_not_make_its_call_fails(status: int, test: Any, said: str) -> None:
    recording.note("GET", "/tron/operations/", status)
    recording.note("GET", "/tron/nowhere/at/all", 404)
    if not said:
        recording.check(test)
        return
    with pytest.raises(AssertionError, match=said):
        recording.check(test)
