"""The list of guards names tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
GUARDS = TESTS.parent / "docs" / "guards.md"


def test_every_test_that_the_list_of_guards_names_is_there() -> None:
    named = re.findall(r"`([a-z/_0-9]+\.py)::(test_[a-z_0-9]+)`", GUARDS.read_text())
    assert len(named) > 40
    for path, test in named:
        assert f"def {test}(" in (TESTS / path).read_text(), f"{path}::{test}"
