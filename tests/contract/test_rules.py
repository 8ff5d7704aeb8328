"""Every rule of the contract has a test, and the table of both is not stale."""

from difflib import unified_diff

from tests.contract.table import TABLE, groups, marks, table


def test_every_rule_that_is_built_has_a_test() -> None:
    held = marks()
    assert [rule for group in groups() for rule in group.rules if rule not in held] == []


def test_no_test_holds_a_rule_that_does_not_exist() -> None:
    known = {rule for group in groups() for rule in group.rules}
    assert sorted(set(marks()) - known) == []


def test_every_rule_has_a_name_of_its_own() -> None:
    names = [rule for group in groups() for rule in (*group.rules, *group.not_yet)]
    assert len(set(names)) == len(names) > 80


def test_the_table_is_not_stale() -> None:
    """After a change: ``python -m tests.contract``."""
    written, made = TABLE.read_text().splitlines(), table().splitlines()
    diff = "\n".join(unified_diff(written, made, "docs/contract.md", "the marks", lineterm=""))
    assert not diff, f"write it again with `python -m tests.contract`:\n{diff}"
