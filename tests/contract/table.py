"""The rules of the HTTP contract and the tests that hold them, as a table."""

import tomllib
from dataclasses import dataclass, field

from tests.marks import ROOT, link, tests_marked

RULES = ROOT / "tests" / "contract" / "rules.toml"
TABLE = ROOT / "docs" / "contract.md"
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
    return tests_marked("contract")


def table() -> str:
    """Return the whole document."""
    tests = marks()
    return HEAD + "".join(_section(group, tests) for group in groups())


def _section(group: Group, tests: dict[str, list[str]]) -> str:
    lines = [f"\n## {group.name}\n\n| rule | | tests |\n|---|---|---|\n"]
    for rule, text in group.rules.items():
        lines.append(f"| {rule} | {text} | {'<br>'.join(map(link, tests.get(rule, [])))} |\n")
    lines += [f"| {rule} | {text} | not yet |\n" for rule, text in group.not_yet.items()]
    return "".join(lines)
