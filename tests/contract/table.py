"""The rules of the HTTP contract and the tests that hold them, as a table."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "tests" / "contract" / "rules.toml"
TABLE = ROOT / "docs" / "contract.md"
MARK = "pytest.mark.contract"
HEAD = """\
# What the API promises, and which test holds it

Each rule of the HTTP contract with the tests that fail when it is broken. Written by
`python -m tests.contract` from `tests/contract/rules.toml` and the marks on the tests; a test
fails while it is stale, and when a rule has no test. Codes are the ends of `LUCID_ERR_…`.

Three answers are the web server's own, before the platform sees the request, and have no body: 400
for a malformed request line or header, 414 for an address and 431 for headers that are too long.
"""


@dataclass(frozen=True)
class Group:
    """Rules of one subject: those that hold, and those that are promised and not built."""

    name: str
    rules: dict[str, str] = field(default_factory=dict)
    not_yet: dict[str, str] = field(default_factory=dict)


def groups() -> list[Group]:
    """Return the rules as they stand in the file."""
    return [Group(**one) for one in tomllib.loads(RULES.read_text())["group"]]


def marks() -> dict[str, list[str]]:
    """Return rule → tests that are marked with it, as ``path::name``."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                for rule in _rules_of(node):
                    place = f"{path.relative_to(ROOT)}::{node.name}"
                    found.setdefault(rule, []).append(place)
    return found


def _rules_of(function: ast.FunctionDef) -> Iterator[str]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == MARK:
            yield from map(ast.literal_eval, decorator.args)


def table() -> str:
    """Return the whole document."""
    tests = marks()
    return HEAD + "".join(_section(group, tests) for group in groups())


def _section(group: Group, tests: dict[str, list[str]]) -> str:
    lines = [f"\n## {group.name}\n\n| rule | | tests |\n|---|---|---|\n"]
    for rule, text in group.rules.items():
        lines.append(f"| {rule} | {text} | {'<br>'.join(map(_link, tests.get(rule, [])))} |\n")
    lines += [f"| {rule} | {text} | not yet |\n" for rule, text in group.not_yet.items()]
    return "".join(lines)


def _link(test: str) -> str:
    path, _, name = test.partition("::")
    return f"[{name.removeprefix('test_')}](../{path})"
