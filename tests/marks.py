"""Which tests are marked with what, read without running or importing them."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


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
