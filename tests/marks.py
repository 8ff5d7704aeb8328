"""Which tests are marked with what, and which of them are left out."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def leave_out(mark: str, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests of a mark out unless they are asked for by it (``-m``)."""
    if mark in config.getoption("markexpr"):
        return
    left_out = [item for item in items if item.get_closest_marker(mark)]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


@cache
def tests_marked(mark: str) -> dict[str, list[str]]:
    """Return argument of ``@pytest.mark.<mark>(…)`` → tests that have it, as ``path::name``."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text()
        if f"@pytest.mark.{mark}(" not in text:
            continue
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                for argument in _arguments(node, f"pytest.mark.{mark}"):
                    place = f"{path.relative_to(ROOT)}::{node.name}"
                    found.setdefault(argument, []).append(place)
    return found


def link(test: str) -> str:
    """Return a test as a link of Markdown, for a file in ``docs``."""
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_')}](../{path})"


def _arguments(function: ast.FunctionDef, mark: str) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == mark:
            yield from map(ast.literal_eval, decorator.args)
