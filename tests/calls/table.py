"""The calls of the TRON API and the tests that make them, as a table."""

from itertools import groupby

from tests.api.tron_calls import TRON
from tests.marks import ROOT, link, tests_marked

TABLE = ROOT / "docs" / "calls.md"
HEAD = """\
# The calls of the TRON API, and which test makes each

Each test here has made its call against the sandbox node, a chain of its own, and was answered with
one of the statuses beside it: a test that did not would fail. Written by `python -m tests.calls`
from the marks on the tests; a test fails while it is stale, and when a call has no test.
"""


def marks() -> dict[str, list[str]]:
    """Return call → tests that are marked with it, as ``path::name``."""
    return tests_marked("call")


def table() -> str:
    """Return the whole document."""
    return HEAD + "".join(
        f"\n## {section}\n\n| call | answers | tests |\n|---|---|---|\n{''.join(map(_row, calls))}"
        for section, calls in groupby(TRON, key=_section)
    )


def _section(call: str) -> str:
    return call.split("/")[2]


def _row(call: str) -> str:
    tests = "<br>".join(map(link, marks().get(call, [])))
    return f"| `{call}` | {', '.join(TRON[call])} | {tests} |\n"
