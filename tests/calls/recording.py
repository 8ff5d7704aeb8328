"""The calls that a test makes, and whether those are among them which it is marked with."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.api.tron_calls import TRON

# What a test that is marked must ask for: there is a real node then.
NODE = "node"
_PARAMETER = re.compile(r"\(\?P<(\w+)>[^)]*\)")
_made: list[tuple[str, str, int]] = []


def note(method: str, path: str, status: int) -> None:
    """Remember a call and its answer; whoever is interested looks later what they are."""
    _made.append((method, path, status))


def forget() -> None:
    """Begin anew, with the next test."""
    _made.clear()


def check(item: pytest.Item) -> None:
    """Fail when a marked test made one of its calls never, or never with success."""
    wanted = {name for mark in item.iter_markers("call") for name in mark.args}
    if not wanted:
        return
    assert NODE in getattr(item, "fixturenames", ()), "it is marked, and asks no sandbox node"
    succeeded = {name for name, status in _named() if str(status) in TRON.get(name, ())}
    assert wanted <= succeeded, f"never made with success: {sorted(wanted - succeeded)}"


def name_of(method: str, path: str) -> str:
    """Return a call as the API's document names it, such as ``GET /tron/operations/{id}``."""
    route = _PARAMETER.sub(r"{\1}", resolve(urlsplit(path).path).route)
    return f"{method} /{route.replace('^', '').removesuffix('$').removesuffix('/?')}"


def _named() -> list[tuple[str, int]]:
    named = []
    for method, path, status in _made:
        try:
            named.append((name_of(method, path), status))
        except Resolver404:  # a test of what does not exist
            continue
    return named
